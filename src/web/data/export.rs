//! What goes out: a department's observations as a file for other programs.

use axum::{
    body::Body,
    extract::{RawQuery, State},
    http::{HeaderValue, StatusCode, header},
    response::Response,
};
use leptos::prelude::*;

use super::sub_navigation;
use crate::{
    Error, Result,
    access::{Epidemiologist, Reader},
    app::App,
    surveillance::{
        LocationId,
        export::{
            About, Format, Table,
            make::{Order, make},
        },
        location::{Location, locations},
        observations::Wanted,
    },
    web::{download, errors::sentence, forms::day, forms::day_field, page::Page, words},
};

/// The kinds of file: the word in the address, what it is, for whom.
const KINDS: [(&str, Table, Format, &str); 4] = [
    ("csv", Table::Own, Format::Csv, "CSV, for spreadsheets"),
    (
        "parquet",
        Table::Own,
        Format::Parquet,
        "Parquet, for R and Python",
    ),
    (
        "hubverse-csv",
        Table::Hubverse,
        Format::Csv,
        "hubverse time series, CSV",
    ),
    (
        "hubverse-parquet",
        Table::Hubverse,
        Format::Parquet,
        "hubverse time series, Parquet",
    ),
];

/// The fields of the form, as typed.
#[derive(Clone, Debug, Default)]
struct Typed {
    format: String,
    locations: Vec<String>,
    from: String,
    to: String,
    as_of: String,
}

impl Typed {
    fn read(query: Option<&str>) -> Self {
        let mut typed = Self::default();
        for (name, value) in form_urlencoded::parse(query.unwrap_or_default().as_bytes()) {
            let value = value.trim().to_owned();
            match name.as_ref() {
                "format" => typed.format = value,
                "location" if !value.is_empty() && typed.locations.len() < 1_000 => {
                    typed.locations.push(value);
                }
                "from" => typed.from = value,
                "to" => typed.to = value,
                "as_of" => typed.as_of = value,
                _ => {}
            }
        }
        typed
    }

    fn wanted(&self) -> Result<Wanted> {
        let locations: Result<Vec<_>> = self
            .locations
            .iter()
            .map(|id| LocationId::parse(id))
            .collect();
        let (from, to) = (
            day("the first day", &self.from)?,
            day("the last day", &self.to)?,
        );
        if from.zip(to).is_some_and(|(from, to)| from > to) {
            return Err(Error::Invalid(
                "the first day is after the last; exchange them".into(),
            ));
        }
        Ok(Wanted {
            locations: locations.map_err(|_| Error::NotFound("location"))?,
            from,
            to,
            as_of: day("“as known on”", &self.as_of)?,
            kinds: Vec::new(),
            days: Vec::new(),
            after: None,
            limit: 0,
        })
    }

    /// What was asked for, in words for whoever finds the file later.
    fn words(&self) -> String {
        let mut words = match self.locations.as_slice() {
            [] => "all locations".to_owned(),
            some => format!("locations {}", some.join(", ")),
        };
        for (name, value) in [
            ("from", &self.from),
            ("to", &self.to),
            ("as known on", &self.as_of),
        ] {
            if !value.is_empty() {
                words += &format!("; {name} {value}");
            }
        }
        words
    }
}

/// `GET /data/export`: what can be asked for.
pub async fn form(
    State(app): State<App>,
    who: Epidemiologist,
    RawQuery(query): RawQuery,
) -> Result<Response> {
    let typed = Typed::read(query.as_deref());
    show(&app, &who, &typed, None).await
}

