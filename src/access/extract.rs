//! The extractors: a handler that names one cannot be reached without it.
//!
//! A page of another role is [`Error::NotFound`]: it looks like one that does not exist.

use std::sync::Arc;

use axum::{
    extract::{FromRef, FromRequestParts, OptionalFromRequestParts},
    http::{Method, header::AUTHORIZATION, request::Parts},
};
use tower_sessions::Session;
use uuid::Uuid;

use super::{
    Bearers, Caller, Credential, Role, SignedIn,
    api_key::{Scope, Scopes},
    caller, glass,
    session::{HALF_IN, PROOF, Proof, SIGNED_IN, has_cookie},
};
use crate::{
    Config, Error, Result,
    clock::Clock,
    database::{Gate, GateTx, OperatorTx, Origin, Pools, RegistrarTx, StewardTx},
    tenancy::{Tenant, TenantTx},
};

/// An epidemiologist, and the department they work in.
pub struct Epidemiologist {
    /// The person.
    pub person: SignedIn,
    /// Their department.
    pub tenant: Tenant,
    pools: Pools,
}

impl Epidemiologist {
    /// The pools, for work that takes several transactions.
    pub fn pools(&self) -> &Pools {
        &self.pools
    }

    /// A transaction that shows this person's department's rows.
    pub async fn begin(&self) -> Result<TenantTx> {
        TenantTx::begin(&self.pools, &self.tenant.id).await
    }
}

/// An epidemiologist who lets colleagues in and shuts them out.
pub struct Lead(pub Epidemiologist);

/// Somebody who brings departments on.
pub struct OnboardingStaff {
    /// The person.
    pub person: SignedIn,
    pools: Pools,
}

impl OnboardingStaff {
    /// A transaction that can onboard, and can read no case count.
    pub async fn begin(&self) -> Result<RegistrarTx> {
        self.pools.begin_registrar().await
    }
}

/// An administrator.
pub struct Admin {
    /// The person.
    pub person: SignedIn,
    pools: Pools,
}

impl Admin {
    /// A transaction that reads across tenants.
    pub async fn begin(&self) -> Result<OperatorTx> {
        self.pools.begin_operator().await
    }

    /// A transaction that administers staff.
    pub async fn begin_steward(&self) -> Result<StewardTx> {
        self.pools.begin_steward().await
    }
}

/// A department's program, by its key.
pub struct ApiClient {
    /// The department that the key opens.
    pub tenant: Tenant,
    /// The key.
    pub key_id: Uuid,
    /// How the key begins: who it is in the audit.
    pub prefix: String,
    /// What the key may do.
    pub scopes: Scopes,
    /// What it sent.
    pub credential: Credential,
    caller: Caller,
    pools: Pools,
}

impl ApiClient {
    /// Passes where the key may do this.
    ///
    /// # Errors
    /// [`Error::Forbidden`], saying what the key may do and how to get one that may do this.
    pub fn require(&self, scope: Scope) -> Result<()> {
        self.scopes.require(scope)
    }

    /// Says that this call is billed already: in the commit of its work, or when it was made
    /// before.
    pub fn mark_billed(&self) {
        self.caller.mark_billed();
    }

    /// The pools, for work that takes several transactions.
    pub fn pools(&self) -> &Pools {
        &self.pools
    }

    /// A transaction that shows this program's department's rows.
    pub async fn begin(&self) -> Result<TenantTx> {
        TenantTx::begin(&self.pools, &self.tenant.id).await
    }
}

/// Somebody who may read a department's cases: one of its people, or one of its programs whose
/// key has the scope to read.
pub enum Reader {
    /// Signed in.
    Person(Epidemiologist),
    /// With a key.
    Program(ApiClient),
}

impl Reader {
    /// The department.
    pub fn tenant(&self) -> &Tenant {
        match self {
            Self::Person(person) => &person.tenant,
            Self::Program(program) => &program.tenant,
        }
    }

    /// The pools, for work that takes several transactions.
    pub fn pools(&self) -> &Pools {
        match self {
            Self::Person(person) => person.pools(),
            Self::Program(program) => program.pools(),
        }
    }

    /// A transaction that shows the department's rows.
    pub async fn begin(&self) -> Result<TenantTx> {
        match self {
            Self::Person(person) => person.begin().await,
            Self::Program(program) => program.begin().await,
        }
    }
}

