//! What a program sent before under the same idempotency key.
//!
//! A program that got no answer sends the same again under the same key. What was decided then
//! stands; what was not is begun again, under the same number.

use std::{
    collections::HashSet,
    sync::{Arc, Mutex, PoisonError},
};

use super::register::Status;
use crate::{
    Error, Result,
    tenancy::{TenantId, TenantTx},
};

/// An upload that came under this key.
#[derive(Clone, Debug, sqlx::FromRow)]
pub struct Earlier {
    /// Its number.
    pub upload_no: i32,
    /// What has become of it.
    pub status: Status,
    /// SHA-256 of what was sent, if it arrived whole and could be read.
    pub sha256: Option<Vec<u8>>,
}

impl Earlier {
    /// Whether it was decided on.
    pub fn is_decided(&self) -> bool {
        matches!(self.status, Status::Accepted | Status::Cancelled)
    }
}

/// The upload of this department that came under `key`, if there is one.
pub async fn earlier(tx: &mut TenantTx, key: &str) -> Result<Option<Earlier>> {
    let (tenant, connection) = tx.parts();
    let earlier = sqlx::query_as(
        r#"
        select upload_no, status, sha256
        from uploads
        where tenant_id = $1 and idempotency_key = $2
        "#,
    )
    .bind(tenant)
    .bind(key)
    .fetch_optional(connection)
    .await?;
    Ok(earlier)
}

/// The keys under which something arrives in this process just now. Cheap to clone.
#[derive(Clone, Default)]
pub struct UnderWay(Arc<Mutex<HashSet<(TenantId, String)>>>);

impl UnderWay {
    /// Takes a key, for as long as the ticket is held.
    ///
    /// # Errors
    /// [`Error::Conflict`] while another request under the same key is under way.
    pub fn take(&self, tenant: &TenantId, key: &str) -> Result<Ticket> {
        let taken = (tenant.clone(), key.to_owned());
        let mut keys = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if !keys.insert(taken.clone()) {
            return Err(Error::Conflict(
                "a request with this Idempotency-Key is under way; wait for its answer".into(),
            ));
        }
        Ok(Ticket {
            under_way: self.clone(),
            taken,
        })
    }
}

/// Gives its key back when it is dropped.
pub struct Ticket {
    under_way: UnderWay,
    taken: (TenantId, String),
}

impl Drop for Ticket {
    fn drop(&mut self) {
        let mut keys = self
            .under_way
            .0
            .lock()
            .unwrap_or_else(PoisonError::into_inner);
        keys.remove(&self.taken);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_key_is_under_way_once_in_each_department() -> Result<()> {
        let under_way = UnderWay::default();
        let (alder, birch) = (TenantId::parse("alder")?, TenantId::parse("birch")?);
        let ticket = under_way.take(&alder, "a")?;
        assert!(matches!(
            under_way.take(&alder, "a"),
            Err(Error::Conflict(_))
        ));
        assert!(under_way.take(&birch, "a").is_ok());
        assert!(under_way.take(&alder, "b").is_ok());
        drop(ticket);
        assert!(under_way.take(&alder, "a").is_ok());
        Ok(())
    }
}
