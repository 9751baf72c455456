//! `GET /forecast`: what to expect, whose forecast that is, and how well it has done.

use axum::{
    extract::{RawQuery, State},
    http::StatusCode,
    response::Response,
};
use chrono::Days;
use leptos::prelude::*;

use super::{
    answer::{Answer, Forecast, Shown},
    choices::choices,
    figures, made,
    query::{ForecastQuery, Question},
    scorecard::scorecard,
    sentences, sub_navigation, table,
};
use crate::{
    Error, Result,
    access::Epidemiologist,
    app::App,
    surveillance::location::locations,
    web::{errors::sentence, page::Page, words},
};

/// A place without reports for longer than this was left out for its silence.
const REPORTING: Days = Days::new(14);

/// `GET /forecast`: the page, or the form again with what was typed and what is wrong with it.
pub async fn show(
    State(app): State<App>,
    who: Epidemiologist,
    RawQuery(query): RawQuery,
) -> Result<Response> {
    let typed = ForecastQuery::read(query.as_deref());
    let mut tx = who.begin().await?;
    let question = match typed.understand() {
        Ok(question) => question,
        Err(Error::Invalid(problem)) => {
            let places = locations(&mut tx, None).await?;
            tx.commit().await?;
            let page = Page::new("Forecast").of(&who.person);
            return Ok(page.status(StatusCode::BAD_REQUEST).render(&app, || {
                view! {
                    <h1>"Forecast"</h1>
                    {sub_navigation("Forecast")}
                    <p class="problem" role="alert">{sentence(&problem)}</p>
                    {choices(&typed, &places)}
                }
            }));
        }
        Err(error) => return Err(error),
    };
    let answer = Answer::read(&mut tx, &question, &app.completeness).await?;
    tx.commit().await?;
    let now = app.clock.now();
    Ok(Page::new("Forecast").of(&who.person).render(&app, || {
        view! {
            <h1>"Forecast"</h1>
            {sub_navigation("Forecast")}
            {question.as_of.map(|day| as_known_on(&typed, day))}
            {(!answer.places.is_empty()).then(|| choices(&typed, &answer.places))}
            {made::state(&answer, now)}
            {match &answer.run {
                Some(shown) => of_run(&typed, &answer, shown).into_any(),
                None => nothing(&question, &answer),
            }}
            {(!answer.places.is_empty()).then(|| made::runs(&answer, now))}
        }
    }))
}

/// Says that the page is about what was known on an earlier day, and leads back.
fn as_known_on(typed: &ForecastQuery, day: chrono::NaiveDate) -> impl IntoView + use<> {
    let now = typed.now().to_query();
    view! {
        <p class="caution">
            {format!("This is what was known and expected at the end of {}. ", words::day(day))}
            <a href=format!("/forecast?{now}")>"Show what is expected now"</a>
        </p>
    }
}

/// In place of a forecast, when there is none.
fn nothing(question: &Question, answer: &Answer) -> AnyView {
    if answer.places.is_empty() || answer.reported.is_none() && question.as_of.is_none() {
        return view! {
            <p class="empty card">
                "Nothing has been reported yet, so there is nothing to expect. "
                <a href="/data">"Upload your department's counts"</a>
                ", and a forecast follows by itself."
            </p>
        }
        .into_any();
    }
    let message = match question.as_of {
        Some(day) => format!(
            "No forecast is kept that knew no more than what was known on {}.",
            words::day(day)
        ),
        None => "No forecast has been made yet. One is made whenever data arrives, or when you press the button \
                 below."
            .to_owned(),
    };
    view! { <p class="empty card">{message}</p> }.into_any()
}

fn of_run(typed: &ForecastQuery, answer: &Answer, shown: &Shown) -> impl IntoView + use<> {
    view! {
        {match &shown.forecast {
            Some(forecast) => of_place(typed, answer, (shown, forecast)).into_any(),
            None => silent(answer, shown).into_any(),
        }}
        {made::facts(shown)}
    }
}

/// A place that the run left out.
fn silent(answer: &Answer, shown: &Shown) -> impl IntoView + use<> {
    let name = match &answer.place {
        Some(place) => place.name.clone(),
        None => "The department".to_owned(),
    };
    let (run, as_of) = (words::day(shown.run.as_of), shown.run.as_of);
    let message = match answer.reported.map(|reported| reported.last()) {
        None => format!("{name} has not reported anything by then."),
        Some(last) if last < as_of - REPORTING => format!(
            "{name} had stopped reporting when the run as of {run} was made. Its last report is of {}, and \
             nothing can be said of what follows so long after it.",
            words::day(last)
        ),
        Some(last) => format!(
            "The run as of {run} has nothing to say of {name}, which had reported too little. Its last report \
             is of {}; the next run looks again.",
            words::day(last)
        ),
    };
    view! { <p class="empty card">{message}</p> }
}

fn of_place(
    typed: &ForecastQuery,
    answer: &Answer,
    (shown, forecast): (&Shown, &Forecast),
) -> impl IntoView + use<> {
    let query = typed.to_query();
    let changed = (shown.making.settings_version != answer.settings_version).then(|| {
        view! {
            <p class="caution">
                "The model's parameters were changed since; the next run uses the new ones. "
                <a href="/forecast/parameters">"See what changed"</a>
            </p>
        }
    });
    view! {
        <p class="outlook">{sentences::expect(forecast)}</p>
        {figures_in_brief(forecast)}
        <p class="lead">{sentences::whose(&forecast.outlook)}</p>
        {changed}
        {figures::fan(answer, forecast, shown.run.as_of)}
        {crate::web::cases::notes::list(&forecast.cases)}
        <p class="downloads">
            "Download "
            <a href=format!("/forecast/daily.csv?{query}") download>"CSV, by day"</a>", "
            <a href=format!("/forecast/hubverse.csv?{query}") download>"hubverse, all locations by week"</a>
            <a href="/data/revisions">"How complete reports are"</a>
        </p>
        {table::fan(forecast)}
        <section>
            <h2>"Growing or falling"</h2>
            {figures::reproduction(answer, forecast)}
            {(!forecast.reproduction.is_empty()).then(|| table::reproduction(forecast))}
        </section>
        <section>
            <h2>"How well forecasts of this place have done"</h2>
            {scorecard(forecast)}
            {figures::past(answer, forecast)}
            {(!forecast.past.fans.is_empty()).then(|| table::past(forecast))}
        </section>
    }
}

/// The figures above the chart.
fn figures_in_brief(forecast: &Forecast) -> impl IntoView + use<> {
    let outlook = &forecast.outlook;
    let r_t = forecast.reproduction.last().map(|day| {
        let (low, high) = day.nearly_all;
        view! {
            <div class="stat">
                <dt>{format!("Reproduction number, {}", words::day(day.date))}</dt>
                <dd><strong>{format!("{:.2}", day.median)}</strong>{format!(" (95\u{a0}%: {low:.2} to {high:.2})")}</dd>
            </div>
        }
    });
    view! {
        <dl class="stats">
            <div class="stat">
                <dt>{format!("7 days to {}", words::day(outlook.origin))}</dt>
                <dd><strong>{words::rounded(outlook.recent_week.round())}</strong>" cases, as far as known"</dd>
            </div>
            <div class="stat">
                <dt>"More cases in the second week ahead"</dt>
                <dd><strong>{sentences::probability(outlook.rises)}</strong>" probability"</dd>
            </div>
            {r_t}
        </dl>
    }
}
