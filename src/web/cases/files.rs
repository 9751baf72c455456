//! The answer as files: CSV, SVG, PNG. The same query string as the page.

use axum::{
    extract::{RawQuery, State},
    response::Response,
};

use super::{Cases, CasesQuery, Question, notes, page};
use crate::{
    Error, Result,
    access::Reader,
    app::App,
    surveillance::{charts::Unit, completeness::Expected},
    web::download::{CSV, file},
};

/// `GET /data/daily.csv`: for a person, or for a program with a key.
pub async fn csv(
    State(app): State<App>,
    reader: Reader,
    RawQuery(query): RawQuery,
) -> Result<Response> {
    let (question, cases) = answer(&app, &reader, query.as_deref()).await?;
    let text = table(&question, &cases).map_err(Error::internal)?;
    file(&name(&reader, "csv"), CSV, text)
}

/// `GET /charts/daily.svg`.
pub async fn svg(
    State(app): State<App>,
    reader: Reader,
    RawQuery(query): RawQuery,
) -> Result<Response> {
    let (question, cases) = answer(&app, &reader, query.as_deref()).await?;
    let (title, description) = (
        page::title(&question, &cases),
        page::describe(&cases, question.unit) + &notes::in_words(&cases),
    );
    let picture = cases
        .curve(
            &question,
            (&cases.bars(), &cases.marks()),
            &title,
            &description,
        )
        .svg(question.size, "daily");
    file(&name(&reader, "svg"), "image/svg+xml", picture)
}

/// `GET /charts/daily.png`.
pub async fn png(
    State(app): State<App>,
    reader: Reader,
    RawQuery(query): RawQuery,
) -> Result<Response> {
    let (question, cases) = answer(&app, &reader, query.as_deref()).await?;
    // Pixels take milliseconds of a processor, which pages should not wait for.
    let picture = tokio::task::spawn_blocking(move || {
        let title = page::title(&question, &cases);
        cases
            .curve(&question, (&cases.bars(), &cases.marks()), &title, "")
            .png(question.size)
    })
    .await
    .map_err(Error::internal)?
    .map_err(Error::internal)?;
    file(&name(&reader, "png"), "image/png", picture)
}

async fn answer(app: &App, reader: &Reader, query: Option<&str>) -> Result<(Question, Cases)> {
    let question = CasesQuery::read(query).understand()?;
    let mut tx = reader.begin().await?;
    let cases = Cases::read(&mut tx, &question, &app.completeness).await?;
    tx.commit().await?;
    Ok((question, cases))
}

/// The rows of the page's table: a missing day has an empty value and says so.
fn table(question: &Question, cases: &Cases) -> Result<Vec<u8>, csv::Error> {
    let value = match question.unit {
        Unit::NewCases => "new_cases",
        Unit::Per100k => "new_cases_per_100k",
    };
    let mut rows = csv::Writer::from_writer(Vec::new());
    rows.write_record([
        "date",
        value,
        "mean_7_days",
        "status",
        "expected_low",
        "expected",
        "expected_high",
        "annotation",
    ])?;
    for point in &cases.points {
        let expected =
            |of: fn(Expected) -> f64| point.expected.map(of).map(number).unwrap_or_default();
        rows.write_record([
            &point.date.to_string(),
            &point.value.map(number).unwrap_or_default(),
            &point.mean.map(number).unwrap_or_default(),
            point.status.as_str(),
            &expected(|expected| expected.low),
            &expected(|expected| expected.median),
            &expected(|expected| expected.high),
            &notes::of_point(cases, point),
        ])?;
    }
    rows.into_inner().map_err(|error| error.into_error().into())
}

/// Counts as they are, rates and means to the third decimal.
fn number(value: f64) -> String {
    if value.fract() == 0.0 {
        format!("{value:.0}")
    } else {
        format!("{value:.3}")
    }
}

fn name(reader: &Reader, extension: &str) -> String {
    format!("{}-daily-cases.{extension}", reader.tenant().id)
}
