//! Where departments with a budget stand, at hand for every page and every answer.

use std::{
    collections::HashMap,
    sync::{Arc, PoisonError, RwLock},
};

use rust_decimal::Decimal;

use super::{
    budget::{Budget, Standing},
    month::Month,
    plans::Prices,
    usage::counted,
};
use crate::{Result, clock::Now, database::Pools, tenancy::TenantId};

/// Where departments with a budget stood a few seconds ago. Cheap to clone. What is decided by it
/// is asked of the database itself; this is for what is only told.
#[derive(Clone, Debug, Default)]
pub struct Standings(Arc<RwLock<HashMap<String, Standing>>>);

impl Standings {
    /// Where this department stands; none where it has no budget.
    pub fn of(&self, tenant: &TenantId) -> Option<Standing> {
        let standings = self.0.read().unwrap_or_else(PoisonError::into_inner);
        standings.get(tenant.as_str()).copied()
    }

    /// Asks anew.
    ///
    /// # Errors
    /// When the database refuses; what was known before stays.
    pub async fn refresh(&self, pools: &Pools, now: Now) -> Result<()> {
        let month = Month::of(now.date_naive());
        let mut tx = pools.begin_operator().await?;
        let budgets: Vec<(String, Option<Decimal>, Option<Decimal>)> = sqlx::query_as(
            "select distinct on (tenant_id) tenant_id, soft, hard from budgets
             order by tenant_id, revision desc",
        )
        .fetch_all(tx.conn())
        .await?;
        let tenants: Vec<&str> = budgets.iter().map(|budget| budget.0.as_str()).collect();
        let mut used = counted(&mut tx, &tenants, month).await?;
        let prices = Prices::read_all(&mut tx, month).await?;
        tx.commit().await?;
        let mut standings = HashMap::new();
        for (tenant, soft, hard) in budgets {
            let budget = Budget { soft, hard };
            if !budget.is_none() {
                let used = used.remove(&tenant).unwrap_or_default();
                let standing = Standing::of(month, prices.of(&tenant)?, &used, budget);
                standings.insert(tenant, standing);
            }
        }
        *self.0.write().unwrap_or_else(PoisonError::into_inner) = standings;
        Ok(())
    }
}
