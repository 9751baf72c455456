//! The record as files: what was found as CSV, and the whole of it to be verified.

use axum::{extract::Query, response::Response};

use super::Asked;
use crate::{
    Error, Result,
    access::{Admin, Epidemiologist},
    audit::{
        chain::Line,
        check::read,
        search::{Before, Filter, all, own},
        written::json_lines,
    },
    surveillance::formula::neutral,
    web::download::{CSV, JSON_LINES, file},
};

/// Lines of a table at most.
const MOST: i64 = 50_000;

/// `GET /audit/lines.csv`.
pub async fn found(who: Epidemiologist, Query(asked): Query<Asked>) -> Result<Response> {
    let filter = asked.filter()?;
    let mut tx = who.begin().await?;
    let lines = own(&mut tx, &filter, Before::FIRST_PAGE, MOST + 1).await?;
    tx.commit().await?;
    file(&format!("{}-audit.csv", who.tenant.id), CSV, csv(&lines)?)
}

/// `GET /audit/lines.jsonl`: the whole chain, from its first line on.
pub async fn whole(who: Epidemiologist) -> Result<Response> {
    let mut tx = who.begin().await?;
    let mut lines = own(&mut tx, &Filter::default(), Before::FIRST_PAGE, i64::MAX).await?;
    tx.commit().await?;
    lines.sort_by_key(|line| line.seq);
    let name = format!("{}-audit.jsonl", who.tenant.id);
    file(&name, JSON_LINES, json_lines(&lines)?.into_bytes())
}

/// `GET /admin/audit/lines.csv`.
pub async fn found_of_all(admin: Admin, Query(asked): Query<Asked>) -> Result<Response> {
    let filter = asked.filter()?;
    let mut tx = admin.begin().await?;
    let lines = all(
        &mut tx,
        asked.chain()?,
        &filter,
        Before::FIRST_PAGE,
        MOST + 1,
    )
    .await?;
    tx.commit().await?;
    file("audit.csv", CSV, csv(&lines)?)
}

/// `GET /admin/audit/lines.jsonl`: every chain.
pub async fn whole_of_all(admin: Admin) -> Result<Response> {
    let mut tx = admin.begin().await?;
    let lines = read(&mut tx, None).await?;
    tx.commit().await?;
    file("audit.jsonl", JSON_LINES, json_lines(&lines)?.into_bytes())
}

/// The lines as a table, for a spreadsheet.
fn csv(lines: &[Line]) -> Result<Vec<u8>> {
    if lines.len() > usize::try_from(MOST).unwrap_or(usize::MAX) {
        return Err(Error::Invalid(
            "that is more than 50,000 lines; choose fewer days, or download the whole record"
                .into(),
        ));
    }
    let mut rows = csv::Writer::from_writer(Vec::new());
    rows.write_record([
        "tenant_id",
        "line",
        "audit_id",
        "occurred_at",
        "actor",
        "origin",
        "action",
        "subject",
        "outcome",
        "sha256",
    ])
    .map_err(Error::internal)?;
    for line in lines {
        rows.write_record([
            line.chain.as_str(),
            &line.seq.map(|seq| seq.to_string()).unwrap_or_default(),
            &line.audit_id.to_string(),
            &line.occurred_at.to_rfc3339(),
            &neutral(&line.actor),
            &neutral(&line.origin),
            &line.action,
            &neutral(&line.subject),
            &line.outcome,
            line.hash.as_deref().unwrap_or_default(),
        ])
        .map_err(Error::internal)?;
    }
    rows.into_inner()
        .map_err(|error| Error::internal(error.to_string()))
}
