//! How well past forecasts have done, beside what is asked of them.

use leptos::prelude::*;

use super::{answer::Forecast, figures, sentences};
use crate::forecasting::{
    judged::Score,
    record::{COVERAGE_95, ENOUGH_ORIGINS, WORST_RELATIVE_WIS},
};

/// The scorecard.
pub fn scorecard(forecast: &Forecast) -> AnyView {
    let Some(all) = forecast.scores.first() else {
        return view! {
            <p class="empty card">
                "No forecast of this place has been judged yet. Forecasts are judged as their days are reported; \
                 a replay of history judges past moments at once."
            </p>
        }
        .into_any();
    };
    let rows: Vec<_> = forecast.scores.iter().map(row).collect();
    let [least, most] = COVERAGE_95;
    let wanted = format!("{:.0}–{:.0}\u{a0}%", 100.0 * least, 100.0 * most);
    view! {
        <div class="judged">
            <div>
                <div class="scroll" tabindex="0" role="region" aria-label="How past forecasts have done">
                    <table class="figures numeric scores">
                        <thead>
                            <tr>
                                <th scope="col">"Ahead"</th>
                                <th scope="col">"Moments"</th>
                                <th scope="col">"Error"</th>
                                <th scope="col">"Log error"</th>
                                <th scope="col">"50 % held"</th>
                                <th scope="col">"95 % held"</th>
                            </tr>
                        </thead>
                        <tbody>{rows}</tbody>
                        <tfoot>
                            <tr>
                                <th scope="row">"Asked"</th>
                                <td>{sentences::enough()}</td>
                                <td>{format!("≤ {WORST_RELATIVE_WIS:.2}")}</td>
                                <td>{format!("≤ {WORST_RELATIVE_WIS:.2}")}</td>
                                <td>"–"</td>
                                <td>{wanted}</td>
                            </tr>
                        </tfoot>
                    </table>
                </div>
                <p class="hint">
                    "Error: the weighted interval score of weekly cases, as a share of a flat line's at the \
                     same moments; below 1 the model was better. Log error: the same of logarithms, which is error in \
                     proportion: small places and quiet weeks count as much. Held: how many outcomes lay within the interval. "
                    {sentences::moments(all.origins, all.replayed)}
                </p>
            </div>
            {figures::tenths(forecast)}
        </div>
    }
    .into_any()
}

fn row(score: &Score) -> impl IntoView + use<> {
    let ahead = match score.ahead {
        None => "All".to_owned(),
        Some(7) => "1 week".to_owned(),
        Some(days) => format!("{} weeks", days / 7),
    };
    let relative = |wis: Option<f64>| wis.map_or_else(|| "–".to_owned(), |wis| format!("{wis:.2}"));
    let share = |share: Option<f64>| share.map_or_else(|| "–".to_owned(), sentences::percent);
    // What keeps the model's forecast from being shown is judged over all weeks together.
    let judged = score.ahead.is_none();
    let over = |wis: Option<f64>| judged && wis.is_none_or(|wis| wis > WORST_RELATIVE_WIS);
    let [least, most] = COVERAGE_95;
    let few = judged && score.origins < ENOUGH_ORIGINS;
    let outside = judged
        && !score
            .coverage_95
            .is_some_and(|held| (least..=most).contains(&held));
    view! {
        <tr>
            <th scope="row">{ahead}</th>
            {cell(score.origins.to_string(), few)}
            {cell(relative(score.relative_wis), over(score.relative_wis))}
            {cell(relative(score.relative_log_wis), over(score.relative_log_wis))}
            {cell(share(score.coverage_50), false)}
            {cell(share(score.coverage_95), outside)}
        </tr>
    }
}

/// A number, marked where it is not what is asked.
fn cell(text: String, misses: bool) -> impl IntoView + use<> {
    match misses {
        false => view! { <td>{text}</td> }.into_any(),
        true => view! { <td class="misses">{text}<span class="unseen">", not enough"</span></td> }
            .into_any(),
    }
}
