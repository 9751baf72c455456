//! The numbers of the chart as a table.

use leptos::prelude::*;

use super::{Cases, Question, expected};
use crate::{
    surveillance::{
        charts::{Step, Unit},
        series::Point,
    },
    web::words,
};

/// A row for each day or week, the latest first.
pub fn table(question: &Question, cases: &Cases) -> impl IntoView + use<> {
    let unit = match question.unit {
        Unit::NewCases => "New cases",
        Unit::Per100k => "New cases per 100,000",
    };
    let (date, has_mean) = match cases.step {
        Step::Day => ("Day", true),
        Step::IsoWeek => ("ISO week from", false),
    };
    let has_expected = cases.points.iter().any(|point| point.expected.is_some());
    // A day leads to its revisions; a week is of many days.
    let revisions = has_mean.then(|| match &cases.chosen[..] {
        [one] => {
            let mut query = form_urlencoded::Serializer::new(String::new());
            query.append_pair("location", &one.location_id);
            format!("/data/revisions?{}&amp;date=", query.finish())
        }
        _ => "/data/revisions?date=".to_owned(),
    });
    let rows: String = cases
        .points
        .iter()
        .rev()
        .map(|point| {
            row(
                point,
                has_mean,
                has_expected.then_some(question.unit),
                revisions.as_deref(),
            )
        })
        .collect();
    view! {
        <table class="figures">
            <thead>
                <tr>
                    <th scope="col">{date}</th>
                    <th scope="col">{unit}</th>
                    {has_mean.then(|| view! { <th scope="col">"7-day mean"</th> })}
                    {has_expected.then(|| view! { <th scope="col">"Expected (9 in 10)"</th> })}
                    <th scope="col">"Report"</th>
                </tr>
            </thead>
            <tbody inner_html=rows></tbody>
        </table>
    }
}

/// A row as HTML. Dates, numbers and fixed words only, so that nothing needs escaping; two
/// years of rows are too many to build from elements.
fn row(point: &Point, has_mean: bool, expected: Option<Unit>, revisions: Option<&str>) -> String {
    let number = |value: Option<f64>| value.map_or_else(|| "–".to_owned(), words::rounded);
    let mean = if has_mean {
        format!("<td>{}</td>", number(point.mean))
    } else {
        String::new()
    };
    let expected = expected.map_or_else(String::new, |unit| {
        format!("<td>{}</td>", expected::cell(point, unit))
    });
    let date = point.date;
    let date = revisions.map_or_else(
        || date.to_string(),
        |page| format!("<a href=\"{page}{date}\">{date}</a>"),
    );
    format!(
        "<tr><th scope=\"row\">{date}</th><td>{}</td>{mean}{expected}<td>{}</td></tr>",
        number(point.value),
        point.status.as_str()
    )
}
