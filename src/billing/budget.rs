//! How much a department means to spend in a month: a notice, and an end.
//!
//! Above the first amount it is told. Above the second it starts no more runs of the model, which
//! are what can cost without anybody's doing. Nobody is ever kept from signing in, from reading
//! and exporting what is theirs, or from reporting cases.

use rust_decimal::Decimal;
use sqlx::PgConnection;

use super::{
    money::{Currency, to_the_cent, written},
    month::Month,
    plans::{Prices, is_there},
    prices::{PriceList, Quantity, total},
    usage::{quantities, uses},
};
use crate::{
    Error, Result, audit,
    clock::Now,
    database::OperatorTx,
    tenancy::{TenantId, TenantTx},
};

/// What a department means to spend in a month, in the currency of its plan.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, sqlx::FromRow)]
pub struct Budget {
    /// From here on it is told.
    pub soft: Option<Decimal>,
    /// From here on it starts no more runs.
    pub hard: Option<Decimal>,
}

impl Budget {
    /// True where there is none.
    pub fn is_none(self) -> bool {
        self.soft.is_none() && self.hard.is_none()
    }
}

/// Where a department stands in a month.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Standing {
    /// The month.
    pub month: Month,
    /// What was used so far.
    pub used: Decimal,
    /// In which currency.
    pub currency: Currency,
    /// What was meant to be.
    pub budget: Budget,
}

impl Standing {
    /// Where a department stands that used this much at these prices.
    pub fn of(month: Month, list: &PriceList, used: &[Quantity], budget: Budget) -> Self {
        Self {
            month,
            used: total(&list.lines(used)),
            currency: list.currency,
            budget,
        }
    }

    /// True where no more runs are started.
    pub fn is_spent(&self) -> bool {
        self.budget.hard.is_some_and(|hard| self.used >= hard)
    }

    /// What the department is told, from the notice on.
    pub fn notice(&self) -> Option<String> {
        let used = written(self.used);
        let (currency, resumes) = (self.currency, self.month.end().format("%-d %B %Y"));
        if let Some(hard) = self.budget.hard.filter(|_| self.is_spent()) {
            return Some(format!(
                "This month's budget of {} {currency} is used up ({used} {currency} so far): no more \
                 forecasts are made until {resumes}. Everything else goes on as usual.",
                written(hard)
            ));
        }
        let soft = self.budget.soft.filter(|soft| self.used >= *soft)?;
        let end = self.budget.hard.map_or_else(String::new, |hard| {
            format!(
                " At {} {currency} no more forecasts are made until {resumes}.",
                written(hard)
            )
        });
        Some(format!(
            "{used} {currency} of this month's budget are used, which is above the {} {currency} at \
             which you wanted to be told.{end}",
            written(soft)
        ))
    }

    /// The same for a program, as a header's value: amounts, and when the month ends.
    pub fn header(&self) -> String {
        let amount = |name, amount: Option<Decimal>| {
            amount.map_or_else(String::new, |amount| {
                format!(", {name}={}", to_the_cent(amount))
            })
        };
        format!(
            "used={}{}{}, currency={}, resets={}",
            self.used,
            amount("soft", self.budget.soft),
            amount("hard", self.budget.hard),
            self.currency,
            self.month.end()
        )
    }
}

/// Where the department stands in the month that is now; none where it has no budget.
///
/// # Errors
/// When the database refuses.
pub async fn standing(tx: &mut TenantTx, now: Now) -> Result<Option<Standing>> {
    let month = Month::of(now.date_naive());
    let tenant = tx.tenant().clone();
    let budget = own_budget(tx).await?;
    if budget.is_none() {
        return Ok(None);
    }
    let used = quantities(&uses(tx, month, month).await?, month);
    let prices = Prices::read(tx, month).await?;
    Ok(Some(Standing::of(
        month,
        prices.of(tenant.as_str())?,
        &used,
        budget,
    )))
}

/// The budget of the department.
///
/// # Errors
/// When the database refuses.
pub async fn own_budget(tx: &mut TenantTx) -> Result<Budget> {
    let tenant = tx.tenant().clone();
    latest(tx.parts().1, &tenant).await
}

/// True where no more runs of the model are started this month.
///
/// # Errors
/// When the database refuses.
pub async fn is_spent(tx: &mut TenantTx, now: Now) -> Result<bool> {
    Ok(standing(tx, now)
        .await?
        .is_some_and(|standing| standing.is_spent()))
}

/// Passes where somebody may ask for a run of the model.
///
/// # Errors
/// [`Error::OverBudget`], which says when it ends.
pub async fn allow_run(tx: &mut TenantTx, now: Now) -> Result<()> {
    match standing(tx, now).await? {
        Some(standing) if standing.is_spent() => {
            let seconds = (standing.month.ends_at() - now).num_seconds().max(1);
            Err(Error::OverBudget {
                words: standing.notice().unwrap_or_default(),
                seconds: seconds.unsigned_abs(),
            })
        }
        _ => Ok(()),
    }
}

/// The budget of a department, for administrators.
///
/// # Errors
/// When the database refuses.
pub async fn budget_of(tx: &mut OperatorTx, tenant: &TenantId) -> Result<Budget> {
    latest(tx.conn(), tenant).await
}

async fn latest(connection: &mut PgConnection, tenant: &TenantId) -> Result<Budget> {
    let budget: Option<Budget> = sqlx::query_as(
        "select soft, hard from budgets where tenant_id = $1 order by revision desc limit 1",
    )
    .bind(tenant.as_str())
    .fetch_optional(connection)
    .await?;
    Ok(budget.unwrap_or_default())
}

/// Sets what a department means to spend, from now on.
///
/// # Errors
/// [`Error::NotFound`] where there is no such department; [`Error::Invalid`] where an amount is not
/// one that a budget can be.
pub async fn set(
    tx: &mut OperatorTx,
    tenant: &TenantId,
    budget: Budget,
    by: &str,
    now: Now,
) -> Result<()> {
    is_there(tx, tenant).await?;
    sqlx::query(
        r#"
        insert into budgets (tenant_id, revision, soft, hard, created_at, created_by)
        select $1, coalesce(max(revision), 0) + 1, $2, $3, $4, $5
        from budgets
        where tenant_id = $1
        "#,
    )
    .bind(tenant.as_str())
    .bind(budget.soft.map(to_the_cent))
    .bind(budget.hard.map(to_the_cent))
    .bind(now)
    .bind(by)
    .execute(tx.conn())
    .await?;
    let written = |amount: Option<Decimal>| amount.map_or_else(|| "none".to_owned(), written);
    let subject = format!(
        "notice at {}, end at {}",
        written(budget.soft),
        written(budget.hard)
    );
    audit::record(tx, tenant, now, by, "budget.set", &subject).await
}
