//! Who a request turned out to be from, for whoever meters it.

use std::sync::{
    Arc, OnceLock,
    atomic::{AtomicBool, Ordering},
};

use uuid::Uuid;

use crate::tenancy::TenantId;

/// A department, and the key with which one of its programs asked; none for its people.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CalledBy {
    /// The department.
    pub tenant: TenantId,
    /// The key of a program.
    pub key_id: Option<Uuid>,
}

/// A note that travels with a request: whoever lets it in writes on it, and whoever meters it
/// reads it when the answer is there. Cheap to clone.
#[derive(Clone, Debug, Default)]
pub struct Caller(Arc<Note>);

#[derive(Debug, Default)]
struct Note {
    from: OnceLock<CalledBy>,
    billed: AtomicBool,
}

impl Caller {
    /// Notes whose request it is. The first to say so is right.
    pub fn note(&self, from: CalledBy) {
        self.0.from.set(from).ok();
    }

    /// Notes that the request was billed in the commit of its work, or was billed before.
    pub fn mark_billed(&self) {
        self.0.billed.store(true, Ordering::Relaxed);
    }

    /// The department whose program's request it is.
    pub fn program(&self) -> Option<&TenantId> {
        let from = self.0.from.get().filter(|from| from.key_id.is_some());
        from.map(|from| &from.tenant)
    }

    /// Whose request is still to be billed.
    pub fn to_bill(&self) -> Option<&CalledBy> {
        let from = self.0.from.get();
        from.filter(|_| !self.0.billed.load(Ordering::Relaxed))
    }
}
