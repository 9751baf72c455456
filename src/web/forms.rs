//! Reading what a form sent.

use axum::{
    Form,
    extract::{FromRequest, Request, rejection::FormRejection},
};
use chrono::{Datelike, NaiveDate};
use serde::de::DeserializeOwned;

use crate::{Error, Result};

/// The fields of a posted form. What cannot be read is refused in our words.
pub struct Posted<T>(pub T);

impl<S: Send + Sync, T: DeserializeOwned> FromRequest<S> for Posted<T> {
    type Rejection = Error;

    async fn from_request(request: Request, state: &S) -> Result<Self> {
        match Form::<T>::from_request(request, state).await {
            Ok(Form(fields)) => Ok(Self(fields)),
            Err(FormRejection::BytesRejection(_)) => Err(Error::Invalid(
                "that is more than this form takes; shorten it and send it again".into(),
            )),
            Err(_) => Err(Error::Invalid(
                "the form could not be read; open the page again and fill it in there".into(),
            )),
        }
    }
}

/// What a field for a day can hold of what was typed: a day, or nothing. Browsers complain about
/// anything else.
pub fn day_field(text: &str) -> Option<String> {
    let day: NaiveDate = text.trim().parse().ok()?;
    Some(day.to_string())
}

/// Text that somebody typed, without what a database or a page cannot hold.
///
/// # Errors
/// When it has control characters.
pub fn clean<'a>(field: &str, text: &'a str) -> Result<&'a str> {
    if text.contains(char::is_control) {
        return Err(Error::Invalid(format!(
            "{field} has characters that cannot be printed; type it again"
        )));
    }
    Ok(text.trim())
}

/// A day that somebody chose, or left empty.
///
/// # Errors
/// Names the field and says what it takes.
pub fn day(field: &str, text: &str) -> Result<Option<NaiveDate>> {
    if text.is_empty() {
        return Ok(None);
    }
    text.parse::<NaiveDate>()
        .ok()
        .filter(|day| (1..=9999).contains(&day.year()))
        .map(Some)
        .ok_or_else(|| Error::Invalid(format!("{field} should be a date such as 2026-03-31")))
}