impl<S: Send + Sync> OptionalFromRequestParts<S> for SignedIn {
    type Rejection = Error;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Option<Self>> {
        kept(parts, state, SIGNED_IN).await
    }
}

impl<S: Send + Sync> FromRequestParts<S> for SignedIn {
    type Rejection = Error;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self> {
        let person =
            <Self as OptionalFromRequestParts<S>>::from_request_parts(parts, state).await?;
        person.ok_or(Error::Unauthenticated)
    }
}

/// The pools, for work that is asked for from where this request comes from.
fn pools<S>(parts: &Parts, state: &S) -> Pools
where
    Pools: FromRef<S>,
{
    let origin = parts.extensions.get::<Origin>();
    Pools::from_ref(state).asked_from(origin.copied().unwrap_or(Origin::Portal))
}

/// Whoever is signed in, and what is known of the session they ask in: for what concerns their own
/// account, whatever their role.
pub struct Account {
    /// The person.
    pub person: SignedIn,
    /// The session.
    pub proof: Proof,
    pools: Pools,
}

impl Account {
    /// A connection at the gate.
    pub async fn gate(&self) -> Result<Gate> {
        self.pools.gate().await
    }

    /// A transaction at the gate.
    pub async fn begin(&self) -> Result<GateTx> {
        self.pools.begin_gate().await
    }
}

/// Whose password was right and whose second factor is still to be shown.
pub struct HalfIn {
    /// The person.
    pub person: SignedIn,
    pools: Pools,
}

impl HalfIn {
    /// A connection at the gate.
    pub async fn gate(&self) -> Result<Gate> {
        self.pools.gate().await
    }

    /// A transaction at the gate.
    pub async fn begin(&self) -> Result<GateTx> {
        self.pools.begin_gate().await
    }
}

/// What the session keeps under a name.
async fn kept<T, S>(parts: &mut Parts, state: &S, name: &str) -> Result<Option<T>>
where
    T: serde::de::DeserializeOwned,
    S: Send + Sync,
{
    // Without a cookie there is nothing to look up.
    if !has_cookie(&parts.headers) {
        return Ok(None);
    }
    let session = Session::from_request_parts(parts, state)
        .await
        .map_err(|(_, message)| Error::internal(message))?;
    session.get(name).await.map_err(Error::internal)
}

impl<S> FromRequestParts<S> for Account
where
    S: Send + Sync,
    Pools: FromRef<S>,
{
    type Rejection = Error;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self> {
        let person = signed_in(parts, state).await?;
        let proof = kept(parts, state, PROOF).await?;
        Ok(Self {
            person,
            proof: proof.ok_or(Error::Unauthenticated)?,
            pools: pools(parts, state),
        })
    }
}

impl<S> FromRequestParts<S> for HalfIn
where
    S: Send + Sync,
    Pools: FromRef<S>,
{
    type Rejection = Error;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self> {
        let person = kept(parts, state, HALF_IN).await?;
        Ok(Self {
            person: person.ok_or(Error::Unauthenticated)?,
            pools: pools(parts, state),
        })
    }
}

/// Staff reach what is not their own with a second factor alone.
async fn with_second_factor<S>(parts: &mut Parts, state: &S) -> Result<()>
where
    S: Send + Sync,
    Arc<Config>: FromRef<S>,
{
    let proof: Option<Proof> = kept(parts, state, PROOF).await?;
    let shown = proof.is_some_and(|proof| proof.second_factor);
    // A demonstration is looked at by whoever started it.
    if shown || Arc::<Config>::from_ref(state).demo {
        return Ok(());
    }
    Err(Error::SecondFactorNeeded)
}

async fn signed_in<S: Send + Sync>(parts: &mut Parts, state: &S) -> Result<SignedIn> {
    <SignedIn as FromRequestParts<S>>::from_request_parts(parts, state).await
}

