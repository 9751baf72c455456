//! Break-glass: an administrator looks inside a department, for a reason and a while, and reads only.

use chrono::TimeDelta;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use super::SignedIn;
use crate::{
    Error, Result, audit,
    clock::Now,
    database::{GateTx, OperatorTx},
    tenancy::{Tenant, TenantId, TenantTx},
};

/// For how long an administrator may look at most.
pub const LONGEST: TimeDelta = TimeDelta::minutes(60);

/// For how long a department's people are told on every page that somebody looked.
pub const TOLD_FOR: TimeDelta = TimeDelta::days(7);

/// Into which department an administrator looks just now.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Glass {
    /// The department.
    pub tenant: Tenant,
    /// Until when.
    pub until: Now,
}

/// Who looked into a department last.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Looked {
    /// The administrator's e-mail address.
    pub by: String,
    /// Since when.
    pub at: Now,
    /// Why.
    pub reason: String,
}

/// One time that somebody looked.
#[derive(Clone, Debug, sqlx::FromRow)]
pub struct Look {
    /// Into which department.
    pub tenant_id: String,
    /// Who.
    pub email: String,
    /// Why.
    pub reason: String,
    /// Since when.
    pub began_at: Now,
    /// Until when at the latest.
    pub ends_at: Now,
    /// When they ended it before.
    pub ended_at: Option<Now>,
}

/// Lets an administrator look. Another department that they look into is closed to them.
///
/// # Errors
/// When no reason is given, or the time is too long; when there is no such department.
pub async fn begin(
    tx: &mut OperatorTx,
    admin: &SignedIn,
    tenant: &TenantId,
    reason: &str,
    minutes: i64,
    now: Now,
) -> Result<()> {
    let time = TimeDelta::try_minutes(minutes)
        .filter(|time| (TimeDelta::minutes(1)..=LONGEST).contains(time))
        .ok_or_else(|| Error::Invalid("choose between 1 and 60 minutes".into()))?;
    let known: bool =
        sqlx::query_scalar("select exists (select from tenants where tenant_id = $1)")
            .bind(tenant.as_str())
            .fetch_one(tx.conn())
            .await?;
    if !known {
        return Err(Error::Invalid("there is no department with this id".into()));
    }
    end(tx, admin, now).await?;
    sqlx::query(
        r#"
        insert into break_glass (tenant_id, glass_id, user_id, email, reason, began_at, ends_at)
        values ($1, $2, $3, $4, $5, $6, $7)
        "#,
    )
    .bind(tenant.as_str())
    .bind(Uuid::now_v7())
    .bind(admin.user_id)
    .bind(&admin.email)
    .bind(reason.trim())
    .bind(now)
    .bind(now + time)
    .execute(tx.conn())
    .await?;
    let subject = format!("for {minutes} minutes, because: {}", reason.trim());
    audit::record(tx, tenant, now, &admin.email, "glass.broken", &subject).await?;
    let subject = format!("{tenant}, {subject}");
    audit::record_platform(tx, now, &admin.email, "glass.broken", &subject).await
}

/// Ends what an administrator looks into just now, if anything.
///
/// # Errors
/// When the database refuses.
pub async fn end(tx: &mut OperatorTx, admin: &SignedIn, now: Now) -> Result<()> {
    let ended: Vec<String> = sqlx::query_scalar(
        r#"
        update break_glass
        set ended_at = $2
        where user_id = $1 and ended_at is null and ends_at > $2
        returning tenant_id
        "#,
    )
    .bind(admin.user_id)
    .bind(now)
    .fetch_all(tx.conn())
    .await?;
    for tenant in ended {
        let tenant = TenantId::parse(&tenant)?;
        audit::record(
            tx,
            &tenant,
            now,
            &admin.email,
            "glass.mended",
            "before its time",
        )
        .await?;
    }
    Ok(())
}

/// Records in the department's own record what an administrator reads there. The transaction is
/// the gate's, since the one that reads can write nothing.
///
/// # Errors
/// When the database refuses: then nothing is read.
pub async fn record_read(
    mut tx: GateTx,
    admin: &SignedIn,
    tenant: &TenantId,
    page: &str,
    now: Now,
) -> Result<()> {
    audit::record(&mut tx, tenant, now, &admin.email, "glass.read", page).await?;
    tx.commit().await
}

/// The last times that administrators looked into a department.
///
/// # Errors
/// When the database refuses.
pub async fn own(tx: &mut TenantTx) -> Result<Vec<Look>> {
    let (tenant, connection) = tx.parts();
    Ok(sqlx::query_as(
        r#"
        select tenant_id, email, reason, began_at, ends_at, ended_at
        from break_glass
        where tenant_id = $1
        order by began_at desc
        limit 20
        "#,
    )
    .bind(tenant)
    .fetch_all(connection)
    .await?)
}

/// The last times that administrators looked into any department.
///
/// # Errors
/// When the database refuses.
pub async fn all(tx: &mut OperatorTx) -> Result<Vec<Look>> {
    Ok(sqlx::query_as(
        r#"
        select tenant_id, email, reason, began_at, ends_at, ended_at
        from break_glass
        order by began_at desc
        limit 50
        "#,
    )
    .fetch_all(tx.conn())
    .await?)
}
