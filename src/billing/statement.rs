//! What a department owes for a month: so far, or for good.

use std::{collections::HashMap, fmt::Write as _};

use chrono::NaiveDate;
use rust_decimal::Decimal;
use sha2::{Digest as _, Sha256};
use sqlx::PgConnection;
use uuid::Uuid;

use super::{
    correction::{self, Due},
    money::{Currency, to_the_cent},
    month::Month,
    plans::Prices,
    prices::{Kind, Line, PriceList, Quantity, total},
    usage::{quantities, uses},
};
use crate::{Error, Result, clock::Now, database::OperatorTx, secret::hex, tenancy::TenantTx};

/// What a department owes for a month.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Statement {
    /// The department.
    pub tenant_id: String,
    /// The month.
    pub month: Month,
    /// The plan by which it pays.
    pub plan_id: String,
    /// In which currency.
    pub currency: Currency,
    /// For what.
    pub lines: Vec<Line>,
    /// What the lines add up to.
    pub total: Decimal,
    /// When it was closed, and the hash over all that is on it. None for a month that is open.
    pub closed: Option<Closed>,
}

/// What a closed statement has besides.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Closed {
    /// When it was closed.
    pub at: Now,
    /// SHA-256 over all that is on it, the hash of the statement before it included.
    pub sha256: [u8; 32],
}

impl Statement {
    /// The statement of what was used, with the corrections that are due.
    pub fn of(
        tenant_id: &str,
        month: Month,
        list: &PriceList,
        used: &[Quantity],
        due: &[Due],
    ) -> Self {
        let mut lines = list.lines(used);
        let due = due
            .iter()
            .filter(|due| due.currency == list.currency.code());
        lines.extend(due.flat_map(Due::lines));
        Self {
            tenant_id: tenant_id.to_owned(),
            month,
            plan_id: list.plan_id.clone(),
            currency: list.currency,
            total: total(&lines),
            lines,
            closed: None,
        }
    }

    /// SHA-256 over all that is on it and the hash of the statement before it, in hexadecimal
    /// digits, so that none can be changed or left out without those after it showing it.
    pub fn hash(&self, previous: Option<&[u8]>) -> [u8; 32] {
        let mut text = format!(
            "cordon statement 1\ntenant\t{}\nmonth\t{}\nplan\t{}\ncurrency\t{}\nprevious\t{}\n",
            self.tenant_id,
            self.month,
            self.plan_id,
            self.currency,
            previous.map_or_else(|| "none".to_owned(), hex),
        );
        for (at, line) in self.lines.iter().enumerate() {
            // Writing to a string does not fail.
            let _ = writeln!(
                text,
                "line\t{}\t{}\t{}\t{}\t{}\t{}\t{}\t{}",
                at + 1,
                line.kind.as_str(),
                line.event_type.as_deref().unwrap_or("-"),
                line.quantity.normalize(),
                line.unit_price.normalize(),
                to_the_cent(line.amount),
                line.correction_id
                    .map_or_else(|| "-".to_owned(), |id| id.to_string()),
                line.note,
            );
        }
        let _ = writeln!(text, "total\t{}", to_the_cent(self.total));
        Sha256::digest(text).into()
    }
}

/// The statement of a month: as it was closed, or as it stands so far.
///
/// # Errors
/// When the database refuses.
pub async fn statement(tx: &mut TenantTx, month: Month) -> Result<Statement> {
    if let Some(closed) = closed(tx, month).await? {
        return Ok(closed);
    }
    let used = quantities(&uses(tx, month, month).await?, month);
    so_far(tx, month, &used).await
}

/// The statement of a month that is not closed, by what was used in it.
///
/// # Errors
/// When the database refuses.
pub async fn so_far(tx: &mut TenantTx, month: Month, used: &[Quantity]) -> Result<Statement> {
    let tenant = tx.tenant().clone();
    let prices = Prices::read(tx, month).await?;
    let due = correction::due(tx, month).await?;
    let list = prices.of(tenant.as_str())?;
    Ok(Statement::of(tenant.as_str(), month, list, used, &due))
}

/// The statement of a month that is closed.
///
/// # Errors
/// When the database refuses, and when it is not what was closed.
pub async fn closed(tx: &mut TenantTx, month: Month) -> Result<Option<Statement>> {
    let (tenant, connection) = tx.parts();
    Ok(read(connection, &[tenant], month).await?.pop())
}

