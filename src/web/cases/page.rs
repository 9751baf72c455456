//! The answer as a page.

use axum::{
    extract::{RawQuery, State},
    http::StatusCode,
    response::Response,
};
use chrono::NaiveDate;
use leptos::prelude::*;

use super::{Cases, CasesQuery, Question, choices::choices, expected, notes, table::table};
use crate::{
    Error, Result,
    access::Epidemiologist,
    app::App,
    islands::CurveReader,
    surveillance::{
        charts::{EpiCurve, Size, Step, Unit},
        headline::Headline,
        location::locations,
        series::{Point, Status},
    },
    web::{errors::sentence, page::Page, words},
};

/// The chart's sizes: the stylesheet shows the one that fits.
const WIDE: (u32, u32) = (960, 380);
const NARROW: (u32, u32) = (400, 320);

/// `GET /`: the page, or the form again with what was typed and what is wrong with it.
pub async fn show(
    State(app): State<App>,
    who: Epidemiologist,
    RawQuery(query): RawQuery,
) -> Result<Response> {
    let typed = CasesQuery::read(query.as_deref());
    let mut tx = who.begin().await?;
    let asked = match typed.understand() {
        Ok(question) => Cases::read(&mut tx, &question, &app.completeness)
            .await
            .map(|cases| (question, cases)),
        Err(error) => Err(error),
    };
    let (question, cases) = match asked {
        Ok(answer) => answer,
        Err(Error::Invalid(problem)) => {
            let places = locations(&mut tx, None).await?;
            tx.commit().await?;
            return Ok(Page::new("Cases")
                .of(&who.person)
                .status(StatusCode::BAD_REQUEST)
                .render(&app, || {
                    view! {
                        <h1>"Cases"</h1>
                        <p class="problem" role="alert">{sentence(&problem)}</p>
                        {choices(&typed, None, &places)}
                    }
                }));
        }
        Err(error) => return Err(error),
    };
    tx.commit().await?;
    Ok(Page::new("Cases").of(&who.person).with_islands().render(&app, || {
        view! {
            <h1>"Cases"</h1>
            {question.as_of.map(|day| as_known_on(&typed, day))}
            {cases.headline.as_ref().map(|headline| headlines(headline, &cases))}
            {(!cases.locations.is_empty())
                .then(|| choices(&typed, Some((&question, &cases)), &cases.locations))}
            {if cases.points.is_empty() { nothing(&cases) } else { figure(&typed, &question, &cases).into_any() }}
        }
    }))
}

/// Says that the page is about what was known on an earlier day, and leads back.
fn as_known_on(typed: &CasesQuery, day: NaiveDate) -> impl IntoView + use<> {
    let now = typed.now().to_query();
    view! {
        <p class="caution">
            {format!("This is what was known at the end of {}. ", words::day(day))}
            <a href=format!("/?{now}")>"Show what is known now"</a>
        </p>
    }
}

/// What the chart shows, as its title.
pub fn title(question: &Question, cases: &Cases) -> String {
    let step = match cases.step {
        Step::Day => "Daily cases",
        Step::IsoWeek => "Weekly cases",
    };
    let unit = match question.unit {
        Unit::NewCases => "",
        Unit::Per100k => " per 100,000",
    };
    format!("{step}{unit}, {}", cases.places())
}

/// What the chart shows, for those who do not see it.
pub fn describe(cases: &Cases, unit: Unit) -> String {
    let Some(window) = cases.window else {
        return "No cases were reported in these days.".to_owned();
    };
    let highest = cases
        .points
        .iter()
        .filter_map(|point| Some((point.date, point.value?)))
        .max_by(|a, b| a.1.total_cmp(&b.1));
    let missing = cases
        .points
        .iter()
        .filter(|point| point.status == Status::Missing)
        .count();
    let (step, steps) = match cases.step {
        Step::Day => ("day is", "days"),
        Step::IsoWeek => ("week begins on", "weeks"),
    };
    let mut text = format!(
        "Bars from {} to {}",
        words::day(window.first()),
        words::day(window.last())
    );
    if let Some((date, value)) = highest {
        text += &format!(
            "; the highest {step} {}, with {}",
            words::day(date),
            words::rounded(value)
        );
    }
    if missing > 0 {
        text += &format!("; {missing} {steps} not reported");
    }
    if let Some(expected) = expected::describe(cases, unit) {
        text += &format!(". {expected}");
    }
    match cases.notes.len() {
        0 => {}
        1 => text += ". One note is marked by its number and listed below",
        notes => text += &format!(". {notes} notes are marked by their numbers and listed below"),
    }
    text + ". The same numbers stand in the table below."
}

