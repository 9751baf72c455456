//! Proof that the portal chose a tenant, and not a statement that somebody smuggled in.

use chrono::Utc;
use hmac::{Hmac, KeyInit, Mac};
use sha2::Sha256;
use sqlx::{Connection as _, PgConnection};

use crate::secret::{Secret, hex};

/// For how long a transaction may begin with a proof, in seconds: the time it takes to get there,
/// and how far the clocks of two machines may be apart. A transaction that has begun keeps it.
const STANDS: i64 = 300;

/// The bytes of a block of SHA-256, which a key has that needs no hashing first.
const BLOCK: usize = 64;

/// Binds transactions to tenants, with proofs that the database checks: HMAC-SHA-256 (RFC 2104)
/// over the tenant and an end, by a key that no hat can read. `Debug` is silent.
#[derive(Clone)]
pub struct Binding {
    key: [u8; BLOCK],
}

impl std::fmt::Debug for Binding {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Binding(…)")
    }
}

impl Binding {
    /// With the key that is derived from the installation's secret.
    pub fn of(secret: &Secret) -> Self {
        let digits = secret.derive("the proof of a tenant");
        let mut key = [0; BLOCK];
        key.copy_from_slice(digits.as_bytes());
        Self { key }
    }

    /// The proof of `tenant` for transactions that begin before `end`, in seconds since 1970.
    pub fn prove(&self, tenant: &str, end: i64) -> String {
        let mut mac = Hmac::<Sha256>::new_from_slice(&self.key)
            .unwrap_or_else(|_| unreachable!("HMAC takes a key of any length"));
        mac.update(format!("{tenant}.{end}").as_bytes());
        format!("{end}.{}", hex(&mac.finalize().into_bytes()))
    }

    /// A proof that can be used now. By the system's clock and no other: the database checks it
    /// by its own.
    pub fn prove_now(&self, tenant: &str) -> String {
        self.prove(tenant, Utc::now().timestamp() + STANDS)
    }

    /// Binds the transaction that `connection` is in, as its first statement. Whether the database
    /// knows the key is seen by the next one.
    ///
    /// # Errors
    /// When the database refuses.
    pub async fn bind(
        &self,
        connection: &mut PgConnection,
        tenant: &str,
    ) -> Result<(), sqlx::Error> {
        sqlx::query("select app.bind_tenant($1, $2)")
            .bind(tenant)
            .bind(self.prove_now(tenant))
            .execute(connection)
            .await?;
        Ok(())
    }

    /// Gives the database the key, as the owner of the schema.
    pub(super) async fn hand_over(&self, owner: &mut PgConnection) -> Result<(), sqlx::Error> {
        let pad = |with: u8| self.key.map(|byte| byte ^ with);
        sqlx::query(
            r#"
            insert into app.binding_key (inner_pad, outer_pad)
            values ($1, $2)
            on conflict (only_one)
            do update set inner_pad = excluded.inner_pad, outer_pad = excluded.outer_pad
            where binding_key is distinct from excluded
            "#,
        )
        .bind(pad(0x36))
        .bind(pad(0x5c))
        .execute(owner)
        .await?;
        Ok(())
    }

    /// True where the database has this key: asked as the tenant hat.
    pub(super) async fn is_known_to(&self, tenant_hat: &mut PgConnection) -> bool {
        // No department: only whether the proof is taken is asked.
        let taken = async {
            let mut tx = tenant_hat.begin().await?;
            self.bind(&mut tx, "nobody").await?;
            sqlx::query("select app.require_tenant()")
                .execute(&mut *tx)
                .await?;
            tx.rollback().await
        };
        taken.await.is_ok()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// By `printf %s alder.1774958400 | openssl dgst -sha256 -hmac KEY`.
    #[test]
    fn a_proof_is_the_end_and_an_hmac_of_tenant_and_end() {
        let binding = Binding {
            key: *b"0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef",
        };
        assert_eq!(
            binding.prove("alder", 1_774_958_400),
            "1774958400.f55d6f3028f0fd12a9ca31c109cd3f0a7bc0eb3d20db16360981853f226c8c7e"
        );
    }

    #[test]
    fn another_tenant_another_end_or_another_secret_is_another_proof() {
        let binding = |secret| Binding::of(&Secret::new(secret));
        let proof = binding("one secret").prove("alder", 1);
        assert_ne!(proof, binding("one secret").prove("birch", 1));
        assert_ne!(proof, binding("one secret").prove("alder", 2));
        assert_ne!(proof, binding("another").prove("alder", 1));
        assert_eq!(format!("{:?}", binding("one secret")), "Binding(…)");
    }
}