/// Those of these departments, for administrators.
///
/// # Errors
/// As [`closed`].
pub async fn closed_of(
    tx: &mut OperatorTx,
    tenants: &[&str],
    month: Month,
) -> Result<Vec<Statement>> {
    read(tx.conn(), tenants, month).await
}

#[derive(sqlx::FromRow)]
struct Row {
    tenant_id: String,
    plan_id: String,
    currency: String,
    total: Decimal,
    sha256: Vec<u8>,
    closed_at: Now,
    previous: Option<Vec<u8>>,
}

#[derive(sqlx::FromRow)]
struct LineRow {
    tenant_id: String,
    kind: String,
    event_type: Option<String>,
    quantity: Decimal,
    unit_price: Decimal,
    amount: Decimal,
    note: String,
    correction_id: Option<Uuid>,
}

async fn read(
    connection: &mut PgConnection,
    tenants: &[&str],
    month: Month,
) -> Result<Vec<Statement>> {
    let rows: Vec<Row> = sqlx::query_as(
        r#"
        select s.tenant_id, s.plan_id, s.currency, s.total, s.sha256, s.closed_at, (
            select p.sha256 from statements p
            where p.tenant_id = s.tenant_id and p.month < s.month
            order by p.month desc limit 1
        ) as previous
        from statements s
        where s.tenant_id = any($1) and s.month = $2
        "#,
    )
    .bind(tenants)
    .bind(month.first())
    .fetch_all(&mut *connection)
    .await?;
    if rows.is_empty() {
        return Ok(Vec::new());
    }
    let of_all: Vec<LineRow> = sqlx::query_as(
        r#"
        select tenant_id, kind, event_type, quantity, unit_price, amount, note, correction_id
        from statement_lines
        where tenant_id = any($1) and month = $2
        order by tenant_id, line_no
        "#,
    )
    .bind(tenants)
    .bind(month.first())
    .fetch_all(connection)
    .await?;
    let mut lines: HashMap<String, Vec<Line>> = HashMap::new();
    for row in of_all {
        let of = lines.entry(row.tenant_id.clone()).or_default();
        of.push(row.try_into()?);
    }
    rows.into_iter()
        .map(|row| {
            let lines = lines.remove(&row.tenant_id).unwrap_or_default();
            row.statement(month, lines)
        })
        .collect()
}

impl Row {
    /// The statement with its lines, if they are what was closed.
    fn statement(self, month: Month, lines: Vec<Line>) -> Result<Statement> {
        let mut statement = Statement {
            tenant_id: self.tenant_id,
            month,
            plan_id: self.plan_id,
            currency: Currency::parse(&self.currency)?,
            lines,
            total: to_the_cent(self.total),
            closed: None,
        };
        let sha256 = statement.hash(self.previous.as_deref());
        if sha256.as_slice() != self.sha256 || total(&statement.lines) != statement.total {
            return Err(Error::internal(format!(
                "the statement of {} for {month} is not what was closed",
                statement.tenant_id
            )));
        }
        statement.closed = Some(Closed {
            at: self.closed_at,
            sha256,
        });
        Ok(statement)
    }
}

impl TryFrom<LineRow> for Line {
    type Error = Error;

    fn try_from(row: LineRow) -> Result<Self> {
        let kind = Kind::ALL.into_iter().find(|kind| kind.as_str() == row.kind);
        Ok(Self {
            kind: kind.ok_or_else(|| Error::internal("a line of an unknown kind"))?,
            event_type: row.event_type,
            quantity: row.quantity,
            unit_price: row.unit_price,
            amount: to_the_cent(row.amount),
            note: row.note,
            correction_id: row.correction_id,
        })
    }
}

/// A closed statement, in a list.
#[derive(Clone, Debug, PartialEq, Eq, sqlx::FromRow)]
pub struct Past {
    /// The first day of its month.
    pub month: NaiveDate,
    /// In which currency.
    pub currency: String,
    /// What is owed.
    pub total: Decimal,
    /// When it was closed.
    pub closed_at: Now,
}

/// The department's closed statements, the latest first.
///
/// # Errors
/// When the database refuses.
pub async fn past(tx: &mut TenantTx) -> Result<Vec<Past>> {
    let (tenant, connection) = tx.parts();
    Ok(sqlx::query_as(
        r#"
        select month, currency, total, closed_at
        from statements
        where tenant_id = $1
        order by month desc
        limit 120
        "#,
    )
    .bind(tenant)
    .fetch_all(connection)
    .await?)
}
