//! How complete first reports usually are, as a chart, a table and a sentence.

use leptos::prelude::*;

use crate::{
    surveillance::{
        charts::{AgeCurve, Size},
        completeness::{COMPLETE_SHARE, Completeness, ENOUGH_DAYS, FINAL_AGE},
    },
    web::{cases::expected::percent, words},
};

const WIDE: (u32, u32) = (960, 320);
const NARROW: (u32, u32) = (400, 280);

/// What was learnt from the history of `whose` counts.
pub fn section(learnt: &Completeness, whose: &str) -> impl IntoView + use<> {
    if learnt.complete_from.is_none() {
        let uploads = match learnt.uploads {
            1 => "1 upload".to_owned(),
            number => format!("{} uploads", words::whole(number)),
        };
        return view! {
            <section>
                <h2>"How complete first reports are"</h2>
                <p class="empty card">
                    {format!(
                        "Not enough history yet ({uploads}). It takes {ENOUGH_DAYS} days that were uploaded while \
                         they were young, and again when they were {FINAL_AGE} days old. Until then the last \
                         7 reported days are taken to be incomplete."
                    )}
                </p>
            </section>
        }
        .into_any();
    }
    let whose = if learnt.own {
        whose
    } else {
        "the whole department"
    };
    let description = describe(learnt, whose);
    let curve = AgeCurve {
        title: "How much of the final count is known, by age",
        description: &description,
        ages: &learnt.ages,
    };
    let wide = curve.svg(Size::new(WIDE.0, WIDE.1), "ages-wide");
    let narrow = curve.svg(Size::new(NARROW.0, NARROW.1), "ages-narrow");
    let rows: Vec<_> = learnt
        .ages
        .iter()
        .map(|age| {
            let spread = age.shares.map_or_else(
                || ["–", "–", "–"].map(str::to_owned),
                |shares| {
                    [
                        percent(shares.median),
                        format!("{} to {}", percent(shares.low), percent(shares.high)),
                        format!("{} to {}", percent(shares.lowest), percent(shares.highest)),
                    ]
                },
            );
            let cells = spread.map(|cell| view! { <td>{cell}</td> });
            view! {
                <tr>
                    <th scope="row">{age.age}</th>
                    {cells}
                    <td>{format!("{} of {}", age.reported, age.days)}</td>
                </tr>
            }
        })
        .collect();
    view! {
        <section>
            <h2>"How complete first reports are"</h2>
            <figure class="epi-curve">
                <div class="wide" inner_html=wide></div>
                <div class="narrow" inner_html=narrow></div>
                <figcaption>{description.clone()}</figcaption>
            </figure>
            <p class="hint">
                {format!(
                    "Final is what is known {FINAL_AGE} days after. Learnt from {} days, from what uploads said of \
                     them at each age; days that a note leaves out of fitting are left out here too.",
                    learnt.days
                )}
            </p>
            <details class="numbers">
                <summary>"Table of the same numbers"</summary>
                <div class="scroll" tabindex="0" role="region" aria-label="Completeness by age">
                    <table class="figures">
                        <thead>
                            <tr>
                                <th scope="col">"Days after"</th>
                                <th scope="col">"Median"</th>
                                <th scope="col">"Half of the days"</th>
                                <th scope="col">"9 days in 10"</th>
                                <th scope="col">"Reported by then"</th>
                            </tr>
                        </thead>
                        <tbody>{rows}</tbody>
                    </table>
                </div>
            </details>
        </section>
    }
    .into_any()
}

/// In plain words: what is known on the day after, or as soon as anything is, and from when on
/// counts are complete.
fn describe(learnt: &Completeness, whose: &str) -> String {
    let known = |at: &&crate::surveillance::completeness::AgeShares| at.shares.is_some();
    let first = learnt
        .ages
        .iter()
        .skip(1)
        .find(known)
        .or_else(|| learnt.ages.iter().find(known));
    let mut text = String::new();
    if let Some((age, shares)) = first.and_then(|age| Some((age.age, age.shares?))) {
        let when = match age {
            0 => "On the day itself".to_owned(),
            1 => "On the day after".to_owned(),
            days => format!("{days} days after"),
        };
        let lowest = if shares.lowest < 0.005 {
            "one in twenty has no case yet".to_owned()
        } else {
            format!("one in twenty is at most {}", percent(shares.lowest))
        };
        text = format!(
            "{when}, half of the counts of {whose} are at least {} complete, and {lowest}. ",
            percent(shares.median)
        );
    }
    text + &match learnt.complete_from {
        None | Some(0) => "Counts are usually complete from the first day on.".to_owned(),
        Some(1) => format!(
            "From the day after on, half of them are at least {} complete.",
            percent(COMPLETE_SHARE)
        ),
        Some(days) => format!(
            "From {days} days after on, half of them are at least {} complete.",
            percent(COMPLETE_SHARE)
        ),
    }
}
