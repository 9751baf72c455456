//! The last step: an upload is accepted, all that can be taken of it at once, or cancelled.

use std::sync::Arc;

use super::{
    Tally,
    check::{Job, changed, undecided},
    places,
    register::{self, Status, Upload},
    scan,
    store::store_rows,
    text,
};
use crate::{
    Error, Result, audit,
    surveillance::reading::{KnownLocation, Reading},
    tenancy::TenantTx,
};

/// How often the text is read: what is said twice, the rows.
const PASSES: u64 = 2;

/// Stores what can be taken of a checked upload, in one transaction: all of it, or nothing.
/// `also` is done in the same transaction.
///
/// # Errors
/// [`Error::Conflict`] when it was decided on, or has not been checked; [`Error::Invalid`]
/// where something stands in its way.
pub async fn accept(
    job: &Job,
    by: &str,
    also: impl AsyncFnOnce(&mut TenantTx) -> Result<()>,
) -> Result<Tally> {
    let mut tx = job.begin().await?;
    let (upload, reading) = checked(&mut tx, job.upload_no).await?;
    let context =
        places::context(&mut tx, upload.as_of, reading.period, job.now, &job.places).await?;
    let context = Arc::new(context);
    tx.commit().await?;
    job.progress
        .expect(PASSES * upload.byte_length.unwrap_or(0).unsigned_abs());
    let (mut rows, scanning) = scan::rows(&job.text(), &reading, &context);
    // The first rows come after a pass over the whole text, for which no transaction waits.
    let mut taken = rows.recv().await;
    let mut tx = job.begin().await?;
    register::take_turn(&mut tx).await?;
    // From here on its text stays, and it is what was read: not sent again, not read otherwise.
    register::hold(&mut tx, job.upload_no).await?;
    let (held, held_reading) = checked(&mut tx, job.upload_no).await?;
    if (held.as_of, &held_reading, &held.report) != (upload.as_of, &reading, &upload.report) {
        return Err(changed(job.upload_no));
    }
    // What another process stored since may forbid rows that were fine when they were read.
    let mut stored = places::stored(&mut tx, upload.as_of, reading.period).await?;
    let as_read =
        |place: &KnownLocation| stored.remove(&place.id).unwrap_or_default() == place.stored;
    if !context.locations.iter().all(as_read) {
        return Err(changed(job.upload_no));
    }
    places::add(&mut tx, &job.places, by, job.now).await?;
    let mut tally = Tally::default();
    while let Some(rows_taken) = taken {
        let batch = scan::batch(&rows_taken, &context);
        tally += store_rows(&mut tx, &batch, upload.as_of, job.upload_no).await?;
        taken = rows.recv().await;
    }
    let scanned = scanning
        .await
        .map_err(Error::internal)?
        .map_err(|fault| Error::Invalid(fault.to_string()))?;
    if !scanned.findings.complete {
        return Err(Error::internal("an upload was read in part"));
    }
    if tally.new + tally.changed == 0 {
        return Err(Error::Conflict(
            "everything in it is known already, so there is nothing to store".into(),
        ));
    }
    let refused = scanned.findings.refused();
    register::accept(&mut tx, job.upload_no, tally, refused, by, job.now).await?;
    register::remember(&mut tx, job.upload_no, &reading.remembered(), job.now).await?;
    if refused == 0 {
        text::delete(&mut tx, job.upload_no).await?;
    }
    let what = format!(
        "upload {} ({}), as of {}: {} new, {} changed, {} refused",
        job.upload_no, upload.file_name, upload.as_of, tally.new, tally.changed, refused
    );
    audit::record_own(&mut tx, job.now, by, "upload.accepted", &what).await?;
    also(&mut tx).await?;
    tx.commit().await?;
    Ok(tally)
}

/// An upload that can be accepted, and how it is read.
async fn checked(tx: &mut TenantTx, upload_no: i32) -> Result<(Upload, Reading)> {
    let upload = register::find(tx, upload_no).await?;
    undecided(&upload)?;
    let (Status::Checked, Some(reading)) = (upload.status, upload.reading.clone()) else {
        return Err(Error::Conflict(format!(
            "upload {upload_no} has not been checked yet; check it first"
        )));
    };
    match upload.report.obstacle() {
        None => Ok((upload, reading)),
        Some(obstacle) => Err(Error::Invalid(obstacle)),
    }
}

/// Closes an upload; nothing of it is stored.
///
/// # Errors
/// [`Error::Conflict`] when it was decided on.
pub async fn cancel(job: &Job, by: &str) -> Result<()> {
    let mut tx = job.begin().await?;
    let upload = register::hold(&mut tx, job.upload_no).await?;
    let (tenant, connection) = tx.parts();
    sqlx::query(
        r#"
        update uploads
        set status = 'cancelled', decided_at = $3, decided_by = $4
        where tenant_id = $1 and upload_no = $2
        "#,
    )
    .bind(tenant)
    .bind(job.upload_no)
    .bind(job.now)
    .bind(by)
    .execute(connection)
    .await?;
    text::delete(&mut tx, job.upload_no).await?;
    let what = format!("upload {} ({})", job.upload_no, upload.file_name);
    audit::record_own(&mut tx, job.now, by, "upload.cancelled", &what).await?;
    tx.commit().await
}
