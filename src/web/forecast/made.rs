//! How a forecast was made, and the runs that were asked for.

use leptos::{nonce::use_nonce, prelude::*};

use super::answer::{Answer, Shown};
use crate::{
    clock::Now,
    forecasting::recent_runs::{RecentRun, Status, UnderWay},
    web::{errors::sentence, words},
};

/// Moves the bar of what is under way, and opens the page again when it is done.
const WATCH: &str = include_str!("../data/upload/watch.js");

/// What went into the run that is shown, and what it took.
pub fn facts(shown: &Shown) -> impl IntoView + use<> {
    let (run, making) = (&shown.run, &shown.making);
    let origin = shown.forecast.as_ref().map(|it| it.outlook.origin);
    let reporting = shown.forecast.as_ref().map(|it| it.outlook.reporting);
    let parameters = match making.settings_version {
        0 => "the documented defaults".to_owned(),
        version => format!("version {version}"),
    };
    let hash = making.settings_hash.as_ref();
    let hash = hash.map(|hash| hash.chars().take(12).collect::<String>());
    let took = |ms: Option<i32>| ms.map(seconds);
    let cause = making.cause.as_deref().map(cause);
    let by = making.requested_by.as_ref();
    let rows: Vec<_> = [
        ("Knew what was reported by", Some(words::day(run.as_of))),
        ("Last day it knew of this place", origin.map(words::day)),
        ("Parameters", Some(parameters)),
        ("Hash of the parameters", hash),
        ("Seed", making.seed.clone()),
        ("Members", Some(words::whole(making.members.into()))),
        (
            "Share of infections reported here",
            reporting.map(|share| format!("{}\u{a0}%", words::rounded(100.0 * share))),
        ),
        (
            "Locations",
            making.locations.map(|places| words::whole(places.into())),
        ),
        (
            "Started by",
            cause.map(|cause| match by {
                Some(by) => format!("{cause}, {by}"),
                None => cause.to_owned(),
            }),
        ),
        (
            "Stored",
            Some(making.created_at.format("%-d %B %Y, %H:%M UTC").to_string()),
        ),
        ("Took", took(making.duration_ms)),
        ("Processor time", took(making.cpu_ms)),
        ("Cost", making.cost_units.map(units)),
        ("State", Some(run.state_id.to_string())),
    ]
    .into_iter()
    .filter_map(|(name, value)| {
        let value = value?;
        Some(view! { <tr><th scope="row">{name}</th><td>{value}</td></tr> })
    })
    .collect();
    view! {
        <details class="numbers more">
            <summary>"How this forecast was made"</summary>
            <div class="scroll" tabindex="0" role="region" aria-label="How this forecast was made">
                <table class="facts"><tbody>{rows}</tbody></table>
            </div>
        </details>
    }
}

/// What is under way, or what went wrong with what was asked for last.
pub fn state(answer: &Answer, now: Now) -> Option<AnyView> {
    if let Some(it) = &answer.under_way {
        return Some(under_way(it, now).into_any());
    }
    let last = answer.recent.first()?;
    if last.status != Status::Failed {
        return None;
    }
    let problem = last.problem.as_deref().unwrap_or("it could not be done");
    let deed = last.deed();
    Some(
        view! {
            <p class="problem" role="alert">
                <strong>{format!("The last run failed ({}, asked for {}). ", deed.to_lowercase(), words::ago(last.requested_at, now))}</strong>
                {words::quoted(&sentence(problem)).into_any()}
                " Nothing of it was stored; what is shown here was made before."
            </p>
        }
        .into_any(),
    )
}

fn under_way(UnderWay { run, waiting }: &UnderWay, now: Now) -> impl IntoView + use<> {
    let percent = run.progress;
    let behind = match waiting {
        0 => String::new(),
        1 => " One more waits for its end.".to_owned(),
        more => format!(" {more} more wait for its end."),
    };
    let heading = match run.status {
        Status::Queued => format!("{}: waits for its turn", run.deed()),
        _ => format!("{}: under way", run.deed()),
    };
    let again = run.problem.as_deref().map(|problem| {
        let retry = run.retry_at.map(|at| words::until(at, now));
        let retry = retry.unwrap_or_else(|| "soon".to_owned());
        format!(
            "It did not work: {} It is tried again {retry}.",
            sentence(problem)
        )
    });
    view! {
        <section class="card working" data-progress="/forecast/progress">
            <h2>{heading}</h2>
            <p>
                <strong>{format!("{percent} %")}</strong>
                {format!(" done; asked for {} by {}.{behind}", words::ago(run.requested_at, now), run.requested_by)}
            </p>
            {again.map(|again| view! { <p>{again}</p> })}
            <progress max="100" value=percent aria-label="Done"></progress>
            <p>
                <a class="button" href="/forecast">"Look again"</a>
                " It goes on while you do something else."
            </p>
            <script nonce=use_nonce() inner_html=WATCH></script>
        </section>
    }
}

