//! How a department's people sign on, as its leads write it down.

use super::Keeper;
use crate::{Error, Result, access::user::check_email, audit, clock::Now, tenancy::TenantTx};

/// What a department has written down. Its client secret is not in it: leads write that one and
/// read it never again.
#[derive(Clone, Debug, Default, PartialEq, Eq, sqlx::FromRow)]
pub struct Settings {
    /// The provider.
    pub issuer: String,
    /// As what the portal is registered there.
    pub client_id: String,
    /// Of whose addresses people may come in; lower case.
    pub domains: Vec<String>,
    /// The claim that says who leads, and the value by which it does.
    #[sqlx(flatten)]
    pub role: Role,
    /// Whether anybody signs on so just now.
    pub enabled: bool,
}

/// By what the provider says who leads.
#[derive(Clone, Debug, Default, PartialEq, Eq, sqlx::FromRow)]
pub struct Role {
    /// The claim; none where the provider says nothing of it.
    pub role_claim: Option<String>,
    /// The value of a lead.
    pub lead_value: Option<String>,
}

/// The most domains of a department.
const MOST_DOMAINS: usize = 20;

impl Settings {
    /// The domains in a list that somebody typed.
    ///
    /// # Errors
    /// Names what is no domain.
    pub fn domains(typed: &str) -> Result<Vec<String>> {
        let mut domains: Vec<String> = typed
            .split(|c: char| c == ',' || c.is_whitespace())
            .map(|domain| domain.trim_start_matches('@').to_lowercase())
            .filter(|domain| !domain.is_empty())
            .collect();
        domains.sort();
        domains.dedup();
        if let Some(bad) = domains
            .iter()
            .find(|domain| check_email(&format!("a@{domain}")).is_err())
        {
            return Err(Error::Invalid(format!(
                "a domain is what comes after the @, such as alder.example; {bad} is none"
            )));
        }
        if domains.is_empty() || domains.len() > MOST_DOMAINS {
            return Err(Error::Invalid(format!(
                "name the domains of your people's e-mail addresses, {MOST_DOMAINS} at most"
            )));
        }
        Ok(domains)
    }

    /// In words, for the record.
    fn recorded(&self, secret: bool, forgets: bool) -> String {
        let on = if self.enabled { "on" } else { "off" };
        let role = match (&self.role.role_claim, &self.role.lead_value) {
            (Some(claim), Some(value)) => format!("; {claim} = {value} leads"),
            _ => String::new(),
        };
        let secret = if secret { "; a new secret" } else { "" };
        let forgets = if forgets {
            "; who was linked is forgotten"
        } else {
            ""
        };
        format!(
            "{on}; issuer {}; client {}; domains {}{role}{secret}{forgets}",
            self.issuer,
            self.client_id,
            self.domains.join(", ")
        )
    }
}

/// What the department has written down, if anything.
///
/// # Errors
/// When the database refuses.
pub async fn of(tx: &mut TenantTx) -> Result<Option<Settings>> {
    let (tenant, connection) = tx.parts();
    Ok(sqlx::query_as(
        r#"
        select issuer, client_id, domains, role_claim, lead_value, enabled
        from sign_ons
        where tenant_id = $1
        "#,
    )
    .bind(tenant)
    .fetch_optional(connection)
    .await?)
}

/// Whether the secret has to be typed with these settings: it is sent to nobody for whom it was not
/// typed.
pub fn needs_secret(before: Option<&Settings>, settings: &Settings) -> bool {
    before.is_none_or(|before| {
        (&before.issuer, &before.client_id) != (&settings.issuer, &settings.client_id)
    })
}

/// Writes the settings down, with a new secret where one was typed, and with the audit line. Who was
/// linked to another provider, or as another client, is forgotten; and otherwise where that is asked
/// for.
///
/// # Errors
/// When a secret is needed and none was typed, or the database refuses.
pub async fn save(
    tx: &mut TenantTx,
    keeper: &Keeper,
    settings: &Settings,
    secret: Option<&str>,
    forget: bool,
    by: &str,
    now: Now,
) -> Result<()> {
    // Held until this is done: the secret goes with the issuer for which it was typed.
    let (tenant, connection) = tx.parts();
    sqlx::query("select from sign_ons where tenant_id = $1 for update")
        .bind(tenant)
        .execute(connection)
        .await?;
    let before = of(tx).await?;
    let another = needs_secret(before.as_ref(), settings);
    if another && secret.is_none() {
        return Err(Error::Invalid(
            "type the client secret: it is kept for one issuer and one client alone".into(),
        ));
    }
    let sealed = match secret {
        Some(secret) => Some(keeper.seal(tx.tenant(), secret)?),
        None => None,
    };
    // Two statements, since a department may not read what it leaves as it is.
    let sql = match (&before, &sealed) {
        (None, _) => {
            r#"
            insert into sign_ons (
                tenant_id, issuer, client_id, domains, role_claim, lead_value, enabled, changed_at,
                changed_by, sealed_secret
            )
            values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)
            "#
        }
        (Some(_), Some(_)) => {
            r#"
            update sign_ons
            set issuer = $2, client_id = $3, domains = $4, role_claim = $5, lead_value = $6, enabled = $7,
                changed_at = $8, changed_by = $9, sealed_secret = $10
            where tenant_id = $1
            "#
        }
        (Some(_), None) => {
            r#"
            update sign_ons
            set issuer = $2, client_id = $3, domains = $4, role_claim = $5, lead_value = $6, enabled = $7,
                changed_at = $8, changed_by = $9
            where tenant_id = $1
            "#
        }
    };
    let (tenant, connection) = tx.parts();
    let query = sqlx::query(sql)
        .bind(tenant)
        .bind(&settings.issuer)
        .bind(&settings.client_id)
        .bind(&settings.domains)
        .bind(&settings.role.role_claim)
        .bind(&settings.role.lead_value)
        .bind(settings.enabled)
        .bind(now)
        .bind(by);
    let new_secret = sealed.is_some();
    match sealed {
        Some(sealed) => query.bind(sealed),
        None => query,
    }
    .execute(&mut *connection)
    .await?;
    let forgets = before.is_some() && (another || forget);
    if forgets {
        sqlx::query("delete from sign_on_links where tenant_id = $1")
            .bind(tenant)
            .execute(connection)
            .await?;
    }
    let subject = settings.recorded(new_secret, forgets);
    audit::record_own(tx, now, by, "sign_on.changed", &subject).await
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn domains_are_read_as_people_type_them() -> Result<()> {
        let read = Settings::domains(" @Alder.example,\nhealth.alder.example  alder.example ")?;
        assert_eq!(read, ["alder.example", "health.alder.example"]);
        for bad in [
            "",
            " , ",
            "alder",
            "a@b.example",
            "alder.example;",
            "*.example.",
        ] {
            assert!(Settings::domains(bad).is_err(), "{bad:?}");
        }
        let many: Vec<String> = (0..21).map(|number| format!("d{number}.example")).collect();
        assert!(Settings::domains(&many.join(" ")).is_err());
        Ok(())
    }
}
