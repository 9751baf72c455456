//! The second factor: an authenticator app's codes (TOTP, RFC 6238), and recovery codes for whoever
//! has lost it.

use ring::aead::{Aad, CHACHA20_POLY1305, LessSafeKey, NONCE_LEN, Nonce, UnboundKey};
use totp_rs::{Builder, Totp};
use uuid::Uuid;

use crate::{
    Error, Result,
    clock::Now,
    database::{Gate, GateTx},
    secret::{Secret, hex, random_bytes, sha256, unhex},
};

/// How many recovery codes somebody has.
const RECOVERY_CODES: usize = 10;

/// Seals what nobody else may read or change, such as authenticator secrets, so that a copy of the
/// database makes no codes: ChaCha20-Poly1305 (RFC 8439), bound to the person. `Debug` is silent.
#[derive(Clone)]
pub struct Seal([u8; 32]);

impl std::fmt::Debug for Seal {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Seal(…)")
    }
}

impl Seal {
    /// The installation's.
    pub fn of(secret: &Secret) -> Self {
        Self::for_purpose(secret, "the seal of authenticator secrets")
    }

    /// Another of the installation's, for secrets of another kind.
    pub(super) fn for_purpose(secret: &Secret, purpose: &str) -> Self {
        Self(secret.derive_bytes(purpose))
    }

    fn key(&self) -> Result<LessSafeKey> {
        UnboundKey::new(&CHACHA20_POLY1305, &self.0)
            .map(LessSafeKey::new)
            .map_err(|error| Error::internal(error.to_string()))
    }

    pub(super) fn close(&self, person: Uuid, secret: &[u8]) -> Result<Vec<u8>> {
        self.close_for(person.as_bytes(), secret)
    }

    pub(super) fn open(&self, person: Uuid, sealed: &[u8]) -> Result<Vec<u8>> {
        self.open_for(person.as_bytes(), sealed)
    }

    /// Seals a secret, to be opened for the same owner alone.
    pub(super) fn close_for(&self, owner: &[u8], secret: &[u8]) -> Result<Vec<u8>> {
        let nonce = random_bytes::<NONCE_LEN>()?;
        let mut sealed = secret.to_vec();
        self.key()?
            .seal_in_place_append_tag(
                Nonce::assume_unique_for_key(nonce),
                Aad::from(owner),
                &mut sealed,
            )
            .map_err(|error| Error::internal(error.to_string()))?;
        Ok([&nonce[..], &sealed].concat())
    }

    /// What was sealed for this owner.
    pub(super) fn open_for(&self, owner: &[u8], sealed: &[u8]) -> Result<Vec<u8>> {
        let refused = || Error::internal("a secret that was not sealed here");
        let (nonce, sealed) = sealed.split_at_checked(NONCE_LEN).ok_or_else(refused)?;
        let nonce = Nonce::try_assume_unique_for_key(nonce).map_err(|_| refused())?;
        let mut opened = sealed.to_vec();
        let length = self
            .key()?
            .open_in_place(nonce, Aad::from(owner), &mut opened)
            .map_err(|_| refused())?
            .len();
        opened.truncate(length);
        Ok(opened)
    }
}

/// A secret that is offered to an authenticator app, before the app has shown that it has it.
pub struct Offer {
    /// For whoever types: base32.
    pub typed: String,
    /// For a camera: an `otpauth` address.
    pub address: String,
    /// Sealed, in hexadecimal: the form brings it back, and nothing is stored until it works.
    pub sealed: String,
}

impl Offer {
    /// A new secret for this person.
    ///
    /// # Errors
    /// When the operating system gives no randomness.
    pub fn new(seal: &Seal, person: Uuid, email: &str) -> Result<Self> {
        let secret = random_bytes::<20>()?;
        Self::of(&secret, &seal.close(person, &secret)?, email)
    }

    /// The same once more, for a form that comes back.
    ///
    /// # Errors
    /// When it was not offered to this person here.
    pub fn again(seal: &Seal, person: Uuid, email: &str, sealed: &str) -> Result<Self> {
        let bytes = offered(sealed)?;
        let secret = seal.open(person, &bytes).map_err(|_| not_offered())?;
        Self::of(&secret, &bytes, email)
    }

    fn of(secret: &[u8], sealed: &[u8], email: &str) -> Result<Self> {
        let typed = totp(secret)?.secret().to_base32();
        let account: String = form_urlencoded::byte_serialize(email.as_bytes()).collect();
        Ok(Self {
            address: format!("otpauth://totp/Cordon:{account}?secret={typed}&issuer=Cordon"),
            sealed: hex(sealed),
            typed,
        })
    }
}

fn not_offered() -> Error {
    Error::Invalid("this secret was not offered here; open the page again".into())
}

fn offered(sealed: &str) -> Result<Vec<u8>> {
    unhex(sealed).ok_or_else(not_offered)
}

