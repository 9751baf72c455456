//! The numbers of the charts as tables.

use leptos::prelude::*;

use super::answer::Forecast;
use crate::{
    surveillance::charts::{FanDay, ReproductionDay},
    web::words,
};

/// Long tables, which are printed only where somebody opened them.
const UNPRINTED: &str = "numbers more";

/// The fan: a row for each day ahead.
pub fn fan(forecast: &Forecast) -> impl IntoView + use<> {
    let columns = ["Day", "Median", "50\u{a0}%", "80\u{a0}%", "95\u{a0}%"];
    let rows = forecast.fan.iter().map(day).collect();
    folded("Table of the forecast", "numbers", &columns, rows)
}

/// The reproduction number: a row for each day, the latest first.
pub fn reproduction(forecast: &Forecast) -> impl IntoView + use<> {
    let columns = ["Day", "Median", "50\u{a0}%", "95\u{a0}%"];
    let row = |day: &ReproductionDay| {
        let range = |(low, high): (f64, f64)| format!("{low:.2} to {high:.2}");
        cells(
            &day.date.to_string(),
            &[
                format!("{:.2}", day.median),
                range(day.half),
                range(day.nearly_all),
            ],
        )
    };
    let rows = forecast.reproduction.iter().rev().map(row).collect();
    folded("Table of reproduction numbers", UNPRINTED, &columns, rows)
}

/// Past forecasts: a row for each week, the latest first.
pub fn past(forecast: &Forecast) -> impl IntoView + use<> {
    let columns = [
        "Week to",
        "Forecast on",
        "Median",
        "80\u{a0}%",
        "95\u{a0}%",
        "Happened",
    ];
    let fans = forecast.past.fans.iter();
    let weeks = fans.flat_map(|fan| fan.weeks.iter().map(|week| (fan.origin, week)));
    let rows: Vec<String> = weeks
        .zip(&forecast.past.happened)
        .map(|((origin, week), (_, happened))| {
            let shown = [
                origin.to_string(),
                number(week.median),
                range(week.most),
                range(week.nearly_all),
                number(*happened),
            ];
            cells(&week.date.to_string(), &shown)
        })
        .collect();
    let rows = rows.into_iter().rev().collect();
    folded("Table of past forecasts", UNPRINTED, &columns, rows)
}

/// A table that is shown when it is asked for. `rows` is HTML.
fn folded(
    name: &'static str,
    class: &'static str,
    columns: &[&'static str],
    rows: String,
) -> impl IntoView + use<> {
    let columns: Vec<_> = columns
        .iter()
        .map(|column| view! { <th scope="col">{*column}</th> })
        .collect();
    view! {
        <details class=class>
            <summary>{name}</summary>
            <div class="scroll" tabindex="0" role="region" aria-label=name>
                <table class="figures numeric">
                    <thead><tr>{columns}</tr></thead>
                    <tbody inner_html=rows></tbody>
                </table>
            </div>
        </details>
    }
}

fn day(day: &FanDay) -> String {
    let shown = [
        number(day.median),
        range(day.half),
        range(day.most),
        range(day.nearly_all),
    ];
    cells(&day.date.to_string(), &shown)
}

/// A row as HTML. Dates and numbers only, so that nothing needs escaping.
fn cells(head: &str, rest: &[String]) -> String {
    let rest: String = rest.iter().map(|cell| format!("<td>{cell}</td>")).collect();
    format!("<tr><th scope=\"row\">{head}</th>{rest}</tr>")
}

fn range((low, high): (f64, f64)) -> String {
    format!("{} to {}", number(low), number(high))
}

fn number(value: f64) -> String {
    words::rounded(value.round())
}
