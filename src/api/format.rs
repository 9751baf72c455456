//! In which form an answer goes out: JSON or CSV.

use axum::http::{HeaderMap, HeaderValue, header};
use serde::Serialize;

use super::query::Parameters;
use crate::{Error, Result};

/// The form of an answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Format {
    /// `application/json`.
    Json,
    /// `text/csv`: a header, then a line for each row.
    Csv,
}

impl Format {
    const ALL: [Self; 2] = [Self::Json, Self::Csv];

    /// What was asked for: by `format`, which an address can hold, or else by `Accept`.
    ///
    /// # Errors
    /// [`Error::NotAcceptable`] where `Accept` allows neither, and [`Error::Invalid`] for another
    /// `format`.
    pub fn asked(parameters: &Parameters, headers: &HeaderMap) -> Result<Self> {
        let named = parameters.words("format", &[("json", Self::Json), ("csv", Self::Csv)])?;
        if let Some(named) = named.first() {
            return Ok(*named);
        }
        let accept: Vec<_> = headers
            .get_all(header::ACCEPT)
            .iter()
            .filter_map(|value| value.to_str().ok())
            .collect();
        if accept.is_empty() {
            return Ok(Self::Json);
        }
        let accept = accept.join(",");
        Self::ALL
            .into_iter()
            .rev()
            .map(|format| (quality(&accept, format), format))
            .filter(|(quality, _)| *quality > 0)
            // The last of equals: JSON.
            .max_by_key(|(quality, _)| *quality)
            .map(|(_, format)| format)
            .ok_or_else(|| {
                Error::NotAcceptable("this comes as application/json or text/csv".into())
            })
    }

    fn parts(self) -> (&'static str, &'static str) {
        match self {
            Self::Json => ("application", "json"),
            Self::Csv => ("text", "csv"),
        }
    }

    /// Its name, as in `format=`.
    pub fn name(self) -> &'static str {
        self.parts().1
    }

    /// The `Content-Type`.
    pub fn content_type(self) -> HeaderValue {
        HeaderValue::from_static(match self {
            Self::Json => "application/json",
            Self::Csv => "text/csv; charset=utf-8; header=present",
        })
    }
}

/// How much `accept` wants a form, in thousandths, by the range that names it most exactly
/// (RFC 9110, section 12.5.1).
fn quality(accept: &str, format: Format) -> u32 {
    let (kind, subkind) = format.parts();
    let ranges = accept.split(',').filter_map(|range| {
        let mut parts = range.split(';').map(str::trim);
        let (range_kind, range_subkind) = parts.next()?.split_once('/')?;
        let same = |a: &str, b: &str| a.eq_ignore_ascii_case(b);
        let exactness = match (range_kind, range_subkind) {
            (a, b) if same(a, kind) && same(b, subkind) => 2,
            (a, "*") if same(a, kind) => 1,
            ("*", "*") => 0,
            _ => return None,
        };
        let wanted = parts
            .filter_map(|part| part.split_once('='))
            .find(|(name, _)| same(name.trim(), "q"))
            .map_or(1.0, |(_, value)| value.trim().parse::<f64>().unwrap_or(0.0));
        #[expect(
            clippy::cast_possible_truncation,
            clippy::cast_sign_loss,
            reason = "from 0 to 1000"
        )]
        let thousandths = (wanted.clamp(0.0, 1.0) * 1_000.0) as u32;
        Some((exactness, thousandths))
    });
    ranges
        .max_by_key(|(exactness, _)| *exactness)
        .map_or(0, |(_, thousandths)| thousandths)
}

/// Rows as CSV, under `columns`.
///
/// Numbers and ids stand as they are, also where a spreadsheet would take one for a formula: this is
/// what programs read, and what they read here they send back.
///
/// # Errors
/// When a row cannot be written, which is our fault.
pub fn csv<T: Serialize>(columns: &[&str], rows: &[T]) -> Result<Vec<u8>> {
    let mut writer = csv::WriterBuilder::new()
        .has_headers(false)
        .from_writer(Vec::new());
    writer.write_record(columns).map_err(Error::internal)?;
    for row in rows {
        writer.serialize(row).map_err(Error::internal)?;
    }
    writer
        .into_inner()
        .map_err(|error| Error::internal(error.into_error()))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn asked(accept: Option<&'static str>, query: &str) -> Result<Format> {
        let parameters = Parameters::read_known(Some(query), &["format"], &[])?;
        let headers = accept
            .map(|accept| (header::ACCEPT, HeaderValue::from_static(accept)))
            .into_iter()
            .collect();
        Format::asked(&parameters, &headers)
    }

    #[test]
    fn the_form_wanted_most_is_given() -> Result<()> {
        use Format::{Csv, Json};
        for (accept, format) in [
            (None, Json),
            (Some("*/*"), Json),
            (Some("text/csv"), Csv),
            (Some("Text/CSV"), Csv),
            (Some("application/json, text/csv"), Json),
            (Some("application/json;q=0.5, text/csv;q=0.501"), Csv),
            (Some("text/*, application/json;q=0.9"), Csv),
            (Some("text/*;q=0.9, text/csv;q=0, */*;q=0.1"), Json),
            (Some("text/html, */*;q=0.8"), Json),
            (Some("application/*;q=0.2, text/csv ; q=0.3"), Csv),
        ] {
            assert_eq!(asked(accept, "")?, format, "{accept:?}");
        }
        Ok(())
    }

    #[test]
    fn a_form_there_is_not_is_refused() {
        for accept in [
            "text/html",
            "image/*",
            "application/json;q=0",
            "nonsense",
            "",
            "*/*;q=0",
            "text/csv;q=much",
        ] {
            let refusal = asked(Some(accept), "");
            assert!(matches!(refusal, Err(Error::NotAcceptable(_))), "{accept}");
        }
        assert!(matches!(asked(None, "format=xml"), Err(Error::Invalid(_))));
    }

    #[test]
    fn the_address_has_the_last_word() -> Result<()> {
        assert_eq!(asked(Some("application/json"), "format=csv")?, Format::Csv);
        Ok(())
    }
}
