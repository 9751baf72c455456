//! Departments whose people sign on at a provider, as they are looked up before anybody is signed in.

use super::{Keeper, settings::Role};
use crate::{Result, database::Gate, tenancy::TenantId};

/// A department whose people sign on so.
#[derive(Clone)]
pub struct Department {
    /// Its id.
    pub tenant: TenantId,
    /// Its name.
    pub name: String,
    /// Its provider.
    pub issuer: String,
    /// As what the portal is registered there.
    pub client_id: String,
    /// With which secret.
    pub client_secret: String,
    /// Of whose addresses people may come in.
    pub domains: Vec<String>,
    /// By what it is said who leads.
    pub role: Role,
}

impl Department {
    /// The department with this id, if its people sign on so.
    ///
    /// # Errors
    /// When the database refuses.
    pub async fn find(gate: &mut Gate, keeper: &Keeper, tenant: &TenantId) -> Result<Option<Self>> {
        #[derive(sqlx::FromRow)]
        struct Row {
            name: String,
            issuer: String,
            client_id: String,
            sealed_secret: Vec<u8>,
            domains: Vec<String>,
            #[sqlx(flatten)]
            role: Role,
        }
        let row: Option<Row> = sqlx::query_as(
            r#"
            select t.name, s.issuer, s.client_id, s.sealed_secret, s.domains, s.role_claim, s.lead_value
            from sign_ons s
            join tenants t on t.tenant_id = s.tenant_id
            where s.tenant_id = $1 and s.enabled
            "#,
        )
        .bind(tenant.as_str())
        .fetch_optional(gate.conn())
        .await?;
        let Some(row) = row else { return Ok(None) };
        // Sealed with another secret, it signs nobody on; whoever types it anew goes on.
        let Ok(client_secret) = keeper.open(tenant, &row.sealed_secret) else {
            tracing::warn!(%tenant, "a client secret cannot be opened: was CORDON_SECRET changed?");
            return Ok(None);
        };
        Ok(Some(Self {
            tenant: tenant.clone(),
            name: row.name,
            issuer: row.issuer,
            client_id: row.client_id,
            client_secret,
            domains: row.domains,
            role: row.role,
        }))
    }

    /// The id of the department to which addresses of this domain belong: the only one that names it,
    /// and of which everybody is who has an account with such an address. Whoever merely says that a
    /// domain is theirs is sent nobody of another department.
    ///
    /// # Errors
    /// When the database refuses.
    pub async fn of_domain(gate: &mut Gate, domain: &str) -> Result<Option<TenantId>> {
        let named: Vec<String> = sqlx::query_scalar(
            r#"
            select s.tenant_id
            from sign_ons s
            where s.enabled and $1 = any (s.domains)
                and not exists (
                    select
                    from users u
                    left join memberships m on m.user_id = u.user_id
                    where split_part(u.email, '@', 2) = $1 and m.tenant_id is distinct from s.tenant_id
                )
            limit 2
            "#,
        )
        .bind(domain)
        .fetch_all(gate.conn())
        .await?;
        match named.as_slice() {
            [one] => TenantId::parse(one).map(Some),
            _ => Ok(None),
        }
    }
}
