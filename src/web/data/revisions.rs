//! The revisions of a day, and how complete first reports are.

use axum::{
    extract::{Query, State},
    http::StatusCode,
    response::Response,
};
use chrono::NaiveDate;
use leptos::prelude::*;
use serde::Deserialize;

use super::{completeness, sub_navigation};
use crate::{
    Error, Result,
    access::Epidemiologist,
    app::App,
    surveillance::{
        Location, LocationId,
        charts::{Size, StepCurve},
        location::locations,
        revisions::{Place, Revision, of_day, places_of_day},
    },
    web::{errors::sentence, forms::day_field, page::Page, words},
};

const PATH: &str = "/data/revisions";
/// The charts' sizes: the stylesheet shows the one that fits.
const WIDE: (u32, u32) = (960, 260);
const NARROW: (u32, u32) = (400, 240);

/// What is asked, as typed.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub struct Asked {
    location: String,
    date: String,
}

/// What of a day is shown.
enum Shown {
    Nothing,
    Places(NaiveDate, Vec<Place>),
    Day(NaiveDate, Location, Vec<Revision>),
}

/// `GET /data/revisions`.
pub async fn show(
    State(app): State<App>,
    who: Epidemiologist,
    Query(asked): Query<Asked>,
) -> Result<Response> {
    let location = match asked.location.trim() {
        "" => None,
        // What cannot be an id is the id of nothing.
        id => Some(LocationId::parse(id).map_err(|_| Error::NotFound("location"))?),
    };
    let (date, problem) = match asked.date.trim() {
        "" => (None, None),
        text => match text.parse::<NaiveDate>() {
            Ok(date) => (Some(date), None),
            Err(_) => (None, Some("the day should be a date such as 2026-03-31")),
        },
    };
    let mut tx = who.begin().await?;
    let places = locations(&mut tx, None).await?;
    let place = match &location {
        None => None,
        Some(id) => {
            let known = places.iter().find(|place| place.location_id == id.as_str());
            Some(known.cloned().ok_or(Error::NotFound("location"))?)
        }
    };
    let shown = match (date, &location, place) {
        (Some(date), Some(id), Some(place)) => {
            Shown::Day(date, place, of_day(&mut tx, id, date).await?)
        }
        (Some(date), ..) => Shown::Places(date, places_of_day(&mut tx, date).await?),
        (None, ..) => Shown::Nothing,
    };
    let of: Vec<LocationId> = location.into_iter().collect();
    let learnt = app.completeness.read(&mut tx, None, &of).await?;
    tx.commit().await?;
    let status = problem.map_or(StatusCode::OK, |_| StatusCode::BAD_REQUEST);
    Ok(Page::new("Revisions").within("Data").of(&who.person).status(status).render(&app, || {
        let whose = places
            .iter()
            .find(|place| place.location_id == asked.location.trim())
            .map_or_else(|| "this department".to_owned(), |place| place.name.clone());
        view! {
            <h1>"Revisions"</h1>
            {sub_navigation("Revisions")}
            {problem.map(|problem| view! { <p class="problem" role="alert">{sentence(problem)}</p> })}
            {form(&asked, &places)}
            {match &shown {
                Shown::Nothing => ().into_any(),
                Shown::Places(date, places) => places_table(*date, places).into_any(),
                Shown::Day(date, place, revisions) => {
                    history(*date, place, revisions, app.clock.now().date_naive()).into_any()
                }
            }}
            {completeness::section(&learnt, &whose)}
        }
    }))
}

fn form(asked: &Asked, places: &[Location]) -> impl IntoView + use<> {
    let options: Vec<_> = places
        .iter()
        .map(|place| {
            let chosen = asked.location.trim() == place.location_id;
            view! { <option value=place.location_id.clone() selected=chosen>{place.name.clone()}</option> }
        })
        .collect();
    view! {
        <form method="get" action=PATH class="choices" aria-label="Which day">
            <label>"Location" <select name="location"><option value="">"all"</option>{options}</select></label>
            <label>"Day" <input type="date" name="date" value=day_field(&asked.date)/></label>
            <button type="submit">"Show"</button>
        </form>
    }
}

fn places_table(date: NaiveDate, places: &[Place]) -> impl IntoView + use<> {
    let heading = format!("All locations, {}", words::day(date));
    if places.is_empty() {
        return view! {
            <section><h2>{heading}</h2><p class="empty card">"No location has reported this day."</p></section>
        }
        .into_any();
    }
    let number =
        |cases: Option<i32>| cases.map_or_else(|| "–".to_owned(), |n| words::whole(i64::from(n)));
    let rows: Vec<_> = places
        .iter()
        .map(|place| {
            let mut query = form_urlencoded::Serializer::new(String::new());
            query.append_pair("location", &place.location_id);
            query.append_pair("date", &date.to_string());
            view! {
                <tr>
                    <th scope="row"><a href=format!("{PATH}?{}", query.finish())>{place.name.clone()}</a></th>
                    <td>{number(place.first_cases)}</td>
                    <td>{number(place.new_cases)}</td>
                    <td>{place.revisions}</td>
                    <td>{place.first_as_of.to_string()}</td>
                </tr>
            }
        })
        .collect();
    view! {
        <section>
            <h2>{heading}</h2>
            <div class="scroll" tabindex="0" role="region" aria-label="Locations that reported this day">
                <table class="figures">
                    <thead>
                        <tr>
                            <th scope="col">"Location"</th>
                            <th scope="col">"First"</th>
                            <th scope="col">"Now"</th>
                            <th scope="col">"Revisions"</th>
                            <th scope="col">"Known from"</th>
                        </tr>
                    </thead>
                    <tbody>{rows}</tbody>
                </table>
            </div>
        </section>
    }
    .into_any()
}

