//! What the forms about keys send, and what is done with it under either hat.

use serde::Deserialize;
use uuid::Uuid;

use crate::{
    Error, Result,
    access::{
        ApiKey, Scope, Scopes,
        api_key::{self, Lifetime, NewKey, Overlap, Rotation},
    },
    clock::Now,
    database::Tx,
    tenancy::TenantId,
    web::{forms::clean, onboard::read_submission},
};

/// A key to be issued. `submission` is chosen when the form is made, so that sending it
/// twice issues one key.
#[derive(Deserialize)]
#[serde(default)]
pub struct IssueFields {
    /// What it is for.
    pub name: String,
    /// The boxes that are ticked.
    pub read: Option<String>,
    /// See `read`.
    pub write: Option<String>,
    /// See `read`.
    pub run: Option<String>,
    /// How long it lasts, by the name of a [`Lifetime`] in a form.
    pub expires: String,
    /// The id of the key.
    pub submission: String,
}

impl Default for IssueFields {
    /// The empty form: a key that reads, for a year.
    fn default() -> Self {
        Self {
            name: String::new(),
            read: None,
            write: None,
            run: None,
            expires: Lifetime::default().names().0.to_owned(),
            submission: String::new(),
        }
    }
}

impl IssueFields {
    /// Whether this scope's box is ticked.
    pub fn ticked(&self, scope: Scope) -> bool {
        match scope {
            Scope::Read => &self.read,
            Scope::Write => &self.write,
            Scope::Run => &self.run,
        }
        .is_some()
    }

    /// Issues the key, or finds that this form issued it before.
    pub async fn issue<H>(
        &self,
        tx: &mut Tx<H>,
        tenant: &TenantId,
        by: &str,
        now: Now,
    ) -> Result<Option<ApiKey>> {
        let scopes = Scope::ALL.into_iter().filter(|scope| self.ticked(*scope));
        let new = NewKey {
            key_id: read_submission(&self.submission)?,
            name: clean("the name", &self.name)?,
            scopes: &Scopes::parse(scopes.map(Scope::name))?,
            lifetime: lifetime(&self.expires)?,
            by,
        };
        api_key::issue(tx, tenant, new, now).await
    }
}

/// A key to be replaced.
#[derive(Deserialize)]
#[serde(default)]
pub struct RotateFields {
    /// When the old key ends, by the name of an [`Overlap`] in a form.
    pub overlap: String,
    /// How long the new one lasts.
    pub expires: String,
    /// The id of the new key.
    pub submission: String,
}

impl Default for RotateFields {
    /// The empty form: the old key ends in a day, the new one in a year.
    fn default() -> Self {
        Self {
            overlap: Overlap::default().names().0.to_owned(),
            expires: Lifetime::default().names().0.to_owned(),
            submission: String::new(),
        }
    }
}

impl RotateFields {
    /// Rotates the key, or finds that this form did it before.
    pub async fn rotate<H>(
        &self,
        tx: &mut Tx<H>,
        tenant: &TenantId,
        old: Uuid,
        by: &str,
        now: Now,
    ) -> Result<Option<ApiKey>> {
        let rotation = Rotation {
            old,
            key_id: read_submission(&self.submission)?,
            overlap: self.overlap()?,
            lifetime: lifetime(&self.expires)?,
            by,
        };
        api_key::rotate(tx, tenant, rotation, now).await
    }

    /// What whoever rotated a key is to do now.
    pub fn note(&self) -> Result<String> {
        let (_, ends) = self.overlap()?.names();
        Ok(format!(
            "It may do what the old one may. The old key ends {ends}: give this one to every program \
             that uses it before then."
        ))
    }

    /// How long the old key goes on.
    pub fn overlap(&self) -> Result<Overlap> {
        choice(&Overlap::ALL, Overlap::names, &self.overlap)
            .ok_or_else(|| Error::Invalid("choose from the list when the old key ends".into()))
    }
}

fn lifetime(text: &str) -> Result<Lifetime> {
    choice(&Lifetime::ALL, Lifetime::names, text)
        .ok_or_else(|| Error::Invalid("choose from the list how long the key lasts".into()))
}

/// The one with this name in a form.
fn choice<T: Copy>(
    all: &[T],
    names: fn(T) -> (&'static str, &'static str),
    text: &str,
) -> Option<T> {
    all.iter().copied().find(|one| names(*one).0 == text)
}

/// The id in the address of a key. What is no id is the id of no key.
pub fn read_key_id(text: &str) -> Result<Uuid> {
    Uuid::parse_str(text).map_err(|_| Error::NotFound("key in use"))
}
