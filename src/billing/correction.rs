//! Corrections of closed statements: reversing entries on a later one.

use chrono::NaiveDate;
use rust_decimal::Decimal;
use sqlx::PgConnection;
use uuid::Uuid;

use super::{
    money::to_the_cent,
    month::Month,
    plans::is_there,
    prices::{Kind, Line},
};
use crate::{
    Error, Result, audit,
    clock::Now,
    database::OperatorTx,
    tenancy::{TenantId, TenantTx},
};

/// A correction that is on no statement yet, with the line it is about.
#[derive(Clone, Debug, PartialEq, Eq, sqlx::FromRow)]
pub struct Due {
    /// The department.
    pub tenant_id: String,
    /// Its id.
    pub correction_id: Uuid,
    /// The first day of the month whose statement has the line.
    pub month: NaiveDate,
    /// The line, from one.
    pub line_no: i32,
    /// The right amount.
    pub right: Decimal,
    /// Why.
    pub reason: String,
    /// In which currency the statement is.
    pub currency: String,
    /// What the line is about.
    pub event_type: Option<String>,
    /// Its quantity.
    pub quantity: Decimal,
    /// Its unit price.
    pub unit_price: Decimal,
    /// Its amount.
    pub amount: Decimal,
}

impl Due {
    /// The line that takes the wrong one back, and the line that stands for it.
    pub fn lines(&self) -> [Line; 2] {
        let of = format!(
            "{}, line {}: {}",
            Month::of(self.month),
            self.line_no,
            self.reason
        );
        let right = to_the_cent(self.right);
        [
            Line {
                kind: Kind::Reversal,
                event_type: self.event_type.clone(),
                quantity: (-self.quantity).normalize(),
                unit_price: self.unit_price,
                amount: to_the_cent(-self.amount),
                note: of.clone(),
                correction_id: Some(self.correction_id),
            },
            Line {
                kind: Kind::Correction,
                event_type: self.event_type.clone(),
                quantity: Decimal::ONE,
                unit_price: right,
                amount: right,
                note: of,
                correction_id: Some(self.correction_id),
            },
        ]
    }
}

/// Corrections of the department's earlier statements that are on none yet.
///
/// # Errors
/// When the database refuses.
pub async fn due(tx: &mut TenantTx, month: Month) -> Result<Vec<Due>> {
    let (tenant, connection) = tx.parts();
    let tenant = tenant.to_owned();
    read(connection, Some(&tenant), month).await
}

/// The same of all departments.
///
/// # Errors
/// When the database refuses.
pub async fn all_due(tx: &mut OperatorTx, month: Month) -> Result<Vec<Due>> {
    read(tx.conn(), None, month).await
}

async fn read(
    connection: &mut PgConnection,
    tenant: Option<&str>,
    month: Month,
) -> Result<Vec<Due>> {
    Ok(sqlx::query_as(
        r#"
        select c.tenant_id, c.correction_id, c.month, c.line_no, c.amount as "right", c.reason, s.currency,
            l.event_type, l.quantity, l.unit_price, l.amount
        from corrections c
        join statements s using (tenant_id, month)
        join statement_lines l using (tenant_id, month, line_no)
        where ($1::text is null or c.tenant_id = $1) and c.month < $2 and not exists (
            select from statement_lines b
            where b.tenant_id = c.tenant_id and b.correction_id = c.correction_id
        )
        order by c.tenant_id, c.created_at, c.correction_id
        "#,
    )
    .bind(tenant)
    .bind(month.first())
    .fetch_all(connection)
    .await?)
}

/// What is wrong with a line, and what it should have been.
#[derive(Clone, Debug)]
pub struct Wrong<'a> {
    /// The department.
    pub tenant: &'a TenantId,
    /// The month of the statement.
    pub month: Month,
    /// The line, from one.
    pub line_no: i32,
    /// The right amount.
    pub right: Decimal,
    /// Why.
    pub reason: &'a str,
}

/// Corrects a line of a closed statement, by two lines on the next one.
///
/// # Errors
/// [`Error::NotFound`] where there is no such line; [`Error::Invalid`] where it has a correction
/// already.
pub async fn correct(tx: &mut OperatorTx, wrong: &Wrong<'_>, by: &str, now: Now) -> Result<Uuid> {
    is_there(tx, wrong.tenant).await?;
    let known: bool = sqlx::query_scalar(
        "select exists (select from statement_lines where tenant_id = $1 and month = $2 and line_no = $3)",
    )
    .bind(wrong.tenant.as_str())
    .bind(wrong.month.first())
    .bind(wrong.line_no)
    .fetch_one(tx.conn())
    .await?;
    if !known {
        return Err(Error::NotFound("line"));
    }
    let correction_id = Uuid::now_v7();
    sqlx::query(
        r#"
        insert into corrections (
            tenant_id, correction_id, month, line_no, amount, reason, created_at, created_by
        )
        values ($1, $2, $3, $4, $5, $6, $7, $8)
        "#,
    )
    .bind(wrong.tenant.as_str())
    .bind(correction_id)
    .bind(wrong.month.first())
    .bind(wrong.line_no)
    .bind(to_the_cent(wrong.right))
    .bind(wrong.reason)
    .bind(now)
    .bind(by)
    .execute(tx.conn())
    .await?;
    let subject = format!("{}, line {}: {}", wrong.month, wrong.line_no, wrong.reason);
    audit::record(tx, wrong.tenant, now, by, "statement.corrected", &subject).await?;
    Ok(correction_id)
}