fn headlines(headline: &Headline, cases: &Cases) -> impl IntoView + use<> {
    let change = headline
        .change()
        .map(|change| format!(", {} in the 7 days before", words::compared(change)));
    let (percent, on) = headline.change().map_or_else(
        || ("–".to_owned(), " nothing to compare with"),
        |change| (words::signed_percent(change), " on the 7 days before"),
    );
    let peak = headline.peak.map(|(date, mean)| {
        view! {
            <div class="stat">
                <dt>"Peak of the 7-day mean"</dt>
                <dd><strong>{words::rounded(mean)}</strong>" a day on "{words::day(date)}</dd>
            </div>
        }
    });
    view! {
        <dl class="stats">
            <div class="stat">
                <dt>{format!("7 days to {}", words::day(headline.latest))}</dt>
                <dd><strong>{words::whole(headline.last_seven)}</strong>" new cases"</dd>
            </div>
            <div class="stat">
                <dt>"Change"</dt>
                <dd><strong>{percent}</strong>{on}</dd>
            </div>
            {peak}
        </dl>
        <p class="lead">
            {format!("On average {} a day", words::rounded(headline.last_seven as f64 / 7.0))}
            {change}"."
            {expected::caveat(cases, headline).map(|caveat| view! {
                " "{caveat}" "<a href="/data/revisions">"How complete reports are"</a>
            })}
        </p>
    }
}

/// In place of a chart, when there is nothing to draw.
fn nothing(cases: &Cases) -> AnyView {
    let message = match (cases.locations.is_empty(), cases.reported) {
        (true, _) => {
            return view! {
                <p class="empty card">
                    "Nothing has been reported yet. "<a href="/data">"Upload your department's counts"</a>
                    ", and they appear here."
                </p>
            }
            .into_any();
        }
        (false, None) => "These locations have not reported anything yet.".to_owned(),
        (false, Some(reported)) => format!(
            "Nothing was reported in these days. There are reports from {} to {}.",
            words::day(reported.first()),
            words::day(reported.last()),
        ),
    };
    view! { <p class="empty card">{message}</p> }.into_any()
}

fn figure(typed: &CasesQuery, question: &Question, cases: &Cases) -> impl IntoView + use<> {
    let description = describe(cases, question.unit);
    let bars = cases.bars();
    let title = title(question, cases);
    let marks = cases.marks();
    let curve = cases.curve(question, (&bars, &marks), &title, &description);
    let (wide, narrow) = (Size::new(WIDE.0, WIDE.1), Size::new(NARROW.0, NARROW.1));
    let (wide_chart, narrow_chart) = (curve.svg(wide, "wide"), curve.svg(narrow, "narrow"));
    let readings: Vec<String> = cases
        .points
        .iter()
        .map(|point| reading(point, cases.step, question.unit))
        .collect();
    let query = typed.to_query();
    view! {
        <figure class="epi-curve">
            <CurveReader
                readings=readings.join("\n")
                wide=EpiCurve::plot_area(wide)
                narrow=EpiCurve::plot_area(narrow)
            >
                <div class="wide" inner_html=wide_chart></div>
                <div class="narrow" inner_html=narrow_chart></div>
            </CurveReader>
            <figcaption>{description.clone()}</figcaption>
        </figure>
        {notes::list(cases)}
        <p class="downloads">
            "Download "
            <a href=format!("/data/daily.csv?{query}") download>"CSV"</a>", "
            <a href=format!("/charts/daily.svg?{query}") download>"SVG"</a>", "
            <a href=format!("/charts/daily.png?{query}") download>"PNG"</a>
            <a href=notes::form_for(typed)>"Write a note on a day"</a>
        </p>
        <details class="numbers">
            <summary>"Table of the same numbers"</summary>
            <div class="scroll" tabindex="0" role="region" aria-label="Table of the same numbers">
                {table(question, cases)}
            </div>
        </details>
    }
}

/// What the island says of a point.
fn reading(point: &Point, step: Step, unit: Unit) -> String {
    let date = match step {
        Step::Day => point.date.format("%a %-d %b %Y").to_string(),
        Step::IsoWeek => point.date.format("Week %-V of %G, from %-d %b").to_string(),
    };
    let counted = match unit {
        Unit::NewCases => "new cases",
        Unit::Per100k => "per 100,000",
    };
    let value = match point.value {
        Some(value) => format!("{} {counted}", words::rounded(value)),
        None if point.status == Status::Suppressed => "suppressed".to_owned(),
        None => "not reported".to_owned(),
    };
    let mean = point
        .mean
        .map(|mean| format!(", 7-day mean {}", words::rounded(mean)))
        .unwrap_or_default();
    let status = match point.status {
        Status::Incomplete if point.expected.is_some() => {
            format!(" (incomplete, expected {})", expected::cell(point, unit))
        }
        Status::Incomplete | Status::Partial => format!(" ({})", point.status.as_str()),
        Status::Complete | Status::Missing | Status::Suppressed => String::new(),
    };
    format!("{date}: {value}{mean}{status}")
}
