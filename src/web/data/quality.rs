//! Days that somebody should look at.

use axum::{
    extract::{Query, State},
    response::Response,
};
use chrono::{Days, NaiveDate};
use leptos::prelude::*;
use serde::Deserialize;

use super::sub_navigation;
use crate::{
    Error, Result,
    access::Epidemiologist,
    app::App,
    surveillance::{
        Window,
        location::{locations, reported},
        quality::{Finding, What, findings, read},
    },
    web::{page::Page, words},
};

/// How many days are looked at: the name in the address, the words, and the days.
const SPANS: [(&str, &str, u64); 3] = [
    ("90", "90 days", 90),
    ("365", "1 year", 365),
    ("all", "all", u64::MAX),
];
const USUAL_SPAN: &str = "365";

/// So many findings of a kind are listed, the latest first; more are counted.
const LISTED: usize = 50;

/// Days shown on the cases page to either side of a finding.
const AROUND: Days = Days::new(14);

/// Which days are looked at.
#[derive(Deserialize)]
pub struct Span {
    #[serde(default)]
    days: String,
}

/// `GET /data/quality`.
pub async fn show(
    State(app): State<App>,
    who: Epidemiologist,
    Query(span): Query<Span>,
) -> Result<Response> {
    let asked = if span.days.is_empty() {
        USUAL_SPAN
    } else {
        &span.days
    };
    let (chosen, _, days) = SPANS
        .into_iter()
        .find(|(name, ..)| *name == asked)
        .ok_or_else(|| Error::Invalid("days should be 90, 365 or all".to_owned()))?;
    let mut tx = who.begin().await?;
    let places = locations(&mut tx, None).await?;
    let window = reported(&places).map(|all| {
        let last = Window::ending(all.last(), days.min(365_000));
        last.within(all).unwrap_or(all)
    });
    let found: Vec<Finding> = match window {
        Some(window) => read(&mut tx, &places, window)
            .await?
            .iter()
            .flat_map(|series| findings(series, window.last()))
            .collect(),
        None => Vec::new(),
    };
    tx.commit().await?;
    Ok(Page::new("Quality").within("Data").of(&who.person).render(&app, || {
        let (groups, number) = (groups(&found), found.len());
        let lead = match (window, number) {
            (None, _) => "Nothing has been reported yet.".to_owned(),
            (Some(window), 0) => format!(
                "Nothing to look at in the reports from {}.",
                words::days(window.first(), window.last())
            ),
            (Some(window), number) => format!(
                "{number} thing{} to look at in the reports from {}. None is changed or left out: a spike may be \
                 an outbreak, and a zero may be true.",
                if number == 1 { "" } else { "s" },
                words::days(window.first(), window.last())
            ),
        };
        view! {
            <h1>"Quality"</h1>
            {sub_navigation("Quality")}
            {window.map(|_| spans(chosen))}
            {if number == 0 {
                view! { <p class="empty card">{lead}</p> }.into_any()
            } else {
                view! { <p class="lead">{lead}</p>{groups} }.into_any()
            }}
        }
    }))
}

fn spans(chosen: &str) -> impl IntoView + use<> {
    let links: Vec<_> = SPANS
        .into_iter()
        .map(|(name, text, _)| {
            let here = (name == chosen).then_some("true");
            view! { <li><a href=format!("/data/quality?days={name}") aria-current=here>{text}</a></li> }
        })
        .collect();
    view! { <nav class="spans" aria-label="Days to look at"><ul>{links}</ul></nav> }
}

/// A heading, what it means, and which findings stand under it.
type Group = (&'static str, &'static str, fn(&What) -> bool);