impl<S> FromRequestParts<S> for Epidemiologist
where
    S: Send + Sync,
    Arc<Config>: FromRef<S>,
    Clock: FromRef<S>,
    Pools: FromRef<S>,
{
    type Rejection = Error;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self> {
        let person = signed_in(parts, state).await?;
        if let Role::Epidemiologist(tenant) = person.role.clone() {
            if let Some(caller) = parts.extensions.get::<Caller>() {
                caller.note(caller::CalledBy {
                    tenant: tenant.id.clone(),
                    key_id: None,
                });
            }
            return Ok(Self {
                person,
                tenant,
                pools: pools(parts, state),
            });
        }
        let glass = match (&person.role, person.glass.clone()) {
            (Role::Admin, Some(glass)) => glass,
            _ => return Err(Error::NotFound("page")),
        };
        with_second_factor(parts, state).await?;
        if !matches!(parts.method, Method::GET | Method::HEAD) {
            return Err(Error::Forbidden(format!(
                "you look into {} and change nothing there; its own people do",
                glass.tenant.name
            )));
        }
        // Nothing is read that is not in the department's record first.
        let pools = pools(parts, state);
        let page = parts.uri.path();
        let now = Clock::from_ref(state).now();
        let tx = pools.begin_gate().await?;
        glass::record_read(tx, &person, &glass.tenant.id, page, now).await?;
        Ok(Self {
            person,
            tenant: glass.tenant,
            pools: pools.reading(),
        })
    }
}

impl<S> FromRequestParts<S> for Lead
where
    S: Send + Sync,
    Arc<Config>: FromRef<S>,
    Clock: FromRef<S>,
    Pools: FromRef<S>,
{
    type Rejection = Error;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self> {
        let epidemiologist = Epidemiologist::from_request_parts(parts, state).await?;
        if epidemiologist.person.lead {
            return Ok(Self(epidemiologist));
        }
        Err(Error::Forbidden(
            "a lead of your department does this; People says who they are".into(),
        ))
    }
}

impl<S> FromRequestParts<S> for OnboardingStaff
where
    S: Send + Sync,
    Pools: FromRef<S>,
    Arc<Config>: FromRef<S>,
{
    type Rejection = Error;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self> {
        let person = signed_in(parts, state).await?;
        match person.role {
            Role::Onboarding => {
                with_second_factor(parts, state).await?;
                Ok(Self {
                    person,
                    pools: pools(parts, state),
                })
            }
            Role::Admin | Role::Epidemiologist(_) => Err(Error::NotFound("page")),
        }
    }
}

impl<S> FromRequestParts<S> for Admin
where
    S: Send + Sync,
    Pools: FromRef<S>,
    Arc<Config>: FromRef<S>,
{
    type Rejection = Error;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self> {
        let person = signed_in(parts, state).await?;
        match person.role {
            Role::Admin => {
                with_second_factor(parts, state).await?;
                Ok(Self {
                    person,
                    pools: pools(parts, state),
                })
            }
            Role::Onboarding | Role::Epidemiologist(_) => Err(Error::NotFound("page")),
        }
    }
}

impl<S> FromRequestParts<S> for ApiClient
where
    S: Send + Sync,
    Bearers: FromRef<S>,
    Clock: FromRef<S>,
    Pools: FromRef<S>,
{
    type Rejection = Error;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self> {
        let pools = pools(parts, state);
        let now = Clock::from_ref(state).now();
        let (opened, credential) = Bearers::from_ref(state)
            .let_in(&pools, &parts.headers, now, &parts.extensions)
            .await?;
        let caller = parts.extensions.get::<Caller>().cloned();
        Ok(Self {
            tenant: opened.tenant,
            key_id: opened.key_id,
            prefix: opened.prefix,
            scopes: opened.scopes,
            credential,
            caller: caller.unwrap_or_default(),
            pools,
        })
    }
}

impl<S> FromRequestParts<S> for Reader
where
    S: Send + Sync,
    Arc<Config>: FromRef<S>,
    Bearers: FromRef<S>,
    Clock: FromRef<S>,
    Pools: FromRef<S>,
{
    type Rejection = Error;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self> {
        // A key that was sent decides, good or not: it never falls back to a cookie.
        if parts.headers.contains_key(AUTHORIZATION) {
            let program = ApiClient::from_request_parts(parts, state).await?;
            program.require(Scope::Read)?;
            return Ok(Self::Program(program));
        }
        Ok(Self::Person(
            Epidemiologist::from_request_parts(parts, state).await?,
        ))
    }
}
