//! The numbers of the fan as a table.

use leptos::prelude::*;

use super::answer::Forecast;
use crate::{surveillance::charts::FanDay, web::words};

/// A row for each day ahead.
pub fn table(forecast: &Forecast) -> impl IntoView + use<> {
    let rows: String = forecast.fan.iter().map(row).collect();
    view! {
        <table class="figures numeric">
            <thead>
                <tr>
                    <th scope="col">"Day"</th>
                    <th scope="col">"Median"</th>
                    <th scope="col">"50 %"</th>
                    <th scope="col">"80 %"</th>
                    <th scope="col">"95 %"</th>
                </tr>
            </thead>
            <tbody inner_html=rows></tbody>
        </table>
    }
}

/// A row as HTML. Dates and numbers only, so that nothing needs escaping.
fn row(day: &FanDay) -> String {
    let range = |(low, high)| format!("{} to {}", number(low), number(high));
    format!(
        "<tr><th scope=\"row\">{}</th><td>{}</td><td>{}</td><td>{}</td><td>{}</td></tr>",
        day.date,
        number(day.median),
        range(day.half),
        range(day.most),
        range(day.nearly_all),
    )
}

fn number(value: f64) -> String {
    words::rounded(value.round())
}