fn totp(secret: &[u8]) -> Result<Totp> {
    Builder::new()
        .with_secret(secret.to_vec())
        .build()
        .map_err(|error| Error::internal(error.to_string()))
}

/// The step whose code this is, if it is one of now, of the step before or of the one after.
fn step_of(secret: &[u8], code: &str, now: Now) -> Result<Option<i64>> {
    let digits: String = code.chars().filter(|c| !c.is_whitespace()).collect();
    let seconds = u64::try_from(now.timestamp()).unwrap_or_default();
    let step = totp(secret)?.check(&digits, seconds);
    Ok(step.and_then(|step| i64::try_from(step).ok()))
}

/// The code that an app with this secret, as it is typed, shows at a moment.
///
/// # Errors
/// When the text is no secret.
pub fn code_at(typed: &str, now: Now) -> Result<String> {
    let secret = totp_rs::Secret::try_from_base32(typed)
        .map_err(|_| Error::Invalid("that is no authenticator secret".into()))?;
    let seconds = u64::try_from(now.timestamp()).unwrap_or_default();
    Ok(totp(secret.as_ref())?.generate(seconds).to_string())
}

/// Adds the offered secret, or puts it in place of the one before, once the app has shown that it
/// has it. The audit line is the caller's.
///
/// # Errors
/// When the code is not the app's, or nothing was offered.
pub async fn add(
    tx: &mut GateTx,
    seal: &Seal,
    person: Uuid,
    sealed: &str,
    code: &str,
    now: Now,
) -> Result<()> {
    let sealed = offered(sealed)?;
    let secret = seal.open(person, &sealed).map_err(|_| not_offered())?;
    let step = step_of(&secret, code, now)?.ok_or_else(wrong_code)?;
    sqlx::query(
        r#"
        insert into totp_secrets (user_id, sealed, created_at, last_step)
        values ($1, $2, $3, $4)
        on conflict (user_id)
        do update set sealed = excluded.sealed, created_at = excluded.created_at,
            last_step = excluded.last_step
        "#,
    )
    .bind(person)
    .bind(sealed)
    .bind(now)
    .bind(step)
    .execute(tx.conn())
    .await?;
    Ok(())
}

/// What is said of a code that is not the app's.
pub fn wrong_code() -> Error {
    Error::Invalid(
        "that is not the code the app shows now, or it was used already; wait for the next one and \
         type all six digits"
            .into(),
    )
}

/// Takes the authenticator app away, and where there is no passkey either, the recovery codes. The
/// audit line is the caller's.
///
/// # Errors
/// When the database refuses.
pub async fn remove(tx: &mut GateTx, person: Uuid) -> Result<()> {
    for sql in [
        "delete from totp_secrets where user_id = $1",
        r#"
        delete from recovery_codes c
        where c.user_id = $1 and not exists (select from passkeys p where p.user_id = c.user_id)
        "#,
    ] {
        sqlx::query(sql).bind(person).execute(tx.conn()).await?;
    }
    Ok(())
}

/// Takes every second factor away: app, passkeys and recovery codes. The audit line is the caller's.
///
/// # Errors
/// When the database refuses.
pub async fn remove_all(tx: &mut GateTx, person: Uuid) -> Result<()> {
    sqlx::query("delete from passkeys where user_id = $1")
        .bind(person)
        .execute(tx.conn())
        .await?;
    remove(tx, person).await
}

/// How a second factor was shown.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Shown {
    /// By a passkey.
    Passkey,
    /// By a code of the app.
    Code,
    /// By a recovery code, of which so many are left.
    RecoveryCode {
        /// Unused ones.
        left: i64,
    },
}

/// Takes a code of the app, or a recovery code: each once.
///
/// # Errors
/// When the database refuses. A wrong code is none.
pub async fn take(
    gate: &mut Gate,
    seal: &Seal,
    person: Uuid,
    code: &str,
    now: Now,
) -> Result<Option<Shown>> {
    let sealed: Option<Vec<u8>> =
        sqlx::query_scalar("select sealed from totp_secrets where user_id = $1")
            .bind(person)
            .fetch_optional(gate.conn())
            .await?;
    let step = match sealed {
        // Sealed with another secret, it shows nothing; a recovery code still does.
        Some(sealed) => match seal.open(person, &sealed) {
            Ok(secret) => step_of(&secret, code, now)?,
            Err(_) => {
                tracing::warn!(%person, "an authenticator secret cannot be opened: was CORDON_SECRET changed?");
                None
            }
        },
        None => None,
    };
    if let Some(step) = step {
        let taken = sqlx::query(
            "update totp_secrets set last_step = $2 where user_id = $1 and last_step < $2",
        )
        .bind(person)
        .bind(step)
        .execute(gate.conn())
        .await?;
        return Ok((taken.rows_affected() == 1).then_some(Shown::Code));
    }
    let used = sqlx::query(
        r#"
        update recovery_codes set used_at = $3
        where user_id = $1 and code_hash = $2 and used_at is null
        "#,
    )
    .bind(person)
    .bind(recovery_hash(code))
    .bind(now)
    .execute(gate.conn())
    .await?;
    if used.rows_affected() == 0 {
        return Ok(None);
    }
    Ok(Some(Shown::RecoveryCode {
        left: standing(gate, person).await?.recovery_codes,
    }))
}

