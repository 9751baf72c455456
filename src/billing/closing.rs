//! Closing a month: a statement for each department, once and for good.

use std::collections::HashMap;

use chrono::{NaiveDate, TimeDelta};
use rust_decimal::Decimal;
use sqlx::PgConnection;
use uuid::Uuid;

use super::{
    correction::{Due, all_due},
    costs,
    month::Month,
    plans::Prices,
    prices::Quantity,
    statement::Statement,
    usage::by_tenant,
};
use crate::{Error, Result, audit, clock::Now, database::OperatorTx};

/// How long after its end a month can be closed: what was under way has ended by then, on every
/// machine whose clock is right to the minute.
const GRACE: TimeDelta = TimeDelta::hours(1);

/// What was used in a month, by department, kind and outcome, from the events themselves. The same
/// as asking each department's events, in one pass over the month.
pub const QUANTITIES: &str = "
    select tenant_id, event_type, outcome, count(*) as events, sum(cost_units) as cost_units
    from usage_events
    where occurred_at >= $1 and occurred_at < $2
    group by 1, 2, 3
";

/// What was used in a month, by department.
///
/// # Errors
/// When the database refuses.
pub async fn used(tx: &mut OperatorTx, month: Month) -> Result<HashMap<String, Vec<Quantity>>> {
    let rows = sqlx::query_as(QUANTITIES)
        .bind(month.begins_at())
        .bind(month.ends_at())
        .fetch_all(tx.conn())
        .await?;
    Ok(by_tenant(rows))
}

/// The month that is to be closed next: the one after the last that was, or the first in which
/// there was a department.
///
/// # Errors
/// When the database refuses.
pub async fn next(tx: &mut OperatorTx) -> Result<Option<Month>> {
    let last = last(tx).await?;
    if let Some(last) = last {
        return Ok(Some(last.next()));
    }
    let first: Option<NaiveDate> = sqlx::query_scalar(
        "select least(
            (select min(date) from usage_days),
            (select (min(created_at) at time zone 'UTC')::date from tenants)
        )",
    )
    .fetch_one(tx.conn())
    .await?;
    Ok(first.map(Month::of))
}

async fn last(tx: &mut OperatorTx) -> Result<Option<Month>> {
    let last: Option<NaiveDate> = sqlx::query_scalar("select max(month) from closed_months")
        .fetch_one(tx.conn())
        .await?;
    Ok(last.map(Month::of))
}

/// From when on a month can be closed.
pub fn from(month: Month) -> Now {
    month.ends_at() + GRACE
}

/// Closes a month: makes the statement of each department there was, and writes down who bears
/// the platform's cost. The statements, as they are on record from here on.
///
/// # Errors
/// [`Error::Conflict`] where it is too early, it is closed already, or another month comes first.
pub async fn close(
    tx: &mut OperatorTx,
    month: Month,
    by: &str,
    now: Now,
) -> Result<Vec<Statement>> {
    let before = last(tx).await?;
    if before.is_some_and(|before| month <= before) {
        return Err(Error::Conflict(format!("{month} is closed already")));
    }
    match next(tx).await? {
        Some(next) if next == month => {}
        Some(next) => {
            return Err(Error::Conflict(format!(
                "months are closed one after the other, and {next} is the next"
            )));
        }
        None => return Err(Error::Conflict("there is no department yet".into())),
    }
    if now < from(month) {
        return Err(Error::Conflict(format!(
            "{month} can be closed from {} UTC on, when all that was used in it is written down",
            from(month).format("%Y-%m-%d %H:%M")
        )));
    }
    // A busy platform's month is summed for longer than a request's query may take.
    sqlx::query("set local statement_timeout = '15min'")
        .execute(tx.conn())
        .await?;
    // Whoever else closes it waits here, and finds it closed.
    sqlx::query(
        "insert into closed_months (month, closed_at, closed_by, previous) values ($1, $2, $3, $4)",
    )
    .bind(month.first())
    .bind(now)
    .bind(by)
    .bind(before.map(Month::first))
    .execute(tx.conn())
    .await?;
    let statements = make(tx, month, now).await?;
    store(tx.conn(), &statements, now).await?;
    costs::write_down(tx, month).await?;
    let subject = format!("{month}, {} statements", statements.len());
    audit::record_platform(tx, now, by, "month.closed", &subject).await?;
    tell(tx, month, by, now).await?;
    Ok(statements)
}

/// The statements of all departments, each with its hash.
async fn make(tx: &mut OperatorTx, month: Month, now: Now) -> Result<Vec<Statement>> {
    let used = used(tx, month).await?;
    let prices = Prices::read_all(tx, month).await?;
    let mut due: HashMap<String, Vec<Due>> = HashMap::new();
    for correction in all_due(tx, month).await? {
        due.entry(correction.tenant_id.clone())
            .or_default()
            .push(correction);
    }
    let previous: HashMap<String, Vec<u8>> = sqlx::query_as(
        "select distinct on (tenant_id) tenant_id, sha256 from statements order by tenant_id, month desc",
    )
    .fetch_all(tx.conn())
    .await?
    .into_iter()
    .collect();
    let tenants: Vec<String> = sqlx::query_scalar(
        "select tenant_id from tenants where created_at < $1 order by tenant_id",
    )
    .bind(month.ends_at())
    .fetch_all(tx.conn())
    .await?;
    let nothing = (Vec::new(), Vec::new());
    tenants
        .iter()
        .map(|tenant| {
            let mut statement = Statement::of(
                tenant,
                month,
                prices.of(tenant)?,
                used.get(tenant).unwrap_or(&nothing.0),
                due.get(tenant).unwrap_or(&nothing.1),
            );
            statement.closed = Some(super::statement::Closed {
                at: now,
                sha256: statement.hash(previous.get(tenant).map(Vec::as_slice)),
            });
            Ok(statement)
        })
        .collect()
}

