//! Passkeys: a device or a security key signs instead of a password, and asks its owner who they
//! are before (WebAuthn level 3, user verification required). They work on this host alone, so
//! nobody can be talked into giving one away to another.

mod stored;

use std::sync::Arc;

use chrono::TimeDelta;
use serde::{Deserialize, Serialize};
use url::Url;
use uuid::Uuid;
use webauthn_rs::prelude::{
    AuthenticationResult, Credential, DiscoverableAuthentication, Passkey, PasskeyAuthentication,
    PasskeyRegistration, PublicKeyCredential, RegisterPublicKeyCredential, Webauthn,
    WebauthnBuilder, WebauthnError,
};
use webauthn_rs_proto::ResidentKeyRequirement;

pub use self::stored::{Known, known, remove};
use self::stored::{by_credential, insert, of_person, update};
use super::second_factor::Seal;
use crate::{
    Error, Result,
    clock::Now,
    database::{Gate, GateTx},
    secret::{Secret, hex, sha256, unhex},
};

/// How long a challenge may be answered.
const ANSWERED_WITHIN: TimeDelta = TimeDelta::minutes(10);

/// The most passkeys that somebody has.
const MOST: usize = 20;

/// What is asked of a browser, and what the form brings back beside its answer.
pub struct Ceremony {
    /// For the browser, as JSON.
    pub options: String,
    /// What was asked, sealed: nothing is stored of a question that nobody may answer.
    pub sealed: String,
}

/// What was asked, and until when it may be answered.
#[derive(Serialize, Deserialize)]
struct Asked {
    ends_at: Now,
    what: What,
}

#[derive(Serialize, Deserialize)]
enum What {
    /// A new passkey.
    New(PasskeyRegistration),
    /// Any passkey that was made here.
    Any(DiscoverableAuthentication),
    /// One of a person's.
    Own(PasskeyAuthentication),
}

/// The portal as browsers and authenticators know it.
#[derive(Clone)]
pub struct Passkeys {
    // None where the portal's address is no name: browsers make passkeys for names alone.
    party: Option<Arc<Webauthn>>,
    seal: Seal,
}

impl Passkeys {
    /// For the portal that browsers find at `origin`.
    pub fn of(origin: &str, secret: &Secret) -> Self {
        let party = Url::parse(origin).ok().and_then(|origin| {
            let name = origin.domain()?.to_owned();
            let builder = WebauthnBuilder::new(&name, &origin).ok()?;
            builder.rp_name("Cordon").build().ok()
        });
        Self {
            party: party.map(Arc::new),
            seal: Seal::for_purpose(secret, "the seal of challenges"),
        }
    }

    /// Whether browsers make passkeys for this portal.
    pub fn are_possible(&self) -> bool {
        self.party.is_some()
    }

    fn party(&self) -> Result<&Webauthn> {
        self.party.as_deref().ok_or_else(|| {
            Error::Invalid("passkeys need a portal with a name; this one has an address".into())
        })
    }

    /// Asks a person's browser for a new passkey, on a device that has none of them yet.
    ///
    /// # Errors
    /// When the portal has no name, or they have [`MOST`] already.
    pub async fn ask_for_new(
        &self,
        gate: &mut Gate,
        person: (Uuid, &str, &str),
        now: Now,
    ) -> Result<Ceremony> {
        let (id, email, name) = person;
        let own = of_person(gate, id).await?;
        if own.len() >= MOST {
            return Err(Error::Invalid(format!(
                "you have {MOST} passkeys; remove one that you no longer use first"
            )));
        }
        let own = own.iter().map(|own| own.cred_id().clone()).collect();
        let (mut asked, state) = self
            .party()?
            .start_passkey_registration(id, email, name, Some(own))
            .map_err(Error::internal)?;
        if let Some(selection) = asked.public_key.authenticator_selection.as_mut() {
            // So that the browser finds it before anybody has said who they are.
            selection.resident_key = Some(ResidentKeyRequirement::Required);
            selection.require_resident_key = true;
        }
        self.ceremony(id, &asked.public_key, What::New(state), now)
    }

    /// Asks whoever is there for any passkey of this portal.
    ///
    /// # Errors
    /// When the portal has no name.
    pub fn ask_anybody(&self, now: Now) -> Result<Ceremony> {
        let (asked, state) = self
            .party()?
            .start_discoverable_authentication()
            .map_err(Error::internal)?;
        self.ceremony(Uuid::nil(), &asked.public_key, What::Any(state), now)
    }

    /// Asks a person for one of theirs; none where they have none.
    ///
    /// # Errors
    /// When the database refuses.
    pub async fn ask(&self, gate: &mut Gate, person: Uuid, now: Now) -> Result<Option<Ceremony>> {
        let own = of_person(gate, person).await?;
        let Some(party) = self.party.as_deref().filter(|_| !own.is_empty()) else {
            return Ok(None);
        };
        let (asked, state) = party
            .start_passkey_authentication(&own)
            .map_err(Error::internal)?;
        self.ceremony(person, &asked.public_key, What::Own(state), now)
            .map(Some)
    }

    fn ceremony(
        &self,
        whose: Uuid,
        options: &impl Serialize,
        what: What,
        now: Now,
    ) -> Result<Ceremony> {
        let ends_at = now + ANSWERED_WITHIN;
        let asked = serde_json::to_vec(&Asked { ends_at, what }).map_err(Error::internal)?;
        Ok(Ceremony {
            options: serde_json::to_string(options).map_err(Error::internal)?,
            sealed: hex(&self.seal.close(whose, &asked)?),
        })
    }