fn recovery_hash(code: &str) -> [u8; 32] {
    let plain: String = code
        .chars()
        .filter(char::is_ascii_alphanumeric)
        .map(|c| c.to_ascii_lowercase())
        .collect();
    sha256(plain.as_bytes())
}

/// New recovery codes in place of those before, to be shown once. The audit line is the caller's.
///
/// # Errors
/// When the operating system gives no randomness.
pub async fn new_recovery_codes(tx: &mut GateTx, person: Uuid, now: Now) -> Result<Vec<String>> {
    sqlx::query("delete from recovery_codes where user_id = $1")
        .bind(person)
        .execute(tx.conn())
        .await?;
    let mut codes = Vec::new();
    for _ in 0..RECOVERY_CODES {
        // 80 bits, four digits at a time.
        let digits = hex(&random_bytes::<10>()?);
        let parts: Vec<&str> = (0..5).map(|part| &digits[4 * part..4 * part + 4]).collect();
        codes.push(parts.join("-"));
    }
    let hashes: Vec<Vec<u8>> = codes
        .iter()
        .map(|code| recovery_hash(code).to_vec())
        .collect();
    sqlx::query(
        r#"
        insert into recovery_codes (user_id, code_hash, created_at)
        select $1, code_hash, $3 from unnest($2::bytea[]) code_hash
        "#,
    )
    .bind(person)
    .bind(hashes)
    .bind(now)
    .execute(tx.conn())
    .await?;
    Ok(codes)
}

/// What somebody has.
#[derive(Clone, Copy, Debug, PartialEq, Eq, sqlx::FromRow)]
pub struct Standing {
    /// Since when their app is known.
    pub since: Option<Now>,
    /// Passkeys.
    pub passkeys: i64,
    /// Recovery codes that were not used yet.
    pub recovery_codes: i64,
}

/// What somebody has.
///
/// # Errors
/// When the database refuses.
pub async fn standing(gate: &mut Gate, person: Uuid) -> Result<Standing> {
    Ok(sqlx::query_as(
        r#"
        select
            (select created_at from totp_secrets where user_id = $1) as since,
            (select count(*) from passkeys where user_id = $1) as passkeys,
            (select count(*) from recovery_codes where user_id = $1 and used_at is null) as recovery_codes
        "#,
    )
    .bind(person)
    .fetch_one(gate.conn())
    .await?)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// RFC 6238, appendix B, for SHA-1, with the six last digits of the eight.
    #[test]
    fn codes_are_those_of_the_rfc() -> Result<()> {
        for (seconds, code) in [
            (59, "287082"),
            (1_111_111_109, "081804"),
            (1_234_567_890, "005924"),
            (20_000_000_000, "353130"),
        ] {
            let now = Now::from_timestamp(seconds, 0).unwrap_or_default();
            let step = step_of(b"12345678901234567890", code, now)?;
            assert_eq!(step, Some(seconds / 30));
            let typed = totp_rs::Secret::from(b"12345678901234567890".to_vec()).to_base32();
            assert_eq!(code_at(&typed, now)?, code);
        }
        Ok(())
    }

    #[test]
    fn a_code_is_taken_a_step_early_or_late_and_no_more() -> Result<()> {
        let secret = b"12345678901234567890";
        let at = |seconds| Now::from_timestamp(seconds, 0).unwrap_or_default();
        for (seconds, good) in [
            (29, true),
            (30, true),
            (89, true),
            (90, false),
            (150, false),
        ] {
            assert_eq!(
                step_of(secret, "287 082", at(seconds))?.is_some(),
                good,
                "{seconds}"
            );
        }
        for wrong in ["", "28708", "2870820", "abcdef", "٢٨٧٠٨٢"] {
            assert_eq!(step_of(secret, wrong, at(59))?, None, "{wrong}");
        }
        Ok(())
    }

    #[test]
    fn a_sealed_secret_opens_for_its_person_and_as_it_is() -> Result<()> {
        let seal = Seal::of(&Secret::new("a secret of the test"));
        let (eli, ana) = (Uuid::from_u128(1), Uuid::from_u128(2));
        let sealed = seal.close(eli, b"shared")?;
        assert_eq!(seal.open(eli, &sealed)?, b"shared");
        assert!(seal.open(ana, &sealed).is_err());
        for changed in [&sealed[1..], &sealed[..sealed.len() - 1], &[][..]] {
            assert!(seal.open(eli, changed).is_err());
        }
        assert_ne!(sealed, seal.close(eli, b"shared")?, "the same nonce twice");
        let other = Seal::of(&Secret::new("another secret of the test"));
        assert!(other.open(eli, &sealed).is_err());
        Ok(())
    }
}
