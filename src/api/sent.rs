//! The body of a request that sends observations: a file as it is, or JSON as the file that says
//! the same.

use std::{future::poll_fn, pin::Pin};

use axum::{
    body::{Body, BodyDataStream, Bytes},
    http::{HeaderMap, header},
};
use chrono::NaiveDate;
use futures_core::Stream as _;
use serde::{Deserialize, Serialize};
use sha2::{Digest as _, Sha256};
use utoipa::ToSchema;

use super::object::{Object, objects};
use crate::{Error, Result};

/// JSON is held as a whole while it is read; files are not.
const LARGEST_JSON: usize = 10_000_000;

/// Observations to be stored.
#[derive(Clone, Debug, Deserialize, Serialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NewObservations {
    /// The rows.
    #[serde(deserialize_with = "objects")]
    observations: Vec<NewObservation>,
}

/// New cases of a place on a day, or in a week.
#[derive(Clone, Debug, Deserialize, Serialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NewObservation {
    /// The place, which the department has to have.
    #[schema(example = "alder-city", min_length = 1, max_length = 64)]
    location_id: String,
    /// The day, or a week's first.
    date: NaiveDate,
    /// New cases. `null` where the number is withheld; a day that was not reported has no row.
    #[schema(required, example = 42)]
    #[serde(deserialize_with = "Option::deserialize")]
    new_cases: Option<i32>,
}

/// A body that can be taken.
pub enum Sent {
    /// A file, as it arrives.
    File(BodyDataStream),
    /// The file that says what JSON said.
    Written(Option<Bytes>),
}

impl Sent {
    /// What was sent, by its media type.
    ///
    /// # Errors
    /// [`Error::UnsupportedMedia`], [`Error::TooLarge`], and [`Error::Invalid`] for JSON that is
    /// no list of observations.
    pub async fn read(headers: &HeaderMap, body: Body) -> Result<Self> {
        let kind = headers
            .get(header::CONTENT_TYPE)
            .and_then(|kind| kind.to_str().ok())
            .and_then(|kind| kind.split(';').next())
            .map(|kind| kind.trim().to_ascii_lowercase());
        match kind.as_deref() {
            Some(
                "text/csv"
                | "text/tab-separated-values"
                | "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
            ) => Ok(Self::File(body.into_data_stream())),
            Some("application/json") => {
                let bytes = axum::body::to_bytes(body, LARGEST_JSON)
                    .await
                    .map_err(|_| {
                        Error::TooLarge(format!(
                            "JSON has at most {} MB here; send it in parts, or as CSV",
                            LARGEST_JSON / 1_000_000
                        ))
                    })?;
                Ok(Self::Written(Some(written(&bytes)?)))
            }
            _ => Err(Error::UnsupportedMedia(
                "observations come as application/json, text/csv, text/tab-separated-values or an \
                 Excel workbook (.xlsx)"
                    .into(),
            )),
        }
    }

    /// A name for it in the list of uploads.
    pub fn name(&self) -> &'static str {
        match self {
            Self::File(_) => "a program's file",
            Self::Written(_) => "a program's JSON",
        }
    }

    /// Its next bytes; `None` at its end.
    ///
    /// # Errors
    /// [`Error::Invalid`] where it breaks off.
    pub async fn next(&mut self) -> Result<Option<Bytes>> {
        match self {
            Self::Written(bytes) => Ok(bytes.take()),
            Self::File(pieces) => poll_fn(|context| Pin::new(&mut *pieces).poll_next(context))
                .await
                .transpose()
                .map_err(|_| Error::Invalid("the connection broke off; send it again".into())),
        }
    }

    /// The SHA-256 of its bytes, of which there are `most` at most.
    ///
    /// # Errors
    /// [`Error::TooLarge`], and as [`next`](Self::next) has them.
    pub async fn sha256(mut self, most: u64) -> Result<[u8; 32]> {
        let mut hash = Sha256::new();
        let mut length = 0;
        while let Some(piece) = self.next().await? {
            length += piece.len() as u64;
            if length > most {
                return Err(Error::TooLarge("that is more than was sent before".into()));
            }
            hash.update(&piece);
        }
        Ok(hash.finalize().into())
    }
}

/// JSON as the file that says the same.
fn written(json: &[u8]) -> Result<Bytes> {
    let Object(sent): Object<NewObservations> = serde_json::from_slice(json).map_err(|error| {
        // What serde says names a field or a place in what was sent, and nothing of ours.
        Error::Invalid(format!("this is not a list of observations: {error}"))
    })?;
    let mut rows = csv::Writer::from_writer(Vec::new());
    rows.write_record(["location_id", "date", "new_cases"])
        .map_err(Error::internal)?;
    for row in sent.observations {
        let number = row
            .new_cases
            .map_or_else(|| "*".to_owned(), |n| n.to_string());
        rows.write_record([row.location_id.as_str(), &row.date.to_string(), &number])
            .map_err(Error::internal)?;
    }
    let bytes = rows
        .into_inner()
        .map_err(|error| Error::internal(error.into_error()))?;
    Ok(bytes.into())
}