/// The lines as columns.
#[derive(Default)]
struct Lines<'a> {
    tenants: Vec<&'a str>,
    numbers: Vec<i32>,
    kinds: Vec<&'static str>,
    types: Vec<Option<&'a str>>,
    quantities: Vec<Decimal>,
    prices: Vec<Decimal>,
    amounts: Vec<Decimal>,
    notes: Vec<&'a str>,
    corrections: Vec<Option<Uuid>>,
}

async fn store(connection: &mut PgConnection, statements: &[Statement], now: Now) -> Result<()> {
    let Some(first) = statements.first() else {
        return Ok(());
    };
    let hashes: Vec<Vec<u8>> = statements
        .iter()
        .filter_map(|statement| statement.closed.map(|closed| closed.sha256.to_vec()))
        .collect();
    let stored = sqlx::query(
        r#"
        insert into statements (tenant_id, month, plan_id, currency, total, sha256, closed_at)
        select tenant_id, $1, plan_id, currency, total, sha256, $2
        from unnest($3::text[], $4::text[], $5::text[], $6::numeric[], $7::bytea[])
            row (tenant_id, plan_id, currency, total, sha256)
        on conflict do nothing
        "#,
    )
    .bind(first.month.first())
    .bind(now)
    .bind(
        statements
            .iter()
            .map(|statement| statement.tenant_id.as_str())
            .collect::<Vec<_>>(),
    )
    .bind(
        statements
            .iter()
            .map(|statement| statement.plan_id.as_str())
            .collect::<Vec<_>>(),
    )
    .bind(
        statements
            .iter()
            .map(|statement| statement.currency.code())
            .collect::<Vec<_>>(),
    )
    .bind(
        statements
            .iter()
            .map(|statement| statement.total)
            .collect::<Vec<_>>(),
    )
    .bind(hashes)
    .execute(&mut *connection)
    .await?;
    whole(stored.rows_affected(), statements.len())?;
    let mut lines = Lines::default();
    for statement in statements {
        for (line, number) in statement.lines.iter().zip(1..) {
            lines.tenants.push(&statement.tenant_id);
            lines.numbers.push(number);
            lines.kinds.push(line.kind.as_str());
            lines.types.push(line.event_type.as_deref());
            lines.quantities.push(line.quantity);
            lines.prices.push(line.unit_price);
            lines.amounts.push(line.amount);
            lines.notes.push(&line.note);
            lines.corrections.push(line.correction_id);
        }
    }
    let stored = sqlx::query(
        r#"
        insert into statement_lines (
            tenant_id, month, line_no, kind, event_type, quantity, unit_price, amount, note, correction_id
        )
        select tenant_id, $1, line_no, kind, event_type, quantity, unit_price, amount, note, correction_id
        from unnest(
            $2::text[], $3::int[], $4::text[], $5::text[], $6::numeric[], $7::numeric[], $8::numeric[],
            $9::text[], $10::uuid[]
        ) row (
            tenant_id, line_no, kind, event_type, quantity, unit_price, amount, note, correction_id
        )
        on conflict do nothing
        "#,
    )
    .bind(first.month.first())
    .bind(lines.tenants)
    .bind(lines.numbers)
    .bind(lines.kinds)
    .bind(lines.types)
    .bind(lines.quantities)
    .bind(lines.prices)
    .bind(lines.amounts)
    .bind(lines.notes)
    .bind(lines.corrections)
    .execute(connection)
    .await?;
    whole(
        stored.rows_affected(),
        statements
            .iter()
            .map(|statement| statement.lines.len())
            .sum(),
    )
}

/// All of it is stored, or nothing is.
pub(super) fn whole(stored: u64, wanted: usize) -> Result<()> {
    if stored == wanted as u64 {
        return Ok(());
    }
    Err(Error::internal(format!(
        "{stored} of {wanted} rows were stored"
    )))
}

/// Says in each department's audit that its statement is there.
async fn tell(tx: &mut OperatorTx, month: Month, by: &str, now: Now) -> Result<()> {
    let origin = tx.origin().to_string();
    // In one order, since each holds its department's chain when this commits.
    sqlx::query(
        r#"
        insert into audit
            (tenant_id, audit_id, occurred_at, actor, origin, action, subject, outcome)
        select tenant_id, gen_random_uuid(), $2, $3, $5, 'statement.closed', $4, 'done'
        from statements
        where month = $1
        order by tenant_id
        "#,
    )
    .bind(month.first())
    .bind(now)
    .bind(by)
    .bind(month.to_string())
    .bind(origin)
    .execute(tx.conn())
    .await?;
    Ok(())
}
