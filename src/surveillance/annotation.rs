//! Dated notes: what a department's people know about days, and counts do not say.

use std::collections::BTreeSet;

use chrono::NaiveDate;
use uuid::Uuid;

use super::{LocationId, Window};
use crate::{Error, Result, audit, clock::Now, tenancy::TenantTx};

/// What a note is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq, sqlx::Type)]
#[sqlx(type_name = "text", rename_all = "snake_case")]
pub enum Kind {
    /// Who is tested, or what is closed, changed.
    PolicyChange,
    /// A laboratory or a system was down.
    Outage,
    /// Fewer were tested, or reports rested.
    Holiday,
    /// What counts as a case changed.
    CaseDefinition,
    /// Anything else.
    Other,
}

impl Kind {
    /// All of them, in the order of forms.
    pub const ALL: [Self; 5] = [
        Self::PolicyChange,
        Self::Outage,
        Self::Holiday,
        Self::CaseDefinition,
        Self::Other,
    ];

    /// As in addresses, files and the database.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::PolicyChange => "policy_change",
            Self::Outage => "outage",
            Self::Holiday => "holiday",
            Self::CaseDefinition => "case_definition",
            Self::Other => "other",
        }
    }

    /// As on pages.
    pub fn words(self) -> &'static str {
        match self {
            Self::PolicyChange => "Policy change",
            Self::Outage => "Outage",
            Self::Holiday => "Holiday",
            Self::CaseDefinition => "Case definition",
            Self::Other => "Other",
        }
    }

    /// The kind of that name.
    ///
    /// # Errors
    /// Lists the kinds there are.
    pub fn parse(text: &str) -> Result<Self> {
        Self::ALL
            .into_iter()
            .find(|kind| kind.as_str() == text)
            .ok_or_else(|| {
                let names = Self::ALL.map(Self::as_str).join(", ");
                Error::Invalid(format!("the kind of a note is one of {names}"))
            })
    }
}

/// A note.
#[derive(Clone, Debug, PartialEq, Eq, sqlx::FromRow)]
pub struct Annotation {
    /// Its id.
    pub annotation_id: Uuid,
    /// The first day it concerns.
    pub first_day: NaiveDate,
    /// The last day it concerns.
    pub last_day: NaiveDate,
    /// The location it concerns; all of them where there is none.
    pub location_id: Option<String>,
    /// What it is about.
    pub kind: Kind,
    /// What it says.
    pub text: String,
    /// Whether models leave its days out.
    pub excluded_from_fitting: bool,
    /// When it was written.
    pub created_at: Now,
    /// By whom.
    pub created_by: String,
    /// When it was taken back, if it was.
    pub removed_at: Option<Now>,
    /// By whom.
    pub removed_by: Option<String>,
}

/// A note that is to be written.
#[derive(Clone, Copy, Debug)]
pub struct NewAnnotation<'a> {
    /// The form's own id, by which a doubled submission is recognised.
    pub id: Uuid,
    /// The days it concerns.
    pub days: Window,
    /// The location it concerns; all of them where there is none.
    pub location: Option<&'a LocationId>,
    /// What it is about.
    pub kind: Kind,
    /// What it says: 1 to 500 characters on one line.
    pub text: &'a str,
    /// Whether models leave its days out.
    pub excluded_from_fitting: bool,
}

/// Writes a note, once: the same submission again changes nothing.
///
/// # Errors
/// [`Error::NotFound`] for a location that the department does not have, [`Error::Invalid`] for
/// a text that is empty or too long.
pub async fn add(tx: &mut TenantTx, new: &NewAnnotation<'_>, by: &str, now: Now) -> Result<()> {
    let location = new.location.map(LocationId::as_str);
    let (tenant, connection) = tx.parts();
    if let Some(location) = location {
        let known: bool = sqlx::query_scalar(
            "select exists (select from locations where tenant_id = $1 and location_id = $2)",
        )
        .bind(tenant)
        .bind(location)
        .fetch_one(&mut *connection)
        .await?;
        if !known {
            return Err(Error::NotFound("location"));
        }
    }
    let added = sqlx::query(
        r#"
        insert into annotations (
            tenant_id, annotation_id, first_day, last_day, location_id, kind, text,
            excluded_from_fitting, created_at, created_by
        )
        values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)
        on conflict do nothing
        "#,
    )
    .bind(tenant)
    .bind(new.id)
    .bind(new.days.first())
    .bind(new.days.last())
    .bind(location)
    .bind(new.kind.as_str())
    .bind(new.text)
    .bind(new.excluded_from_fitting)
    .bind(now)
    .bind(by)
    .execute(connection)
    .await?;
    if added.rows_affected() == 0 {
        return Ok(());
    }
    let subject = subject(new.kind, new.days.first(), new.days.last());
    audit::record_own(tx, now, by, "annotation.added", &subject).await
}

