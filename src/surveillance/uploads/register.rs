//! The list of uploads: what came in, from whom, and what became of it.

use chrono::NaiveDate;
use sqlx::types::Json;

use super::{Tally, report::Report};
use crate::{
    Error, Result,
    billing::budget::is_spent,
    clock::Now,
    forecasting::runs::{Kind, Request, request},
    surveillance::reading::Reading,
    tenancy::TenantTx,
};

/// By which door an upload came.
#[derive(Clone, Copy, Debug, PartialEq, Eq, sqlx::Type)]
#[sqlx(type_name = "text", rename_all = "lowercase")]
pub enum Source {
    /// The page `/data`.
    Page,
    /// `POST /api/v1/observations`.
    Api,
    /// `cordon import`.
    Command,
    /// No file: it takes another upload back.
    Undo,
}

impl Source {
    /// As the database keeps it.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Page => "page",
            Self::Api => "api",
            Self::Command => "command",
            Self::Undo => "undo",
        }
    }
}

/// An upload that begins.
#[derive(Clone, Copy, Debug)]
pub struct NewUpload<'a> {
    /// By which door.
    pub source: Source,
    /// The file's name, as its sender calls it.
    pub file_name: &'a str,
    /// The day on which it was known.
    pub as_of: NaiveDate,
    /// A person's e-mail address, or a key's prefix.
    pub by: &'a str,
    /// A program's word for this request.
    pub idempotency_key: Option<&'a str>,
    /// The upload that this one takes back.
    pub undoes: Option<i32>,
}

/// What has become of an upload.
#[derive(Clone, Copy, Debug, PartialEq, Eq, sqlx::Type)]
#[sqlx(type_name = "text", rename_all = "lowercase")]
pub enum Status {
    /// Bytes are still arriving, or stopped arriving.
    Receiving,
    /// All of it is here.
    Received,
    /// It was read against what is known, and waits for a decision.
    Checked,
    /// It stands.
    Accepted,
    /// Nothing of it was stored.
    Cancelled,
}

/// An upload.
#[derive(Clone, Debug, sqlx::FromRow)]
pub struct Upload {
    /// Its number within the department.
    pub upload_no: i32,
    /// What has become of it.
    pub status: Status,
    /// By which door it came.
    pub source: Source,
    /// The file's name, as its sender calls it.
    pub file_name: String,
    /// Bytes as they were sent.
    pub byte_length: Option<i64>,
    /// The day on which it was known.
    pub as_of: NaiveDate,
    /// When its first byte arrived.
    pub received_at: Now,
    /// From whom.
    pub received_by: String,
    /// When it was accepted or cancelled.
    pub decided_at: Option<Now>,
    /// By whom.
    pub decided_by: Option<String>,
    /// The upload that this one took back or brought back.
    pub undoes: Option<i32>,
    /// How it is read.
    #[sqlx(json(nullable))]
    pub reading: Option<Reading>,
    /// What was found in it.
    #[sqlx(json)]
    pub report: Report,
    /// Values reported for the first time.
    pub new_rows: i64,
    /// Values that replaced another.
    pub changed_rows: i64,
    /// Values that were known already.
    pub unchanged_rows: i64,
    /// Rows that were not taken.
    pub refused_rows: i64,
}

/// An upload of this department.
///
/// # Errors
/// [`Error::NotFound`].
pub async fn find(tx: &mut TenantTx, upload_no: i32) -> Result<Upload> {
    let (tenant, connection) = tx.parts();
    sqlx::query_as(
        r#"
        select upload_no, status, source, file_name, byte_length, as_of, received_at, received_by,
            decided_at, decided_by, undoes, reading, coalesce(report, '{}') as report,
            new_rows, changed_rows, unchanged_rows, refused_rows
        from uploads
        where tenant_id = $1 and upload_no = $2
        "#,
    )
    .bind(tenant)
    .bind(upload_no)
    .fetch_optional(connection)
    .await?
    .ok_or(Error::NotFound("upload"))
}

/// The uploads before `before`, the latest first; of their reports nothing.
pub async fn list(tx: &mut TenantTx, before: Option<i32>, most: i64) -> Result<Vec<Upload>> {
    let (tenant, connection) = tx.parts();
    let uploads = sqlx::query_as(
        r#"
        select upload_no, status, source, file_name, byte_length, as_of, received_at, received_by,
            decided_at, decided_by, undoes, null::jsonb as reading, '{}'::jsonb as report,
            new_rows, changed_rows, unchanged_rows, refused_rows
        from uploads
        where tenant_id = $1 and upload_no < $2
        order by upload_no desc
        limit $3
        "#,
    )
    .bind(tenant)
    .bind(before.unwrap_or(i32::MAX))
    .bind(most)
    .fetch_all(connection)
    .await?;
    Ok(uploads)
}