/// A value in words.
fn value(revision: &Revision) -> String {
    match (revision.new_cases, revision.kind.as_str()) {
        (Some(cases), _) => words::whole(i64::from(cases)),
        (None, "withdrawn") => "withdrawn".to_owned(),
        (None, _) => "suppressed".to_owned(),
    }
}

fn history(
    date: NaiveDate,
    place: &Location,
    revisions: &[Revision],
    today: NaiveDate,
) -> impl IntoView + use<> {
    let title = format!("{}, {}", place.name, words::day(date));
    let (Some(first), Some(last)) = (revisions.first(), revisions.last()) else {
        return view! {
            <section><h2>{title}</h2><p class="empty card">"This day was not reported."</p></section>
        }
        .into_any();
    };
    let description = match revisions.len() {
        1 => format!(
            "{} since {}, never revised.",
            capital(&value(first)),
            words::day(first.as_of)
        ),
        number => format!(
            "{} on {}, {} since {}: {}.",
            capital(&value(first)),
            words::day(first.as_of),
            value(last),
            words::day(last.as_of),
            match number - 1 {
                1 => "1 revision".to_owned(),
                number => format!("{number} revisions"),
            }
        ),
    };
    let steps: Vec<(NaiveDate, Option<f64>)> = revisions
        .iter()
        .map(|revision| (revision.as_of, revision.new_cases.map(f64::from)))
        .collect();
    let curve = StepCurve {
        title: "New cases, as they were known",
        description: &description,
        steps: &steps,
        // A revision of long ago is seen to be one; one of today has a day to be seen in.
        until: today
            .max(last.as_of)
            .min(last.as_of + chrono::TimeDelta::days(60)),
    };
    let wide = curve.svg(Size::new(WIDE.0, WIDE.1), "day-wide");
    let narrow = curve.svg(Size::new(NARROW.0, NARROW.1), "day-narrow");
    let mut before = None;
    let mut rows: Vec<_> = revisions
        .iter()
        .map(|revision| {
            let change = match (before, revision.new_cases) {
                (Some(before), Some(now)) => signed(i64::from(now) - i64::from(before)),
                _ => "–".to_owned(),
            };
            before = revision.new_cases;
            row(revision, change)
        })
        .collect();
    rows.reverse();
    let counted = (last.days == 7).then_some(" It counts the seven days that begin with it.");
    view! {
        <section>
            <h2>{title.clone()}</h2>
            <figure class="epi-curve">
                <div class="wide" inner_html=wide></div>
                <div class="narrow" inner_html=narrow></div>
                <figcaption>{description.clone()}{counted}</figcaption>
            </figure>
            <div class="scroll" tabindex="0" role="region" aria-label="Revisions of this day">
                <table class="revisions">
                    <thead>
                        <tr>
                            <th scope="col">"Known from"</th>
                            <th scope="col">"New cases"</th>
                            <th scope="col">"Change"</th>
                            <th scope="col">"Upload"</th>
                            <th scope="col">"By"</th>
                        </tr>
                    </thead>
                    <tbody>{rows}</tbody>
                </table>
            </div>
        </section>
    }
    .into_any()
}

fn row(revision: &Revision, change: String) -> impl IntoView + use<> {
    let upload = match revision.undoes {
        Some(undone) => format!("{}: takes back upload {undone}", revision.upload_no),
        None => format!("{}: {}", revision.upload_no, revision.file_name),
    };
    let accepted = revision
        .decided_at
        .map(|at| at.format("%Y-%m-%d %H:%M UTC").to_string());
    view! {
        <tr>
            <th scope="row">{revision.as_of.to_string()}</th>
            <td>{value(revision)}</td>
            <td>{change}</td>
            <td>{upload}</td>
            <td>{revision.received_by.clone()}<br/><span class="hint">{accepted}</span></td>
        </tr>
    }
}

fn signed(change: i64) -> String {
    let sign = if change > 0 { "+" } else { "" };
    format!("{sign}{}", words::whole(change))
}

fn capital(text: &str) -> String {
    let mut letters = text.chars();
    let first = letters.next().map(|first| first.to_uppercase().to_string());
    first.unwrap_or_default() + letters.as_str()
}
