//! Keys for a department's programs.
//!
//! A key is `cordon_`, 32 random bytes in base 62, and a checksum of both, also in base 62:
//! a scanner for leaked secrets can tell one from a look-alike without asking us. Stored are
//! its SHA-256 and its prefix.

use std::fmt;

use uuid::Uuid;

use crate::{
    Error, Result, audit,
    clock::Now,
    database::{Gate, RegistrarTx},
    secret::{random_bytes, sha256},
    tenancy::{Tenant, TenantId},
};

const BRAND: &str = "cordon_";
/// 43 digits of base 62 hold 256 bits; 6 hold the 32 bits of a checksum.
const RANDOM_DIGITS: usize = 43;
const CHECKSUM_DIGITS: usize = 6;
const DIGITS: &[u8; 62] = b"0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";
/// How much of a key stays visible, to tell it from the others: 48 random bits.
const PREFIX: usize = BRAND.len() + 8;

/// A new API key in the clear. Only its hash is stored.
pub struct ApiKey(String);

impl fmt::Debug for ApiKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "ApiKey({}…)", self.prefix())
    }
}

impl ApiKey {
    /// A key that nobody has seen, from the operating system's randomness.
    ///
    /// # Errors
    /// When the operating system has none to give.
    pub fn generate() -> Result<Self> {
        let random = base62::<RANDOM_DIGITS>(&random_bytes::<32>()?);
        let body = format!("{BRAND}{random}");
        let checksum = checksum(&body);
        Ok(Self(body + &checksum))
    }

    /// A key that somebody sent, if its form and checksum are right. Whether it opens
    /// anything is for the database to say.
    pub fn parse(text: &str) -> Option<Self> {
        let whole = text.len() == BRAND.len() + RANDOM_DIGITS + CHECKSUM_DIGITS;
        if !whole || !text.starts_with(BRAND) || !text.is_ascii() {
            return None;
        }
        let (body, sum) = text.split_at(text.len() - CHECKSUM_DIGITS);
        (checksum(body) == sum).then(|| Self(text.to_owned()))
    }

    /// What may be shown of it afterwards.
    pub fn prefix(&self) -> &str {
        &self.0[..PREFIX]
    }

    /// What is stored of it.
    pub fn hash(&self) -> [u8; 32] {
        sha256(self.0.as_bytes())
    }

    /// Gives the key up to be shown. Consuming it is what makes "once" true.
    pub fn reveal(self) -> String {
        self.0
    }
}

/// The first 32 bits of SHA-256, in base 62.
fn checksum(body: &str) -> String {
    base62::<CHECKSUM_DIGITS>(&sha256(body.as_bytes())[..4])
}

/// A big-endian number in base 62, with leading zeros.
fn base62<const N: usize>(number: &[u8]) -> String {
    let mut digits = [0u8; N];
    for byte in number {
        let mut carry = u32::from(*byte);
        for digit in digits.iter_mut().rev() {
            carry += u32::from(*digit) << 8;
            *digit = (carry % 62) as u8;
            carry /= 62;
        }
    }
    digits
        .iter()
        .map(|digit| char::from(DIGITS[usize::from(*digit)]))
        .collect()
}

/// What staff see of a key.
#[derive(Clone, Debug, sqlx::FromRow)]
pub struct KeyCard {
    /// Its id.
    pub key_id: Uuid,
    /// What it is for.
    pub name: String,
    /// How it begins.
    pub prefix: String,
    /// When it was issued.
    pub created_at: Now,
    /// When it was last used, if it ever was.
    pub last_used_at: Option<Now>,
    /// When it was revoked, if it was.
    pub revoked_at: Option<Now>,
}

/// Issues a key under an id that the form chose, so that sending the form twice issues one.
/// `None`: this id's key was issued before, and cannot be shown again.
///
/// # Errors
/// When there is no such department or the name is too long.
pub async fn issue(
    tx: &mut RegistrarTx,
    tenant: &TenantId,
    key_id: Uuid,
    name: &str,
    issued_by: &str,
    now: Now,
) -> Result<Option<ApiKey>> {
    let key = ApiKey::generate()?;
    let new = sqlx::query(
        r#"
        insert into api_keys (tenant_id, key_id, name, prefix, key_hash, created_at)
        values ($1, $2, $3, $4, $5, $6)
        on conflict (tenant_id, key_id) do nothing
        "#,
    )
    .bind(tenant.as_str())
    .bind(key_id)
    .bind(name.trim())
    .bind(key.prefix())
    .bind(key.hash())
    .bind(now)
    .execute(tx.conn())
    .await?
    .rows_affected();
    if new == 0 {
        return Ok(None);
    }
    audit::record(tx, tenant, now, issued_by, "api_key.issued", key.prefix()).await?;
    Ok(Some(key))
}

