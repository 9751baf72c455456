//! The second step, and always before anything is stored: what is in it, what of that can be
//! taken, and what it would change.

use std::{collections::BTreeMap, sync::Arc};

use chrono::NaiveDate;
use sqlx::types::Json;

use super::{
    Tally,
    places::{self, NewPlace},
    register::{self, Status, Upload},
    report::Report,
    scan::{self, Text},
    store::{Change, compare, taken_back},
    work::Progress,
};
use crate::{
    Error, Result,
    clock::Now,
    database::Pools,
    surveillance::reading::{Context, FileFault, Reading, Received},
    tenancy::{TenantId, TenantTx},
};

/// How often the text is read: the survey, what is said twice, the rows.
const PASSES: u64 = 3;

/// Which upload, and who asks.
#[derive(Clone)]
pub struct Job {
    /// The pools.
    pub pools: Pools,
    /// The department.
    pub tenant: TenantId,
    /// Its upload.
    pub upload_no: i32,
    /// When it was asked for.
    pub now: Now,
    /// Told how far the work is.
    pub progress: Arc<Progress>,
    /// Places that are added with what is stored.
    pub places: Vec<NewPlace>,
}

impl Job {
    /// Work on an upload that adds no places.
    pub fn new(
        pools: &Pools,
        tenant: &TenantId,
        upload_no: i32,
        now: Now,
        progress: Arc<Progress>,
    ) -> Self {
        Self {
            pools: pools.clone(),
            tenant: tenant.clone(),
            upload_no,
            now,
            progress,
            places: Vec::new(),
        }
    }

    /// A transaction of the department.
    pub async fn begin(&self) -> Result<TenantTx> {
        TenantTx::begin(&self.pools, &self.tenant).await
    }

    pub(super) fn text(&self) -> Text {
        Text {
            pools: self.pools.clone(),
            tenant: self.tenant.clone(),
            upload_no: self.upload_no,
            progress: self.progress.clone(),
        }
    }
}

/// Reads an upload against what is known, and keeps the report. `edit` changes how it is read;
/// without one it is read as proposed, or as files of its shape were read before.
///
/// # Errors
/// [`Error::Conflict`] when the upload was decided on, or has not arrived.
pub async fn check(
    job: &Job,
    edit: impl FnOnce(&mut Reading) -> Result<()> + Send,
) -> Result<Report> {
    let mut tx = job.begin().await?;
    let upload = register::find(&mut tx, job.upload_no).await?;
    undecided(&upload)?;
    let remembered = register::remembered(&mut tx, job.upload_no).await?;
    tx.commit().await?;
    let bytes = upload.byte_length.unwrap_or(0).unsigned_abs();
    job.progress.expect(PASSES * bytes);

    let received = upload.report.received.clone();
    let line_list = received
        .as_ref()
        .and_then(|received| received.line_list.clone());
    let given = upload.reading.clone().or(remembered);
    let survey = match scan::survey(&job.text(), line_list, given).await? {
        Ok(survey) => survey,
        Err(fault) => {
            return keep(job, upload.as_of, None, Report::of_fault(received, fault)).await;
        }
    };
    let mut reading = survey.reading;
    edit(&mut reading)?;
    let mut tx = job.begin().await?;
    let context =
        places::context(&mut tx, upload.as_of, reading.period, job.now, &job.places).await?;
    let context = Arc::new(context);
    tx.commit().await?;
    let mut report = Report {
        received,
        questions: survey.questions,
        header: survey.header,
        sample: survey.sample,
        ..Report::default()
    };
    let notices = report.received.as_ref().map(Received::notices);
    for notice in notices.into_iter().flatten().chain(survey.notices) {
        report.tell(notice);
    }
    match read(job, &reading, &context, upload.as_of, &mut report).await? {
        Ok(()) => {}
        Err(fault) => report.fault = Some(fault),
    }
    report
        .questions
        .retain(|question| !reading.confirmed.contains(&question.topic));
    keep(job, upload.as_of, Some(&reading), report).await
}

/// Reads every row and compares it with what is known.
async fn read(
    job: &Job,
    reading: &Reading,
    context: &Arc<Context>,
    as_of: NaiveDate,
    report: &mut Report,
) -> Result<Result<(), FileFault>> {
    let (mut rows, scanning) = scan::rows(&job.text(), reading, context);
    let mut changes: BTreeMap<NaiveDate, Change> = BTreeMap::new();
    let mut tally = Tally::default();
    while let Some(taken) = rows.recv().await {
        let mut tx = job.begin().await?;
        let batch = scan::batch(&taken, context);
        if let Some(fault) = taken_back(&mut tx, &batch, as_of).await? {
            return Ok(Err(fault));
        }
        let mut differing = 0;
        for change in compare(&mut tx, &batch, as_of).await? {
            tally.new += change.new.unsigned_abs();
            tally.changed += change.changed.unsigned_abs();
            differing += (change.new + change.changed).unsigned_abs();
            let day = changes.entry(change.date).or_insert(Change {
                date: change.date,
                ..Change::default()
            });
            day.new += change.new;
            day.changed += change.changed;
            day.before += change.before;
            day.after += change.after;
        }
        tally.unchanged += (batch.len() as u64).saturating_sub(differing);
        tx.commit().await?;
    }
    let scanned = match scanning.await.map_err(Error::internal)? {
        Ok(scanned) => scanned,
        Err(fault) => return Ok(Err(fault)),
    };
    for problem in scanned.problems {
        report.tell(problem);
    }
    for warning in &scanned.findings.warnings {
        report.tell(warning.clone());
    }
    report.questions.extend(scanned.findings.question(reading));
    report.findings = scanned.findings;
    report.tally = tally;
    report.set_changes(changes);
    Ok(Ok(()))
}

/// Keeps the report, unless it is one of what the upload was before.
async fn keep(
    job: &Job,
    as_of: NaiveDate,
    reading: Option<&Reading>,
    report: Report,
) -> Result<Report> {
    let mut tx = job.begin().await?;
    let held = register::hold(&mut tx, job.upload_no).await?;
    undecided(&held)?;
    if held.as_of != as_of {
        return Err(changed(job.upload_no));
    }
    let refused = i64::try_from(report.refused()).unwrap_or(i64::MAX);
    let (tenant, connection) = tx.parts();
    let kept = sqlx::query(
        r#"
        update uploads
        set status = 'checked', reading = $3, report = $4, refused_rows = $5
        where tenant_id = $1 and upload_no = $2
        "#,
    )
    .bind(tenant)
    .bind(job.upload_no)
    .bind(reading.map(Json))
    .bind(Json(&report))
    .bind(refused)
    .execute(connection)
    .await?;
    if kept.rows_affected() == 0 {
        return Err(register::decided(job.upload_no));
    }
    tx.commit().await?;
    Ok(report)
}

/// What was read is not what is there now.
pub(super) fn changed(upload_no: i32) -> Error {
    Error::Conflict(format!(
        "upload {upload_no} was changed while it was read; check it again"
    ))
}

pub(super) fn undecided(upload: &Upload) -> Result<()> {
    match upload.status {
        Status::Received | Status::Checked => Ok(()),
        Status::Receiving => Err(Error::Conflict(format!(
            "upload {} has not arrived whole; send the file again",
            upload.upload_no
        ))),
        Status::Accepted | Status::Cancelled => Err(register::decided(upload.upload_no)),
    }
}
