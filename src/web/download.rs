//! Files to be kept, as answers.

use axum::{
    body::Body,
    http::{HeaderValue, header},
    response::{IntoResponse, Response},
};

use crate::{Error, Result};

/// The type of a table for spreadsheets.
pub const CSV: &str = "text/csv; charset=utf-8";

/// The type of objects, one a line.
pub const JSON_LINES: &str = "application/jsonl";

/// A file of this name and media type, for its reader alone.
///
/// # Errors
/// When the name cannot stand in a header; a tenant id has no character that could end it.
pub fn file(name: &str, kind: &'static str, body: impl Into<Body>) -> Result<Response> {
    let mut response = body.into().into_response();
    let headers = response.headers_mut();
    let disposition = format!("attachment; filename=\"{name}\"");
    for (header, value) in [
        (header::CONTENT_TYPE, HeaderValue::from_static(kind)),
        (
            header::CONTENT_DISPOSITION,
            HeaderValue::try_from(disposition).map_err(Error::internal)?,
        ),
        // Whoever asks next through the same cache may be of another department.
        (
            header::VARY,
            HeaderValue::from_static("cookie, authorization"),
        ),
        (
            header::CACHE_CONTROL,
            HeaderValue::from_static("private, no-store"),
        ),
    ] {
        headers.insert(header, value);
    }
    Ok(response)
}