/// Whether an upload's text is kept.
pub async fn has_text(tx: &mut TenantTx, upload_no: i32) -> Result<bool> {
    let (tenant, connection) = tx.parts();
    let kept = sqlx::query_scalar(
        "select exists (select from upload_chunks where tenant_id = $1 and upload_no = $2)",
    )
    .bind(tenant)
    .bind(upload_no)
    .fetch_one(connection)
    .await?;
    Ok(kept)
}

/// An undecided upload, which nobody else changes or decides on until the transaction ends.
///
/// # Errors
/// [`Error::NotFound`]; [`Error::Conflict`] when it was decided on, or somebody else holds it:
/// it may be being stored, which takes too long to wait for.
pub async fn hold(tx: &mut TenantTx, upload_no: i32) -> Result<Upload> {
    let (tenant, connection) = tx.parts();
    let held: Option<i32> = sqlx::query_scalar(
        r#"
        select upload_no
        from uploads
        where tenant_id = $1 and upload_no = $2 and status not in ('accepted', 'cancelled')
        for update skip locked
        "#,
    )
    .bind(tenant)
    .bind(upload_no)
    .fetch_optional(connection)
    .await?;
    let upload = find(tx, upload_no).await?;
    match (held, upload.status) {
        (Some(_), _) => Ok(upload),
        (None, Status::Accepted | Status::Cancelled) => Err(decided(upload_no)),
        (None, _) => Err(Error::Conflict(format!(
            "upload {upload_no} is being stored or changed just now; wait a moment and look again"
        ))),
    }
}

/// How many uploads wait for a decision, or began to arrive since and are not here yet.
pub async fn undecided(tx: &mut TenantTx, since: Now) -> Result<i64> {
    let (tenant, connection) = tx.parts();
    let waiting = sqlx::query_scalar(
        r#"
        select count(*)
        from uploads
        where tenant_id = $1
            and (status in ('received', 'checked') or status = 'receiving' and received_at > $2)
        "#,
    )
    .bind(tenant)
    .bind(since)
    .fetch_one(connection)
    .await?;
    Ok(waiting)
}

/// Somebody decided on it before.
pub(super) fn decided(upload_no: i32) -> Error {
    Error::Conflict(format!(
        "upload {upload_no} was decided on before; nothing was changed"
    ))
}

/// The latest day after `as_of` on which something stored was known, if there is one.
pub async fn known_later(tx: &mut TenantTx, as_of: NaiveDate) -> Result<Option<NaiveDate>> {
    let (tenant, connection) = tx.parts();
    let later = sqlx::query_scalar(
        "select max(as_of) from uploads where tenant_id = $1 and status = 'accepted' and as_of > $2",
    )
    .bind(tenant)
    .bind(as_of)
    .fetch_one(connection)
    .await?;
    Ok(later)
}

/// Says that an undecided upload was known on another day: it has to be checked again.
pub async fn set_as_of(tx: &mut TenantTx, upload_no: i32, as_of: NaiveDate) -> Result<()> {
    let held = hold(tx, upload_no).await?;
    if held.as_of == as_of {
        return Ok(());
    }
    super::check::undecided(&held)?;
    let (tenant, connection) = tx.parts();
    sqlx::query("update uploads set as_of = $3, status = 'received' where tenant_id = $1 and upload_no = $2")
        .bind(tenant)
        .bind(upload_no)
        .bind(as_of)
        .execute(connection)
        .await?;
    Ok(())
}

/// How the department read the last file with the same header line.
pub async fn remembered(tx: &mut TenantTx, upload_no: i32) -> Result<Option<Reading>> {
    let (tenant, connection) = tx.parts();
    let reading: Option<Json<Reading>> = sqlx::query_scalar(
        r#"
        select readings.reading
        from readings, upload_chunks
        where readings.tenant_id = $1 and upload_chunks.tenant_id = $1
            and upload_no = $2 and chunk_no = 0
            and header_hash = sha256(substring(bytes for position('\x0a'::bytea in bytes)))
        "#,
    )
    .bind(tenant)
    .bind(upload_no)
    .fetch_optional(connection)
    .await?;
    Ok(reading.map(|Json(reading)| reading))
}

/// Remembers how this upload is read, for the next with the same header line.
pub async fn remember(
    tx: &mut TenantTx,
    upload_no: i32,
    reading: &Reading,
    now: Now,
) -> Result<()> {
    let (tenant, connection) = tx.parts();
    sqlx::query(
        r#"
        insert into readings (tenant_id, header_hash, reading, used_at)
        select $1, sha256(substring(bytes for position('\x0a'::bytea in bytes))), $3, $4
        from upload_chunks
        where tenant_id = $1 and upload_no = $2 and chunk_no = 0
        on conflict (tenant_id, header_hash)
            do update set reading = excluded.reading, used_at = excluded.used_at
        "#,
    )
    .bind(tenant)
    .bind(upload_no)
    .bind(Json(reading))
    .bind(now)
    .execute(connection)
    .await?;
    Ok(())
}

