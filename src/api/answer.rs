//! From rows to an answer: the form, the edition, the way to the next page.

use axum::{
    body::Body,
    http::{HeaderValue, header},
    response::{IntoResponse, Response},
};
use serde::Serialize;

use super::{
    edition::Edition,
    format::{Format, csv},
    query::Parameters,
};
use crate::{Error, Result};

/// Rows that go out as JSON, with what stands around them, or as CSV, alone.
pub trait Table: Serialize {
    /// A row.
    type Row: Serialize;
    /// The rows' columns in order: the names of a row's fields.
    const COLUMNS: &'static [&'static str];

    /// The rows.
    fn rows(&self) -> &[Self::Row];

    /// The cursor of the page after this, if there is one.
    fn next(&self) -> Option<&str> {
        None
    }
}

/// Writes the table as `format`. `path` and `parameters` are those of the request, for the
/// `Link` to the next page (RFC 8288).
///
/// # Errors
/// When it cannot be written, which is our fault.
pub fn answer<T: Table>(
    table: &T,
    format: Format,
    edition: Option<&Edition>,
    path: &str,
    parameters: &Parameters,
) -> Result<Response> {
    let body = match format {
        Format::Json => serde_json::to_vec(table).map_err(Error::internal)?,
        Format::Csv => csv(T::COLUMNS, table.rows())?,
    };
    let mut response = Body::from(body).into_response();
    let headers = response.headers_mut();
    headers.insert(header::CONTENT_TYPE, format.content_type());
    // Whoever asks next through the same cache may be of another department.
    headers.insert(
        header::VARY,
        HeaderValue::from_static("authorization, accept"),
    );
    if let Some(next) = table.next() {
        let link = format!("<{path}?{}>; rel=\"next\"", parameters.with("cursor", next));
        headers.insert(
            header::LINK,
            HeaderValue::try_from(link).map_err(Error::internal)?,
        );
    }
    if let Some(edition) = edition {
        edition.write(headers);
    }
    Ok(response)
}

/// Lets the program keep an answer, if it asks each time whether that is still the edition.
pub fn may_be_kept(response: &mut Response) {
    response.headers_mut().insert(
        header::CACHE_CONTROL,
        HeaderValue::from_static("private, no-cache"),
    );
}