async fn show(
    app: &App,
    who: &Epidemiologist,
    typed: &Typed,
    problem: Option<String>,
) -> Result<Response> {
    let mut tx = who.begin().await?;
    let places = locations(&mut tx, None).await?;
    tx.commit().await?;
    let status = if problem.is_some() {
        StatusCode::BAD_REQUEST
    } else {
        StatusCode::OK
    };
    Ok(Page::new("Export").within("Data").of(&who.person).status(status).render(app, || {
        view! {
            <h1>"Export"</h1>
            {sub_navigation("Export")}
            <p class="lead">
                "Each row is a place and a day or week, with its status: a count, a correction, or withheld because \
                 it is small; a day without a row was not reported. Recent rows that usually still change say \
                 so. The file says as of when it was known, and what was asked for."
            </p>
            {problem.map(|problem| view! { <p class="problem" role="alert">{sentence(&problem)}</p> })}
            {if places.is_empty() {
                view! { <p class="empty card">"Nothing has been reported yet, so there is nothing to export."</p> }
                    .into_any()
            } else {
                choices(typed, &places).into_any()
            }}
        }
    }))
}

fn choices(typed: &Typed, places: &[Location]) -> impl IntoView + use<> {
    let kinds: Vec<_> = KINDS
        .iter()
        .map(|(word, _, _, text)| {
            let chosen = typed.format == *word;
            view! { <option value=*word selected=chosen>{*text}</option> }
        })
        .collect();
    let boxes: Vec<_> = places
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
    let first = places.iter().filter_map(|place| place.first_day).min();
    let last = places.iter().filter_map(|place| place.last_day).max();
    let reported = first
        .zip(last)
        .map(|(first, last)| format!("Reported: {} to {}.", words::day(first), words::day(last)));
    view! {
        <form method="get" action="/data/export/file" class="choices" aria-label="What to export">
            <details class="places" open={!typed.locations.is_empty()}>
                <summary>"Locations; none chosen means all"</summary>
                <fieldset><legend class="unseen">"Locations"</legend>{boxes}</fieldset>
            </details>
            <label class="whole">"File" <select name="format">{kinds}</select></label>
            <label>"From" <input type="date" name="from" value=day_field(&typed.from)/></label>
            <label>"To" <input type="date" name="to" value=day_field(&typed.to)/></label>
            <label>"As known on" <input type="date" name="as_of" value=day_field(&typed.as_of)/></label>
            <button type="submit">"Download"</button>
        </form>
        <p class="hint">{reported}</p>
    }
}

/// `GET /data/export/file`: for a person, or for a program with a key that may read.
pub async fn file(
    State(app): State<App>,
    reader: Reader,
    RawQuery(query): RawQuery,
) -> Result<Response> {
    let typed = Typed::read(query.as_deref());
    match answer(&app, &reader, &typed).await {
        Err(Error::Invalid(problem)) => match &reader {
            Reader::Person(who) => show(&app, who, &typed, Some(problem)).await,
            Reader::Program(_) => Err(Error::Invalid(problem)),
        },
        answer => answer,
    }
}

async fn answer(app: &App, reader: &Reader, typed: &Typed) -> Result<Response> {
    let now = app.clock.now();
    let word = if typed.format.is_empty() {
        "csv"
    } else {
        &typed.format
    };
    let (word, table, format, _) = KINDS.iter().find(|kind| kind.0 == word).ok_or_else(|| {
        let words: Vec<&str> = KINDS.iter().map(|kind| kind.0).collect();
        Error::Invalid(format!("format should be {}", words.join(", ")))
    })?;
    let wanted = typed.wanted()?;
    let tenant = reader.tenant();
    let order = Order {
        table: *table,
        format: *format,
        about: About {
            as_of: wanted.as_of.unwrap_or_else(|| now.date_naive()),
            filters: typed.words(),
            source: tenant.name.clone(),
            generated_at: now,
        },
        wanted,
    };
    let file = make(reader.pools(), &tenant.id, &order, &app.completeness).await?;
    let length = file.metadata().map_err(Error::internal)?.len();
    let name = format!(
        "{}-{word}-{}.{}",
        tenant.id,
        order.about.as_of,
        format.extension()
    );
    let body = Body::from_stream(tokio_util::io::ReaderStream::new(
        tokio::fs::File::from_std(file),
    ));
    let mut response = download::file(&name, format.media_type(), body)?;
    let length = HeaderValue::from(length);
    response
        .headers_mut()
        .insert(header::CONTENT_LENGTH, length);
    Ok(response)
}