    /// What was asked, once: who asks again for the same has seen it answered.
    async fn asked(
        &self,
        tx: &mut GateTx,
        whose: Uuid,
        sealed: &str,
        now: Now,
    ) -> Result<Option<What>> {
        let opened = unhex(sealed).and_then(|sealed| self.seal.open(whose, &sealed).ok());
        let Some(opened) = opened else {
            return Ok(None);
        };
        let asked: Asked = serde_json::from_slice(&opened).map_err(Error::internal)?;
        if asked.ends_at <= now {
            return Ok(None);
        }
        let first = sqlx::query(
            r#"
            with ended as (
                delete from answered_challenges
                where challenge_hash in (
                    select challenge_hash from answered_challenges where ends_at < $3 limit 100
                )
            )
            insert into answered_challenges (challenge_hash, ends_at)
            values ($1, $2)
            on conflict do nothing
            "#,
        )
        .bind(sha256(&opened))
        .bind(asked.ends_at)
        .bind(now)
        .execute(tx.conn())
        .await?;
        Ok((first.rows_affected() == 1).then_some(asked.what))
    }

    /// Adds the passkey that a person's browser made. The audit line is the caller's.
    ///
    /// # Errors
    /// When it does not answer what was asked, or was added before.
    pub async fn add(
        &self,
        tx: &mut GateTx,
        person: Uuid,
        name: &str,
        (sealed, answer): (&str, &str),
        now: Now,
    ) -> Result<()> {
        let Some(What::New(state)) = self.asked(tx, person, sealed, now).await? else {
            return Err(late());
        };
        let answer: RegisterPublicKeyCredential =
            serde_json::from_str(answer).map_err(|_| unread())?;
        let passkey = self
            .party()?
            .finish_passkey_registration(&answer, &state)
            .map_err(|error| refused(&error))?;
        let added = insert(tx, person, name, &passkey, now).await?;
        if !added {
            return Err(Error::Invalid("this passkey was added before".into()));
        }
        Ok(())
    }

    /// Whose passkey signed, where whoever is there was asked for any.
    ///
    /// # Errors
    /// When the database refuses. An answer that is not right is none.
    pub async fn whose(
        &self,
        tx: &mut GateTx,
        sealed: &str,
        answer: &str,
        now: Now,
    ) -> Result<Option<Uuid>> {
        let Some(What::Any(state)) = self.asked(tx, Uuid::nil(), sealed, now).await? else {
            return Ok(None);
        };
        let Ok(answer) = serde_json::from_str::<PublicKeyCredential>(answer) else {
            return Ok(None);
        };
        let party = self.party()?;
        let Ok((person, credential)) = party.identify_discoverable_authentication(&answer) else {
            return Ok(None);
        };
        let Some((id, passkey)) = by_credential(tx, person, credential).await? else {
            return Ok(None);
        };
        let whole: Credential = passkey.clone().into();
        let signed = party.finish_discoverable_authentication_v2(&answer, state, whole);
        Ok(used(tx, person, id, passkey, signed, now)
            .await?
            .then_some(person))
    }

    /// Whether one of this person's passkeys signed.
    ///
    /// # Errors
    /// When the database refuses. An answer that is not right is none.
    pub async fn is_theirs(
        &self,
        tx: &mut GateTx,
        person: Uuid,
        (sealed, answer): (&str, &str),
        now: Now,
    ) -> Result<bool> {
        let Some(What::Own(state)) = self.asked(tx, person, sealed, now).await? else {
            return Ok(false);
        };
        let Ok(answer) = serde_json::from_str::<PublicKeyCredential>(answer) else {
            return Ok(false);
        };
        let found = by_credential(tx, person, answer.get_credential_id()).await?;
        let Some((id, passkey)) = found else {
            return Ok(false);
        };
        let signed = self.party()?.finish_passkey_authentication(&answer, &state);
        used(tx, person, id, passkey, signed, now).await
    }
}

/// Notes that a passkey was used, where it was. One that counts, and counted no further, may have
/// been copied: it opens nothing (WebAuthn level 3, 6.1.1).
async fn used(
    tx: &mut GateTx,
    person: Uuid,
    id: Uuid,
    mut passkey: Passkey,
    signed: std::result::Result<AuthenticationResult, WebauthnError>,
    now: Now,
) -> Result<bool> {
    let signed = match signed {
        Ok(signed) if signed.user_verified() => signed,
        Ok(_) => return Ok(false),
        Err(error) => {
            tracing::info!(%person, %error, "a passkey's answer was refused");
            return Ok(false);
        }
    };
    passkey.update_credential(&signed);
    update(tx, person, id, &passkey, now).await?;
    Ok(true)
}

fn late() -> Error {
    Error::Invalid("that took too long, or was sent twice; try again".into())
}

fn unread() -> Error {
    Error::Invalid("what the browser sent could not be read; try again".into())
}

fn refused(error: &WebauthnError) -> Error {
    tracing::info!(%error, "a new passkey was refused");
    Error::Invalid(
        "that is no passkey that can be used here: it has to ask who you are, by a PIN, a finger or a face"
            .into(),
    )
}
