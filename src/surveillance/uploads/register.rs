//! The list of uploads: what came in, from whom, and what became of it.

use chrono::NaiveDate;

use super::Tally;
use crate::{Error, Result, clock::Now, tenancy::TenantTx};

/// By which door an upload came.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
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

/// Gives an upload its number. The transaction holds the department's turn until it ends:
/// two uploads of one department wait for each other; nobody else waits, readers least of
/// all.
pub async fn open(tx: &mut TenantTx, new: &NewUpload<'_>, now: Now) -> Result<i32> {
    take_turn(tx).await?;
    let (tenant, connection) = tx.parts();
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

/// Waits until no other upload of this department is being stored.
pub async fn take_turn(tx: &mut TenantTx) -> Result<()> {
    let (tenant, connection) = tx.parts();
    sqlx::query("select pg_advisory_xact_lock(hashtextextended('cordon import ' || $1, 0))")
        .bind(tenant)
        .execute(connection)
        .await?;
    Ok(())
}

/// Decides that an upload stands. What it brought is in the same transaction.
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
        set status = 'accepted', decided_at = $3, decided_by = $4,
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
    if accepted.rows_affected() == 1 {
        return Ok(());
    }
    Err(Error::Conflict(format!(
        "upload {upload_no} was decided on before; nothing more was stored"
    )))
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
