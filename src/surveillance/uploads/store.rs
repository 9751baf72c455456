//! From rows that can be trusted to the table, once.

use chrono::NaiveDate;
use serde::{Deserialize, Serialize};

use crate::{
    Error, Result,
    surveillance::reading::{FaultCode, FileFault},
    tenancy::TenantTx,
};

/// Rows in a statement. Large enough that the statement's own cost vanishes, and small enough
/// to finish well within its time-out.
pub const AT_ONCE: usize = 5_000;

/// Values of one upload, column by column, each place and day once.
#[derive(Debug, Default)]
pub struct Batch<'a> {
    /// Location ids, all of them known to the department.
    pub locations: Vec<&'a str>,
    /// The day, or the first day of a week.
    pub dates: Vec<NaiveDate>,
    /// How many days the number counts: 1 or 7.
    pub days: Vec<i16>,
    /// New cases; `None` where they are suppressed.
    pub new_cases: Vec<Option<i32>>,
}

impl<'a> Batch<'a> {
    /// Adds a value.
    pub fn push(&mut self, location: &'a str, date: NaiveDate, days: i16, new_cases: Option<i32>) {
        self.locations.push(location);
        self.dates.push(date);
        self.days.push(days);
        self.new_cases.push(new_cases);
    }

    /// How many values.
    pub fn len(&self) -> usize {
        self.dates.len()
    }

    /// Whether there is nothing in it.
    pub fn is_empty(&self) -> bool {
        self.dates.is_empty()
    }

    /// Forgets the values, and keeps the room they took.
    pub fn clear(&mut self) {
        self.locations.clear();
        self.dates.clear();
        self.days.clear();
        self.new_cases.clear();
    }
}

/// What an upload does to what is known.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Tally {
    /// Days and places reported for the first time.
    pub new: u64,
    /// Days and places known with another number.
    pub changed: u64,
    /// Days and places known with the same number.
    pub unchanged: u64,
}

impl std::ops::AddAssign for Tally {
    fn add_assign(&mut self, other: Self) {
        self.new += other.new;
        self.changed += other.changed;
        self.unchanged += other.unchanged;
    }
}

/// What stands on the day that `$5` names, beside each value of a batch, where the two differ.
///
/// The lateral query is one step into the primary key for each value, whatever the planner
/// believes of a table that grows under it.
macro_rules! differing {
    ($rest:literal) => {
        concat!(
            r#"
            with differing as materialized (
                select row.*, standing.as_of as standing_as_of, standing.upload_no as standing_upload_no,
                    standing.new_cases as standing_new_cases,
                    standing.superseded_on, coalesce(standing.kind, 'withdrawn') = 'withdrawn' as is_new
                from (
                    select location_id, date, days, new_cases,
                        case
                            when new_cases is null then 'suppressed'
                            when new_cases < 0 then 'correction'
                            else 'count'
                        end as kind
                    from unnest($2::text[], $3::date[], $4::smallint[], $6::integer[])
                        as row (location_id, date, days, new_cases)
                ) row
                left join lateral (
                    select as_of, upload_no, superseded_on, new_cases, kind, days
                    from observations o
                    where o.tenant_id = $1 and o.location_id = row.location_id and o.date = row.date
                        and o.as_of <= $5 and o.superseded_on > $5
                    limit 1
                ) standing on true
                where (standing.new_cases, standing.kind, standing.days)
                    is distinct from (row.new_cases, row.kind, row.days)
            )
            "#,
            $rest
        )
    };
}

/// What an upload changes on a day, in all places together.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, sqlx::FromRow, Serialize, Deserialize)]
pub struct Change {
    /// The day, or the first day of a week.
    pub date: NaiveDate,
    /// Values reported for the first time.
    pub new: i64,
    /// Values that replace another.
    pub changed: i64,
    /// New cases that are known of the changed places before.
    pub before: i64,
    /// New cases of the new and changed places after.
    pub after: i64,
}

/// What storing `batch` as known on `as_of` would change. Nothing is stored.
pub async fn compare(
    tx: &mut TenantTx,
    batch: &Batch<'_>,
    as_of: NaiveDate,
) -> Result<Vec<Change>> {
    let sql = differing!(
        r#"
        select date, count(*) filter (where is_new) as new, count(*) filter (where not is_new) as changed,
            coalesce(sum(standing_new_cases), 0) as before, coalesce(sum(new_cases), 0) as after
        from differing
        group by date
        "#
    );
    plan_for_any_department(tx).await?;
    let (tenant, connection) = tx.parts();
    let changes = sqlx::query_as(sql)
        .bind(tenant)
        .bind(&batch.locations)
        .bind(&batch.dates)
        .bind(&batch.days)
        .bind(as_of)
        .bind(&batch.new_cases)
        .fetch_all(connection)
        .await?;
    Ok(changes)
}

