//! What was learnt, kept until the department's history is another.

use std::{
    collections::HashMap,
    sync::{Arc, Mutex, PoisonError},
};

use chrono::NaiveDate;

use super::{Completeness, read};
use crate::{
    Result,
    clock::Now,
    surveillance::LocationId,
    tenancy::{TenantId, TenantTx},
};

/// How many answers are kept. Each is some kilobytes.
const MOST: usize = 1_000;

/// Learnt completeness by department and question. A large department's half year of revisions
/// takes a tenth of a second to sum up, which is too long for every page.
///
/// It holds shares and no counts. An answer is found again by the tenant that the transaction is
/// bound to, and by the state of the history that this transaction sees.
#[derive(Debug, Clone, Default)]
pub struct Memo(Arc<Mutex<HashMap<Key, Arc<Completeness>>>>);

#[derive(Debug, Clone, PartialEq, Eq, Hash)]
struct Key {
    tenant: TenantId,
    known_on: Option<NaiveDate>,
    locations: Vec<LocationId>,
    history: History,
}

/// Uploads that are accepted stay so, and every change is another upload; a note that excludes
/// days is written, taken back or put back. So these tell one state of the history from another.
#[derive(Debug, Clone, PartialEq, Eq, Hash, sqlx::FromRow)]
struct History {
    uploads: i64,
    decided_at: Option<Now>,
    notes: i64,
    notes_left: i64,
    noted_at: Option<Now>,
    removed_at: Option<Now>,
}

impl Memo {
    /// What [`read`] answers, from memory where nothing changed since.
    pub async fn read(
        &self,
        tx: &mut TenantTx,
        known_on: Option<NaiveDate>,
        locations: &[LocationId],
    ) -> Result<Arc<Completeness>> {
        let mut locations = locations.to_vec();
        locations.sort_unstable();
        let key = Key {
            tenant: tx.tenant().clone(),
            known_on,
            locations,
            history: history(tx).await?,
        };
        if let Some(known) = self.kept().get(&key) {
            return Ok(known.clone());
        }
        let learnt = Arc::new(read(tx, known_on, &key.locations).await?);
        let mut kept = self.kept();
        if kept.len() >= MOST {
            kept.clear();
        }
        // What was learnt of an earlier state is of no use any more.
        kept.retain(|other, _| other.tenant != key.tenant || other.history == key.history);
        kept.insert(key, learnt.clone());
        Ok(learnt)
    }

    /// A map is whole whenever its lock is free, also after a panic elsewhere.
    fn kept(&self) -> std::sync::MutexGuard<'_, HashMap<Key, Arc<Completeness>>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

async fn history(tx: &mut TenantTx) -> Result<History> {
    let (tenant, connection) = tx.parts();
    Ok(sqlx::query_as(
        r#"
        select u.*, n.*
        from (
            select count(*) as uploads, max(decided_at) as decided_at
            from uploads
            where tenant_id = $1 and status = 'accepted'
        ) u, (
            select count(*) as notes, count(*) filter (where removed_at is null) as notes_left,
                max(created_at) as noted_at, max(removed_at) as removed_at
            from annotations
            where tenant_id = $1 and excluded_from_fitting
        ) n
        "#,
    )
    .bind(tenant)
    .fetch_one(connection)
    .await?)
}