/// Takes a note back. It stays, and can be put back.
///
/// # Errors
/// [`Error::NotFound`] for a note that the department does not have.
pub async fn remove(tx: &mut TenantTx, id: Uuid, by: &str, now: Now) -> Result<()> {
    let (tenant, connection) = tx.parts();
    let removed = sqlx::query(
        r#"
        update annotations
        set removed_at = $3, removed_by = $4
        where tenant_id = $1 and annotation_id = $2 and removed_at is null
        "#,
    )
    .bind(tenant)
    .bind(id)
    .bind(now)
    .bind(by)
    .execute(connection)
    .await?;
    changed(
        tx,
        id,
        removed.rows_affected(),
        by,
        "annotation.removed",
        now,
    )
    .await
}

/// Puts a note back that was taken back.
///
/// # Errors
/// [`Error::NotFound`] for a note that the department does not have.
pub async fn restore(tx: &mut TenantTx, id: Uuid, by: &str, now: Now) -> Result<()> {
    let (tenant, connection) = tx.parts();
    let restored = sqlx::query(
        r#"
        update annotations
        set removed_at = null, removed_by = null
        where tenant_id = $1 and annotation_id = $2 and removed_at is not null
        "#,
    )
    .bind(tenant)
    .bind(id)
    .execute(connection)
    .await?;
    changed(
        tx,
        id,
        restored.rows_affected(),
        by,
        "annotation.restored",
        now,
    )
    .await
}

/// Records a change. One that changed nothing was made before, or concerns no note of ours.
async fn changed(
    tx: &mut TenantTx,
    id: Uuid,
    rows: u64,
    by: &str,
    action: &str,
    now: Now,
) -> Result<()> {
    let (tenant, connection) = tx.parts();
    let note: Option<(Kind, NaiveDate, NaiveDate)> = sqlx::query_as(
        "select kind, first_day, last_day from annotations where tenant_id = $1 and annotation_id = $2",
    )
    .bind(tenant)
    .bind(id)
    .fetch_optional(connection)
    .await?;
    let (kind, first, last) = note.ok_or(Error::NotFound("note"))?;
    if rows == 0 {
        return Ok(());
    }
    audit::record_own(tx, now, by, action, &subject(kind, first, last)).await
}

fn subject(kind: Kind, first: NaiveDate, last: NaiveDate) -> String {
    format!("{}, {first} to {last}", kind.as_str())
}

/// All notes, the latest days first; those taken back are among them.
pub async fn all(tx: &mut TenantTx) -> Result<Vec<Annotation>> {
    let (tenant, connection) = tx.parts();
    Ok(sqlx::query_as(
        r#"
        select annotation_id, first_day, last_day, location_id, kind, text, excluded_from_fitting,
            created_at, created_by, removed_at, removed_by
        from annotations
        where tenant_id = $1
        order by first_day desc, created_at desc
        "#,
    )
    .bind(tenant)
    .fetch_all(connection)
    .await?)
}

/// The notes that concern a day of `window` and one of `locations`, oldest first. An empty list
/// means all of the department's.
pub async fn of_days(
    tx: &mut TenantTx,
    window: Window,
    locations: &[LocationId],
) -> Result<Vec<Annotation>> {
    let ids: Vec<&str> = locations.iter().map(LocationId::as_str).collect();
    let (tenant, connection) = tx.parts();
    Ok(sqlx::query_as(
        r#"
        select annotation_id, first_day, last_day, location_id, kind, text, excluded_from_fitting,
            created_at, created_by, removed_at, removed_by
        from annotations
        where tenant_id = $1 and removed_at is null and first_day <= $3 and last_day >= $2
            and (cardinality($4::text[]) = 0 or location_id is null or location_id = any($4))
        order by first_day, created_at
        "#,
    )
    .bind(tenant)
    .bind(window.first())
    .bind(window.last())
    .bind(ids)
    .fetch_all(connection)
    .await?)
}

/// The days of `window` that models leave out when they are fitted to `locations`: those of a
/// note that says so and concerns one of them. An empty list means all of the department's.
pub async fn excluded_days(
    tx: &mut TenantTx,
    window: Window,
    locations: &[LocationId],
) -> Result<BTreeSet<NaiveDate>> {
    let notes = of_days(tx, window, locations).await?;
    Ok(notes
        .into_iter()
        .filter(|note| note.excluded_from_fitting)
        .filter_map(|note| {
            Window::new(note.first_day, note.last_day)
                .ok()?
                .within(window)
        })
        .flat_map(Window::iter)
        .collect())
}