/// Revokes a key. Its row stays, for the record.
///
/// # Errors
/// When there is no such key in this department, or it is revoked already.
pub async fn revoke(
    tx: &mut RegistrarTx,
    tenant: &TenantId,
    key_id: Uuid,
    revoked_by: &str,
    now: Now,
) -> Result<()> {
    let prefix: Option<String> = sqlx::query_scalar(
        r#"
        update api_keys
        set revoked_at = $3
        where tenant_id = $1 and key_id = $2 and revoked_at is null
        returning prefix
        "#,
    )
    .bind(tenant.as_str())
    .bind(key_id)
    .bind(now)
    .fetch_optional(tx.conn())
    .await?;
    let prefix = prefix.ok_or(Error::NotFound("key in use"))?;
    audit::record(tx, tenant, now, revoked_by, "api_key.revoked", &prefix).await
}

/// The department a key opens, if it does; it is noted that the key was used.
pub async fn open(gate: &mut Gate, key: &ApiKey, now: Now) -> Result<Option<Tenant>> {
    let opened: Option<(String, Uuid, String, bool, Option<Now>)> = sqlx::query_as(
        r#"
        select t.tenant_id, k.key_id, t.name, t.simulated, k.last_used_at
        from api_keys k
        join tenants t on t.tenant_id = k.tenant_id
        where k.key_hash = $1 and k.revoked_at is null and (k.expires_at is null or k.expires_at > $2)
        "#,
    )
    .bind(key.hash())
    .bind(now)
    .fetch_optional(gate.conn())
    .await?;
    let Some((tenant, key_id, name, simulated, last_used_at)) = opened else {
        return Ok(None);
    };
    // To the minute is enough, and spares a busy script's requests a write each.
    if last_used_at.is_none_or(|used| now - used > chrono::TimeDelta::minutes(1)) {
        sqlx::query("update api_keys set last_used_at = $3 where tenant_id = $1 and key_id = $2")
            .bind(&tenant)
            .bind(key_id)
            .bind(now)
            .execute(gate.conn())
            .await?;
    }
    Ok(Some(Tenant {
        id: TenantId::parse(&tenant)?,
        name,
        simulated,
    }))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_key_is_recognised_by_its_checksum() -> Result<()> {
        let key = ApiKey::generate()?.reveal();
        assert_eq!(key.len(), 56);
        assert!(ApiKey::parse(&key).is_some());
        for place in BRAND.len()..key.len() {
            let mut near_miss = key.clone().into_bytes();
            near_miss[place] = if near_miss[place] == b'x' { b'y' } else { b'x' };
            let near_miss = String::from_utf8(near_miss).map_err(Error::internal)?;
            assert!(
                ApiKey::parse(&near_miss).is_none(),
                "digit {place} does not count"
            );
        }
        Ok(())
    }

    #[test]
    fn what_is_no_key_is_none() {
        for text in [
            "",
            "cordon_",
            "cordon_é",
            &"x".repeat(56),
            &format!("{BRAND}{}", "é".repeat(24)),
        ] {
            assert!(ApiKey::parse(text).is_none(), "{text}");
        }
    }

    #[test]
    fn a_key_does_not_show_itself() -> Result<()> {
        let key = ApiKey::generate()?;
        let shown = format!("{key:?}");
        let whole = key.reveal();
        assert!(!shown.contains(&whole[PREFIX..]) && shown.contains(&whole[..PREFIX]));
        Ok(())
    }

    #[test]
    fn base_62_counts_like_any_other_base() {
        assert_eq!(base62::<3>(&[0]), "000");
        assert_eq!(base62::<3>(&[61]), "00z");
        assert_eq!(base62::<3>(&[62]), "010");
        assert_eq!(base62::<3>(&[1, 0]), "048");
    }
}