/// Why a batch cannot be stored as known on `as_of`: something of it was taken back or brought
/// back since. That says what is known from its day on, and an older report would change only
/// what was known before.
pub async fn taken_back(
    tx: &mut TenantTx,
    batch: &Batch<'_>,
    as_of: NaiveDate,
) -> Result<Option<FileFault>> {
    let (tenant, connection) = tx.parts();
    let undos: Vec<i32> = sqlx::query_scalar(
        r#"
        select upload_no
        from uploads
        where tenant_id = $1 and status = 'accepted' and as_of > $2 and source = 'undo'
        "#,
    )
    .bind(tenant)
    .bind(as_of)
    .fetch_all(&mut *connection)
    .await?;
    if undos.is_empty() {
        return Ok(None);
    }
    let latest: Option<NaiveDate> = sqlx::query_scalar(
        r#"
        select max(o.as_of)
        from unnest($2::text[], $3::date[]) as row (location_id, date)
        join observations o on o.tenant_id = $1
            and o.location_id = row.location_id and o.date = row.date
        where o.as_of > $4 and o.upload_no = any($5)
        "#,
    )
    .bind(tenant)
    .bind(&batch.locations)
    .bind(&batch.dates)
    .bind(as_of)
    .bind(undos)
    .fetch_one(connection)
    .await?;
    Ok(latest.map(|latest| {
        FileFault::new(
            FaultCode::TakenBack,
            format!(
                "an upload with the same places and days was taken back or brought back on \
                 {latest}, and this one says what was known before, on {as_of}"
            ),
            format!("say that it was known on {latest} or later"),
        )
    }))
}

/// Stores what differs from what was known on `as_of`.
///
/// The value that stood on `as_of` ends there, and the new one takes over for the rest of its
/// time, so that an older report that arrives late falls into its place in the history.
///
/// # Errors
/// [`Error::Invalid`] where [`taken_back`] has a reason.
pub async fn store_rows(
    tx: &mut TenantTx,
    batch: &Batch<'_>,
    as_of: NaiveDate,
    upload_no: i32,
) -> Result<Tally> {
    if let Some(fault) = taken_back(tx, batch, as_of).await? {
        return Err(Error::Invalid(fault.to_string()));
    }
    let sql = differing!(
        r#"
        , ended as (
            update observations
            set superseded_on = $5
            from differing
            where observations.tenant_id = $1
                and observations.location_id = differing.location_id
                and observations.date = differing.date
                and observations.as_of = differing.standing_as_of
                and observations.upload_no = differing.standing_upload_no
        ),
        stored as (
            insert into observations (
                tenant_id, location_id, date, as_of, upload_no, days, new_cases, kind, superseded_on
            )
            select $1, location_id, date, $5, $7, days, new_cases, kind,
                coalesce(
                    superseded_on,
                    -- Asked once, and mostly answered no: then no row needs the look.
                    case when exists (
                        select from uploads
                        where tenant_id = $1 and status = 'accepted' and as_of > $5
                    ) then (
                        select min(later.as_of)
                        from observations later
                        where later.tenant_id = $1
                            and later.location_id = differing.location_id
                            and later.date = differing.date
                            and later.as_of > $5
                    ) end,
                    'infinity'
                )
            from differing
            returning 1
        )
        select count(*) filter (where is_new), count(*) filter (where not is_new)
        from differing
        "#
    );
    plan_for_any_department(tx).await?;
    let (tenant, connection) = tx.parts();
    let counts = sqlx::query_as(sql)
        .bind(tenant)
        .bind(&batch.locations)
        .bind(&batch.dates)
        .bind(&batch.days)
        .bind(as_of)
        .bind(&batch.new_cases)
        .bind(upload_no)
        .fetch_one(connection)
        .await?;
    Ok(tally(batch, counts))
}

/// Has the statements that follow planned for the average department.
///
/// Of a department that reports for the first time PostgreSQL's statistics say that it has no
/// rows, so that any index on its id looks as good as the primary key, and each value of a
/// batch would be sought among all that the same upload has stored before it.
async fn plan_for_any_department(tx: &mut TenantTx) -> Result<()> {
    let (_, connection) = tx.parts();
    sqlx::query("set local plan_cache_mode = force_generic_plan")
        .execute(connection)
        .await?;
    Ok(())
}

fn tally(batch: &Batch<'_>, (new, changed): (i64, i64)) -> Tally {
    let (new, changed) = (new.unsigned_abs(), changed.unsigned_abs());
    Tally {
        new,
        changed,
        unchanged: (batch.len() as u64).saturating_sub(new + changed),
    }
}