/// The runs that were asked for lately, and the buttons to ask for more.
pub fn runs(answer: &Answer, now: Now) -> impl IntoView + use<> {
    let rows: Vec<_> = answer.recent.iter().map(|run| row(run, now)).collect();
    let list = if rows.is_empty() {
        view! { <p class="hint">"No run has been asked for yet."</p> }.into_any()
    } else {
        view! {
            <div class="scroll" tabindex="0" role="region" aria-label="Runs">
                <table class="runs">
                    <thead>
                        <tr>
                            <th scope="col">"Asked for"</th>
                            <th scope="col">"Run"</th>
                            <th scope="col">"Outcome"</th>
                            <th scope="col">"Started by"</th>
                            <th scope="col">"Took"</th>
                            <th scope="col">"Cost units"</th>
                        </tr>
                    </thead>
                    <tbody>{rows}</tbody>
                </table>
            </div>
        }
        .into_any()
    };
    view! {
        <section>
            <h2>"Runs"</h2>
            <div class="actions">
                <form method="post" action="/forecast/runs">
                    <input type="hidden" name="kind" value="forecast"/>
                    <button type="submit">"Run now"</button>
                </form>
                <form method="post" action="/forecast/runs">
                    <input type="hidden" name="kind" value="hindcast"/>
                    <button type="submit" class="quiet">"Replay history"</button>
                </form>
                <p class="hint">
                    "A run takes in what was reported since the last one and forecasts four weeks; new data starts \
                     one by itself. A replay forecasts past moments from what was known then, and judges them."
                </p>
            </div>
            {list}
        </section>
    }
}

fn row(run: &RecentRun, now: Now) -> impl IntoView + use<> {
    let known = run.as_of.map_or_else(String::new, |day| {
        format!(", as known on {}", words::day(day))
    });
    let outcome = match run.status {
        Status::Queued => "waits".to_owned(),
        Status::Running => format!("under way, {} %", run.progress),
        Status::Done => "done".to_owned(),
        Status::Failed => {
            let problem = run.problem.as_deref().unwrap_or("it could not be done");
            format!("failed: {problem}")
        }
    };
    let started = format!("{}, {}", cause(&run.cause), run.requested_by);
    let dash = || "–".to_owned();
    view! {
        <tr>
            <th scope="row">{words::ago(run.requested_at, now)}</th>
            <td>{format!("{}{known}", run.deed())}</td>
            <td>{words::quoted(&outcome).into_any()}</td>
            <td>{started}</td>
            <td>{run.duration_ms.map_or_else(dash, seconds)}</td>
            <td>{run.cost_units.map_or_else(dash, rounded)}</td>
        </tr>
    }
}

/// What started a run, in words.
pub fn cause(cause: &str) -> &'static str {
    match cause {
        "data" => "new data",
        "schedule" => "the schedule",
        "page" => "the page",
        "api" => "a program",
        _ => "a command",
    }
}

/// How long something took.
pub fn seconds(ms: i32) -> String {
    match ms {
        ..1_000 => format!("{ms}\u{a0}ms"),
        _ => format!("{:.1}\u{a0}s", f64::from(ms) / 1_000.0),
    }
}

fn units(cost: f64) -> String {
    format!("{} cost units", rounded(cost))
}

/// To the third decimal, as bills are.
pub fn rounded(cost: f64) -> String {
    let text = format!("{cost:.3}");
    let text = text.trim_end_matches('0').trim_end_matches('.');
    let (whole, rest) = text.split_at(text.find('.').unwrap_or(text.len()));
    match whole.parse() {
        Ok(whole) => format!("{}{rest}", words::whole(whole)),
        Err(_) => text.to_owned(),
    }
}
