//! The versions of a department's parameters. None is ever overwritten.

use sqlx::types::Json;

use super::settings::{FIELDS, Settings};
use crate::{Error, Result, audit, clock::Now, tenancy::TenantTx};

/// Parameters as they were set once.
#[derive(Clone, Debug, PartialEq)]
pub struct Version {
    /// Its number; 0 are the documented defaults.
    pub version: i32,
    /// The parameters.
    pub settings: Settings,
    /// When they were set, and by whom; nobody set the defaults.
    pub set: Option<(Now, String)>,
}

impl Version {
    /// The documented defaults.
    fn defaults() -> Self {
        Self {
            version: 0,
            settings: Settings::default(),
            set: None,
        }
    }

    /// In what it differs from `before`, in words: `Members 100 → 300`.
    pub fn changes(&self, before: &Settings) -> Vec<String> {
        FIELDS
            .iter()
            .filter_map(|field| {
                let (old, new) = (before.typed(field.name), self.settings.typed(field.name));
                (old != new).then(|| format!("{} {old} \u{2192} {new}", field.label))
            })
            .collect()
    }
}

/// All versions, the latest first; the last are the defaults.
pub async fn versions(tx: &mut TenantTx) -> Result<Vec<Version>> {
    let (tenant, connection) = tx.parts();
    let rows: Vec<(i32, Json<Settings>, Now, String)> = sqlx::query_as(
        r#"
        select version, settings, created_at, created_by
        from model_settings
        where tenant_id = $1
        order by version desc
        "#,
    )
    .bind(tenant)
    .fetch_all(connection)
    .await?;
    let version = |(version, Json(settings), at, by)| Version {
        version,
        settings,
        set: Some((at, by)),
    };
    let rows = rows.into_iter().map(version);
    Ok(rows.chain([Version::defaults()]).collect())
}

/// Keeps `settings` as the version that the next run uses, and gives its number; none where
/// they are those in use already.
///
/// # Errors
/// [`Error::Invalid`] for a parameter that cannot be so, and [`Error::Conflict`] where somebody
/// else set parameters at the same moment.
pub async fn save(
    tx: &mut TenantTx,
    settings: Settings,
    by: &str,
    now: Now,
) -> Result<Option<i32>> {
    let settings = settings.validate()?;
    let known = versions(tx).await?;
    let before = known.first().cloned().unwrap_or_else(Version::defaults);
    if before.settings == settings {
        return Ok(None);
    }
    let next = Version {
        version: before.version + 1,
        settings,
        set: Some((now, by.to_owned())),
    };
    let (tenant, connection) = tx.parts();
    let kept = sqlx::query(
        r#"
        insert into model_settings (tenant_id, version, settings, created_at, created_by)
        values ($1, $2, $3, $4, $5)
        on conflict do nothing
        "#,
    )
    .bind(tenant)
    .bind(next.version)
    .bind(Json(&next.settings))
    .bind(now)
    .bind(by)
    .execute(connection)
    .await?;
    if kept.rows_affected() == 0 {
        return Err(Error::Conflict(
            "somebody else set parameters at the same moment; look at theirs, and save yours again"
                .into(),
        ));
    }
    let changes = next.changes(&before.settings).join(", ");
    let subject = format!("model parameters, version {}: {changes}", next.version);
    audit::record_own(tx, now, by, "settings.changed", &subject).await?;
    Ok(Some(next.version))
}
