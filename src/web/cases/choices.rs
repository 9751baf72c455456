//! The form above the chart, and the links to the spans that people look at most.

use chrono::NaiveDate;
use leptos::prelude::*;

use super::{Cases, CasesQuery, Question};
use crate::{
    surveillance::{
        Location, Window,
        charts::{Scale, Step, Unit},
    },
    web::forms::day_field,
};

/// The form. It is plain HTML: choosing and pressing the button is a new address.
pub fn choices(
    typed: &CasesQuery,
    answer: Option<(&Question, &Cases)>,
    places: &[Location],
) -> impl IntoView + use<> {
    let question = answer.map(|(question, _)| question);
    let window = answer.and_then(|(_, cases)| cases.window);
    let reported = answer.and_then(|(_, cases)| cases.reported);
    let shown = |typed: &str, day: Option<NaiveDate>| {
        if typed.is_empty() {
            day.map(|day| day.to_string()).unwrap_or_default()
        } else {
            day_field(typed).unwrap_or_default()
        }
    };
    let from = shown(&typed.from, window.map(Window::first));
    let to = shown(&typed.to, window.map(Window::last));
    let options: Vec<_> = places
        .iter()
        .map(|place| {
            let chosen = typed.locations.contains(&place.location_id);
            view! {
                <label class="choice">
                    <input type="checkbox" name="location" value=place.location_id.clone() checked=chosen/>
                    {place.name.clone()}
                </label>
            }
        })
        .collect();
    let some = typed.locations.len();
    let locations = if some == 0 {
        "all".to_owned()
    } else {
        format!("{some} of {}", places.len())
    };
    view! {
        <form method="get" action="/" class="choices" aria-label="What to show">
            <details class="places">
                <summary>"Locations: "<strong>{locations}</strong></summary>
                <fieldset>
                    <legend>"Locations; none chosen means all"</legend>
                    {options}
                </fieldset>
            </details>
            <label>"From" <input type="date" name="from" value=from/></label>
            <label>"To" <input type="date" name="to" value=to/></label>
            <label>"As known on" <input type="date" name="as_of" value=day_field(&typed.as_of)/></label>
            {select("step", "Bars", answer.map(|(_, cases)| cases.step), &[("day", "daily", Step::Day), ("week", "weekly (ISO)", Step::IsoWeek)])}
            {select("unit", "Cases", question.map(|question| question.unit), &[("count", "count", Unit::NewCases), ("per100k", "per 100,000", Unit::Per100k)])}
            {select("scale", "Axis", question.map(|question| question.scale), &[("linear", "linear", Scale::Linear), ("log", "logarithmic", Scale::Log)])}
            <button type="submit">"Show"</button>
        </form>
        {reported.map(|reported| spans(typed, reported, window))}
    }
}

/// Links to the spans that people look at most.
fn spans(typed: &CasesQuery, reported: Window, shown: Option<Window>) -> impl IntoView + use<> {
    let links: Vec<_> = [("4 weeks", 28), ("90 days", 90), ("1 year", 365)]
        .into_iter()
        .filter(|(_, days)| i64::try_from(*days).is_ok_and(|days| days < reported.days()))
        .map(|(name, days)| (name, Window::ending(reported.last(), days)))
        .chain([("all", reported)])
        .map(|(name, window)| {
            let query = typed.for_days(window.first(), window.last()).to_query();
            let here = (shown == Some(window)).then_some("true");
            view! { <li><a href=format!("/?{query}") aria-current=here>{name}</a></li> }
        })
        .collect();
    view! { <nav class="spans" aria-label="Days to show"><ul>{links}</ul></nav> }
}

fn select<T: PartialEq>(
    name: &'static str,
    label: &'static str,
    chosen: Option<T>,
    choices: &[(&'static str, &'static str, T)],
) -> impl IntoView + use<T> {
    let options: Vec<_> = choices
        .iter()
        .map(|(value, text, choice)| {
            view! { <option value=*value selected={chosen.as_ref() == Some(choice)}>{*text}</option> }
        })
        .collect();
    view! { <label>{label} <select name=name>{options}</select></label> }
}