const GROUPS: [Group; 5] = [
    (
        "Impossible values",
        "Fewer cases than none, which a declared correction may be, or more in a day than one in 50 residents.",
        |what| matches!(what, What::Negative { .. } | What::TooMany { .. }),
    ),
    (
        "Silent locations",
        "No report for more than three times their usual interval, while others reported.",
        |what| matches!(what, What::Stale { .. }),
    ),
    (
        "Gaps",
        "Days without a report between days with one.",
        |what| matches!(what, What::Gap { .. }),
    ),
    (
        "Spikes and sudden zeros",
        "A day far above the two weeks before and after and above the same weekday, or none among many.",
        |what| matches!(what, What::Spike { .. } | What::SuddenZero { .. }),
    ),
    (
        "Weekly reports",
        "Cases on one weekday alone, six weeks or longer: daily values say little there, weekly ones do.",
        |what| matches!(what, What::Weekly { .. }),
    ),
];

fn groups(found: &[Finding]) -> impl IntoView + use<> {
    GROUPS
        .into_iter()
        .filter_map(|(heading, meaning, holds)| {
            let mut found: Vec<&Finding> =
                found.iter().filter(|found| holds(&found.what)).collect();
            found.sort_by(|a, b| b.last_day.cmp(&a.last_day).then(a.name.cmp(&b.name)));
            let number = found.len();
            (number > 0).then(|| {
                let rows: Vec<_> = found.into_iter().take(LISTED).map(row).collect();
                let more = (number > LISTED)
                    .then(|| format!("The latest {LISTED} of {}.", words::whole(number as i64)));
                view! {
                    <section class="card findings">
                        <h2>{format!("{heading} ({number})")}</h2>
                        <p class="hint">{meaning}" "{more}</p>
                        <div class="scroll" tabindex="0" role="region" aria-label=heading>
                            <table>
                                <thead>
                                    <tr>
                                        <th scope="col">"Location"</th>
                                        <th scope="col">"Days"</th>
                                        <th scope="col">"What"</th>
                                    </tr>
                                </thead>
                                <tbody>{rows}</tbody>
                            </table>
                        </div>
                    </section>
                }
            })
        })
        .collect::<Vec<_>>()
}

fn row(found: &Finding) -> impl IntoView + use<> {
    view! {
        <tr>
            <th scope="row">{found.name.clone()}</th>
            <td><a href=address(found)>{words::days(found.first_day, found.last_day)}</a></td>
            <td>{in_words(found)}</td>
        </tr>
    }
}

/// The cases page, on the days of a finding and some around.
fn address(found: &Finding) -> String {
    let from = found.first_day.checked_sub_days(AROUND);
    let to = found.last_day.checked_add_days(AROUND);
    let mut query = form_urlencoded::Serializer::new(String::new());
    query.append_pair("location", &found.location_id);
    let days = [("from", from, found.first_day), ("to", to, found.last_day)];
    for (name, wide, day) in days {
        query.append_pair(name, &wide.unwrap_or(day).to_string());
    }
    format!("/?{}", query.finish())
}

fn in_words(found: &Finding) -> String {
    match found.what {
        What::Gap { days: 1 } => "1 day not reported".to_owned(),
        What::Gap { days } => format!("{} days not reported", words::whole(days)),
        What::Spike { new_cases, around } => format!(
            "{} new cases; the days around have {}",
            words::whole(new_cases),
            words::rounded(around)
        ),
        What::SuddenZero { around } => {
            format!("no cases; the days around have {}", words::rounded(around))
        }
        What::Weekly { weeks } => format!(
            "cases on {}s alone, in {} weeks",
            weekday(found.last_day),
            words::whole(weeks as i64)
        ),
        What::Stale { silent, usual } => {
            let usual = match usual {
                1 => "every day".to_owned(),
                usual => format!("every {usual} days"),
            };
            format!(
                "silent for {} days; it used to report {usual}",
                words::whole(silent)
            )
        }
        What::Negative { new_cases } => format!("{} new cases", words::whole(new_cases)),
        What::TooMany {
            new_cases,
            population,
        } => format!(
            "{} new cases among {} residents",
            words::whole(new_cases),
            words::whole(population)
        ),
    }
}

fn weekday(day: NaiveDate) -> String {
    day.format("%A").to_string()
}
