//! What was done, by whom, to whom, from where: a line in the same commit as the act.
//!
//! When that commits, the database links the line into its department's chain, or the platform's:
//! see [`chain`].

/// The chain that the lines are linked into.
pub mod chain;
/// Whether the record is what was written.
pub mod check;
/// Signed heads of chains, to be kept elsewhere.
pub mod head;
/// Lines that are looked for.
pub mod search;
/// Lines as files, and back.
pub mod written;

use uuid::Uuid;

use crate::{
    Result,
    access::SignedIn,
    clock::Now,
    database::{GateTx, Tx},
    tenancy::{TenantId, TenantTx},
};

/// Records what was done to a department. `action` is `noun.verb`; `subject` says to whom or
/// what in words, and never holds a secret.
pub async fn record<H>(
    tx: &mut Tx<H>,
    tenant: &TenantId,
    now: Now,
    actor: &str,
    action: &str,
    subject: &str,
) -> Result<()> {
    Entry::done(actor, action, subject)
        .record(tx, Some(tenant), now)
        .await
}

/// Records what a department's own people or programs did, in their transaction.
pub async fn record_own(
    tx: &mut TenantTx,
    now: Now,
    actor: &str,
    action: &str,
    subject: &str,
) -> Result<()> {
    let (tenant, tx) = tx.whole();
    record(tx, tenant, now, actor, action, subject).await
}

/// Records what concerns no department: staff accounts, staff signing in.
pub async fn record_platform<H>(
    tx: &mut Tx<H>,
    now: Now,
    actor: &str,
    action: &str,
    subject: &str,
) -> Result<()> {
    Entry::done(actor, action, subject)
        .record(tx, None, now)
        .await
}

/// Records what somebody did to their own account: in their department's record, or, for staff, in
/// the platform's.
pub async fn record_of_account(
    tx: &mut GateTx,
    who: &SignedIn,
    now: Now,
    action: &str,
    subject: &str,
    outcome: Outcome,
) -> Result<()> {
    let line = Entry {
        actor: &who.email,
        action,
        subject,
        outcome,
    };
    line.record(tx, who.tenant(), now).await
}

/// What came of an act.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// It was done.
    Done,
    /// It was tried and refused.
    Refused,
}

impl Outcome {
    /// As the database has it.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Done => "done",
            Self::Refused => "refused",
        }
    }
}

/// A line to be recorded.
#[derive(Clone, Copy, Debug)]
pub struct Entry<'a> {
    /// A person's e-mail address, a key's prefix, or the command line.
    pub actor: &'a str,
    /// What was done, as `noun.verb`.
    pub action: &'a str,
    /// To whom or what, in words, and never a secret.
    pub subject: &'a str,
    /// What came of it.
    pub outcome: Outcome,
}

impl<'a> Entry<'a> {
    /// Of what was done.
    pub fn done(actor: &'a str, action: &'a str, subject: &'a str) -> Self {
        Self {
            actor,
            action,
            subject,
            outcome: Outcome::Done,
        }
    }

    /// Records it of a department, or of the platform.
    pub async fn record<H>(
        &self,
        tx: &mut Tx<H>,
        tenant: Option<&TenantId>,
        now: Now,
    ) -> Result<()> {
        let sql = match tenant {
            Some(_) => {
                r#"
                insert into audit
                    (audit_id, occurred_at, actor, origin, action, subject, outcome, tenant_id)
                values ($1, $2, $3, $4, $5, $6, $7, $8)
                "#
            }
            None => {
                r#"
                insert into platform_audit
                    (audit_id, occurred_at, actor, origin, action, subject, outcome)
                values ($1, $2, $3, $4, $5, $6, $7)
                "#
            }
        };
        let query = sqlx::query(sql)
            .bind(Uuid::now_v7())
            .bind(now)
            .bind(self.actor)
            .bind(tx.origin().to_string())
            .bind(self.action)
            .bind(self.subject)
            .bind(self.outcome.as_str());
        match tenant {
            Some(tenant) => query.bind(tenant.as_str()),
            None => query,
        }
        .execute(tx.conn())
        .await?;
        Ok(())
    }
}