/// Gives an upload its number. Two that begin at the same moment wait for each other until
/// the first has committed; nobody else waits.
pub async fn open(tx: &mut TenantTx, new: &NewUpload<'_>, now: Now) -> Result<i32> {
    let (tenant, connection) = tx.parts();
    sqlx::query("select pg_advisory_xact_lock(hashtextextended('cordon upload ' || $1, 0))")
        .bind(tenant)
        .execute(&mut *connection)
        .await?;
    let upload_no = sqlx::query_scalar(
        r#"
        insert into uploads (
            tenant_id, upload_no, status, source, file_name, as_of, received_at, received_by,
            idempotency_key, undoes
        )
        select $1, coalesce(max(upload_no), 0) + 1, 'receiving', $2, $3, $4, $5, $6, $7, $8
        from uploads
        where tenant_id = $1
        returning upload_no
        "#,
    )
    .bind(tenant)
    .bind(new.source.as_str())
    .bind(file_name(new.file_name))
    .bind(new.as_of)
    .bind(now)
    .bind(new.by)
    .bind(new.idempotency_key)
    .bind(new.undoes)
    .fetch_one(connection)
    .await?;
    Ok(upload_no)
}

/// Waits until no other upload of this department is being stored, and keeps them waiting
/// until the transaction ends. Nobody else waits, readers least of all.
pub async fn take_turn(tx: &mut TenantTx) -> Result<()> {
    let (tenant, connection) = tx.parts();
    sqlx::query("select pg_advisory_xact_lock(hashtextextended('cordon import ' || $1, 0))")
        .bind(tenant)
        .execute(connection)
        .await?;
    Ok(())
}

/// As [`take_turn`], without waiting.
///
/// # Errors
/// [`Error::Conflict`] while another upload of this department is being stored: whoever waited
/// would keep a connection from everybody.
pub async fn take_turn_at_once(tx: &mut TenantTx) -> Result<()> {
    let (tenant, connection) = tx.parts();
    let taken: bool = sqlx::query_scalar(
        "select pg_try_advisory_xact_lock(hashtextextended('cordon import ' || $1, 0))",
    )
    .bind(tenant)
    .fetch_one(connection)
    .await?;
    if taken {
        return Ok(());
    }
    Err(Error::Conflict(
        "another upload of your department is being stored; wait until it is done".into(),
    ))
}

/// Decides that an upload stands. What it brought is in the same transaction, and so is the wish
/// that the model takes note of it.
///
/// # Errors
/// [`Error::Conflict`] when it was decided before.
pub async fn accept(
    tx: &mut TenantTx,
    upload_no: i32,
    tally: Tally,
    refused: u64,
    by: &str,
    now: Now,
) -> Result<()> {
    let [new, changed, unchanged, refused] = [tally.new, tally.changed, tally.unchanged, refused]
        .map(|rows| i64::try_from(rows).unwrap_or(i64::MAX));
    let (tenant, connection) = tx.parts();
    let accepted = sqlx::query(
        r#"
        update uploads
        set status = 'accepted', decided_by = $4,
            -- Later than every decision that it was made after: by it they are taken back.
            decided_at = greatest($3, (
                select max(decided_at) + interval '1 microsecond'
                from uploads
                where tenant_id = $1 and status = 'accepted'
            )),
            new_rows = $5, changed_rows = $6, unchanged_rows = $7, refused_rows = $8
        where tenant_id = $1 and upload_no = $2
        "#,
    )
    .bind(tenant)
    .bind(upload_no)
    .bind(now)
    .bind(by)
    .bind(new)
    .bind(changed)
    .bind(unchanged)
    .bind(refused)
    .execute(connection)
    .await?;
    if accepted.rows_affected() != 1 {
        return Err(Error::Conflict(format!(
            "upload {upload_no} was decided on before; nothing more was stored"
        )));
    }
    // Reports are stored whatever they cost; a forecast of them can wait for the next month.
    if !is_spent(tx, now).await? {
        let wanted = Request {
            kind: Kind::Forecast,
            as_of: None,
            cause: "data",
            by,
        };
        request(tx, wanted, now).await?;
    }
    Ok(())
}

/// The last part of a path, short and printable.
fn file_name(sent: &str) -> String {
    let name: String = sent
        .rsplit(['/', '\\'])
        .next()
        .unwrap_or_default()
        .chars()
        .filter(|c| !c.is_control())
        .take(200)
        .collect();
    if name.trim().is_empty() {
        return "unnamed".to_owned();
    }
    name
}

#[cfg(test)]
mod tests {
    use super::file_name;

    #[test]
    fn a_file_is_known_by_the_last_part_of_its_path() {
        assert_eq!(file_name(r"C:\Users\epi\cases.csv"), "cases.csv");
        assert_eq!(file_name("../../etc/passwd"), "passwd");
        assert_eq!(file_name("a\r\nb.csv"), "ab.csv");
        assert_eq!(file_name("  "), "unnamed");
        assert_eq!(file_name("x/"), "unnamed");
    }
}
