//! A whole import in memory: what a command or a simulation has at hand.

use std::collections::{BTreeSet, HashSet};

use chrono::NaiveDate;

use super::read::{ENOUGH, Fault, Observation, Place};
use crate::{
    Result,
    clock::Now,
    surveillance::{
        LocationId,
        uploads::{
            Batch, NewUpload, Tally, places, register,
            store::{AT_ONCE, store_rows},
        },
    },
    tenancy::TenantTx,
};

/// What is to be imported, and as known when.
pub struct Import<'a> {
    /// Counts by day and place.
    pub observations: &'a [Observation],
    /// Names and populations; those of places the department does not report for are left
    /// out.
    pub places: &'a [Place],
    /// The upload that this is.
    pub upload: NewUpload<'a>,
    /// When it is stored.
    pub now: Now,
}

/// What an import did.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Report {
    /// New, changed and unchanged values.
    pub tally: Tally,
    /// Locations that were added and have no name but their id.
    pub unnamed_locations: Vec<String>,
}

/// Stores an import in the transaction of its department: nothing of it, unless the caller
/// commits. Storing the same again changes nothing.
///
/// # Errors
/// Locations that are unknown to a department that has some: the inner error lists them.
pub async fn store(tx: &mut TenantTx, import: &Import<'_>) -> Result<Result<Report, Vec<Fault>>> {
    register::take_turn(tx).await?;
    let known = places::known(tx).await?;
    let named: HashSet<&str> = import
        .places
        .iter()
        .map(|place| place.location.as_str())
        .collect();
    let wanted: BTreeSet<&LocationId> = import
        .observations
        .iter()
        .map(|row| &row.location)
        .collect();
    let unknown: Vec<&str> = wanted
        .iter()
        .map(|id| id.as_str())
        .filter(|id| !known.contains_key(*id))
        .collect();
    // A department's first import brings its locations with it.
    let unnamed: Vec<Fault> = import
        .observations
        .iter()
        .filter(|row| !known.is_empty() && !known.contains_key(row.location.as_str()))
        .filter(|row| !named.contains(row.location.as_str()))
        .take(ENOUGH)
        .map(|row| Fault {
            line: Some(row.line),
            message: format!(
                "there is no location `{}`; correct it, or add it with --locations and a file of \
                 location_id, name, population",
                row.location.as_str()
            ),
        })
        .collect();
    if !unnamed.is_empty() {
        return Ok(Err(unnamed));
    }
    places::add(tx, &unknown).await?;
    places::describe(tx, import.places).await?;
    let mut report = Report {
        unnamed_locations: unknown
            .into_iter()
            .filter(|id| !named.contains(id))
            .map(str::to_owned)
            .collect(),
        ..Report::default()
    };
    let upload_no = register::open(tx, &import.upload, import.now).await?;
    let as_of: NaiveDate = import.upload.as_of;
    for rows in import.observations.chunks(AT_ONCE) {
        let mut batch = Batch::default();
        for row in rows {
            batch.push(row.location.as_str(), row.date, 1, Some(row.new_cases));
        }
        report.tally += store_rows(tx, &batch, as_of, upload_no).await?;
    }
    register::accept(tx, upload_no, report.tally, 0, import.upload.by, import.now).await?;
    Ok(Ok(report))
}
