//! A whole upload at once: what a simulation has at hand, and fits into memory.

use std::collections::{BTreeMap, BTreeSet};

use chrono::NaiveDate;

use super::{
    Batch, NewUpload, Tally,
    places::{self, NewPlace},
    register,
    store::{AT_ONCE, store_rows},
};
use crate::{Result, clock::Now, surveillance::LocationId, tenancy::TenantTx};

/// New cases of a place on a day.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Value {
    /// The place.
    pub location: LocationId,
    /// The day.
    pub date: NaiveDate,
    /// New cases.
    pub new_cases: i32,
}

/// Stores an upload in the transaction of its department: nothing of it, unless the caller
/// commits. Places that the department does not have are added, as `describe`d or by their id
/// alone.
pub async fn store(
    tx: &mut TenantTx,
    upload: &NewUpload<'_>,
    values: &[Value],
    described: &[NewPlace],
    now: Now,
) -> Result<Tally> {
    register::take_turn(tx).await?;
    let mut wanted: BTreeMap<&str, NewPlace> = described
        .iter()
        .map(|place| (place.location.as_str(), place.clone()))
        .collect();
    for location in values
        .iter()
        .map(|value| &value.location)
        .collect::<BTreeSet<_>>()
    {
        wanted
            .entry(location.as_str())
            .or_insert_with(|| NewPlace::unnamed(location.clone()));
    }
    let wanted: Vec<NewPlace> = wanted.into_values().collect();
    places::add(tx, &wanted, upload.by, now).await?;
    let upload_no = register::open(tx, upload, now).await?;
    let mut tally = Tally::default();
    for values in values.chunks(AT_ONCE) {
        let mut batch = Batch::default();
        for value in values {
            batch.push(
                value.location.as_str(),
                value.date,
                1,
                Some(value.new_cases),
            );
        }
        tally += store_rows(tx, &batch, upload.as_of, upload_no).await?;
    }
    register::accept(tx, upload_no, tally, 0, upload.by, now).await?;
    Ok(tally)
}
