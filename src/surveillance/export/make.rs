//! From the database to a finished file.
//!
//! The file is finished before its first byte is sent: whoever downloads slowly keeps no
//! transaction open, and a failure is an error and not half a file.

use std::{
    collections::HashMap,
    fs::File,
    io::{BufWriter, Seek as _},
};

use chrono::NaiveDate;

use super::{About, Export, ExportRow, Format, Status, Table};
use crate::{
    Error, Result,
    database::Pools,
    surveillance::{
        LocationId,
        completeness::{Completeness, Memo},
        location::{Location, locations},
        observations::{Observation, Wanted, edition, observations},
    },
    tenancy::{TenantId, TenantTx},
};

/// Rows that are read at once.
const AT_ONCE: u32 = 10_000;

/// How often it is begun anew because an upload was accepted meanwhile.
const TRIES: usize = 3;

/// What is to be exported.
#[derive(Clone, Debug)]
pub struct Order {
    /// Which table.
    pub table: Table,
    /// Which kind of file.
    pub format: Format,
    /// Which observations; `after` and `limit` are the export's own.
    pub wanted: Wanted,
    /// What the file says of itself.
    pub about: About,
}

/// A finished file, at its beginning. It has no name: it is gone when it is closed.
///
/// # Errors
/// [`Error::NotFound`] for a location that the department does not have; [`Error::Busy`] when
/// uploads are accepted faster than it can be written.
pub async fn make(pools: &Pools, tenant: &TenantId, order: &Order, memo: &Memo) -> Result<File> {
    for _ in 0..TRIES {
        if let Some(file) = attempt(pools, tenant, order, memo).await? {
            return Ok(file);
        }
    }
    Err(Error::Busy)
}

/// A file, or nothing where its beginning and its end are of different editions.
async fn attempt(
    pools: &Pools,
    tenant: &TenantId,
    order: &Order,
    memo: &Memo,
) -> Result<Option<File>> {
    let mut tx = TenantTx::begin(pools, tenant).await?;
    let begun = edition(&mut tx).await?;
    let places = locations(&mut tx, order.wanted.as_of).await?;
    let learnt = memo
        .read(&mut tx, order.wanted.as_of, &order.wanted.locations)
        .await?;
    tx.commit().await?;
    let known = |id: &str| places.iter().any(|place| place.location_id == id);
    if !order.wanted.locations.iter().all(|id| known(id.as_str())) {
        return Err(Error::NotFound("location"));
    }
    let latest = places.iter().filter_map(|place| place.last_day).max();
    let names: HashMap<String, String> = places
        .into_iter()
        .map(
            |Location {
                 location_id, name, ..
             }| (location_id, name),
        )
        .collect();
    let out = tempfile::tempfile().map_err(Error::internal)?;
    let mut export = Export::begin(
        order.table,
        order.format,
        order.about.clone(),
        BufWriter::new(out),
    )?;
    let mut wanted = Wanted {
        after: None,
        limit: AT_ONCE,
        ..order.wanted.clone()
    };
    loop {
        let mut tx = TenantTx::begin(pools, tenant).await?;
        let page = observations(&mut tx, &wanted).await?;
        tx.commit().await?;
        let Some(last) = page.last() else { break };
        wanted.after = Some((last.date, LocationId::parse(&last.location_id)?));
        let done = page.len() < AT_ONCE as usize;
        let rows: Vec<ExportRow> = page
            .into_iter()
            .map(|row| exported(row, &names, latest, &learnt))
            .collect();
        // Columns and compression take a processor for a while, which pages should not wait for.
        export = tokio::task::spawn_blocking(move || {
            for row in &rows {
                export.write(row)?;
            }
            Ok::<_, Error>(export)
        })
        .await
        .map_err(Error::internal)??;
        if done {
            break;
        }
    }
    let mut tx = TenantTx::begin(pools, tenant).await?;
    let ended = edition(&mut tx).await?;
    tx.commit().await?;
    if begun != ended {
        return Ok(None);
    }
    let finish = move || {
        let mut file = export
            .finish()?
            .into_inner()
            .map_err(|error| Error::internal(error.into_error()))?;
        file.rewind().map_err(Error::internal)?;
        Ok::<_, Error>(file)
    };
    tokio::task::spawn_blocking(finish)
        .await
        .map_err(Error::internal)?
        .map(Some)
}

fn exported(
    row: Observation,
    names: &HashMap<String, String>,
    latest: Option<NaiveDate>,
    learnt: &Completeness,
) -> ExportRow {
    let incomplete = latest.is_some_and(|latest| row.is_incomplete(latest, learnt));
    ExportRow {
        location_name: names.get(&row.location_id).cloned().unwrap_or_default(),
        status: match row.kind.as_str() {
            "suppressed" => Status::Suppressed,
            "correction" => Status::Correction,
            _ => Status::Count,
        },
        date: row.date,
        days: row.days.unsigned_abs(),
        new_cases: row.new_cases,
        incomplete,
        location_id: row.location_id,
    }
}
