//! Coming back from a department's provider.

use std::time::Duration;

use axum::{
    Extension,
    extract::{Path, Query, State},
    http::{HeaderMap, StatusCode},
    response::{IntoResponse, Redirect, Response},
};
use serde::Deserialize;
use tower_sessions::Session;

use super::{comes_back_to, parts::refused};
use crate::{
    Error, Result,
    access::{
        session::{Begins, begin},
        sign_on::{
            department::Department,
            identity::Identity,
            join::{self, Colleague},
            provider::Provider,
            refusal::Refusal,
            start::{self, Taken},
        },
        throttle::Try,
        user,
    },
    app::App,
    audit::{self, Entry, Outcome},
    database::Origin,
    tenancy::TenantId,
    web::{
        login::{later, welcome},
        second,
    },
};

/// After this a provider is given up that has to be asked several things.
const TIMEOUT: Duration = Duration::from_secs(20);

/// What the provider sends along.
#[derive(Default, Deserialize)]
#[serde(default)]
pub struct Brought {
    code: String,
    state: String,
    iss: Option<String>,
    error: Option<String>,
}

/// `GET /login/sign-on/{tenant}/callback`: a new session, or why not.
pub async fn come_back(
    State(app): State<App>,
    Extension(origin): Extension<Origin>,
    Path(tenant): Path<String>,
    Query(brought): Query<Brought>,
    session: Session,
    headers: HeaderMap,
) -> Result<Response> {
    // For each source together: nobody of a department is held up by what others bring.
    let tried = Try {
        at: &format!("the sign-on {}", brought.state),
        from: origin,
        browser: None,
    };
    let counted = match app.throttle.count(&tried) {
        Ok(counted) => counted,
        Err(error) => {
            let shown = refused(&app, error.status(), &error.to_string(), "", "");
            return Ok(later(shown, &error));
        }
    };
    let now = app.clock.now();
    let keeper = &app.sign_on.keeper;
    let mut begun = None;
    if let Ok(tenant) = TenantId::parse(&tenant) {
        let mut gate = app.pools.gate().await?;
        let taken = start::take(&mut gate, keeper, &tenant, &headers, &brought.state, now).await?;
        let department = Department::find(&mut gate, keeper, &tenant).await?;
        begun = taken.zip(department);
    }
    let Some((taken, department)) = begun else {
        counted.was_wrong();
        return not_in(&app, origin, None, "somebody", &Refusal::NotBegunHere).await;
    };
    let answer = identified(&app, &department, &brought, &taken).await?;
    let identity = match answer {
        Ok(identity) => identity,
        Err(refusal) => {
            counted.was_wrong();
            let tenant = Some(&department.tenant);
            return not_in(&app, origin, tenant, "somebody", &refusal).await;
        }
    };
    match settled(&app, origin, &department, &identity).await? {
        Ok(colleague) => {
            let coming = Coming {
                origin,
                identity: &identity,
                colleague: &colleague,
                next: &taken.next,
            };
            coming.come_in(&app, &session, &headers).await
        }
        Err(refusal) => {
            let tenant = Some(&department.tenant);
            not_in(&app, origin, tenant, &identity.email, &refusal).await
        }
    }
}

/// Whom the provider says that it has sent.
async fn identified(
    app: &App,
    department: &Department,
    brought: &Brought,
    taken: &Taken,
) -> Result<Result<Identity, Refusal>> {
    let reach = match app
        .config
        .issuers
        .reach(&department.issuer, app.config.demo)
    {
        Ok(reach) => reach,
        Err(_) => return Ok(Err(Refusal::provider("the issuer is not allowed any more"))),
    };
    let asking = app.sign_on.outside.within(reach);
    let now = app.clock.now();
    let asked = async {
        let provider = match Provider::discover(asking, &department.issuer).await {
            Ok(provider) => provider,
            Err(Error::Invalid(words)) => return Ok(Err(Refusal::Provider(words))),
            Err(error) => return Err(error),
        };
        // First of all: a code of another provider is not for this one to see.
        if let Err(refusal) = provider.answered(brought.iss.as_deref()) {
            return Ok(Err(refusal));
        }
        if brought.error.is_some() || brought.code.is_empty() {
            return Ok(Err(Refusal::Declined));
        }
        let redirect = comes_back_to(app, &department.tenant);
        provider
            .identify(asking, department, &redirect, &brought.code, taken, now)
            .await
    };
    match tokio::time::timeout(TIMEOUT, asked).await {
        Ok(answer) => answer,
        Err(_) => Ok(Err(Refusal::provider(
            "the provider took too long to answer",
        ))),
    }
}

/// The colleague who that is, linked, or made just now.
async fn settled(
    app: &App,
    origin: Origin,
    department: &Department,
    identity: &Identity,
) -> Result<Result<Colleague, Refusal>> {
    let now = app.clock.now();
    let found = join::find(&mut app.pools.gate().await?, department, identity).await?;
    let pools = app.pools.asked_from(origin);
    let colleague = match found {
        Err(refusal) => return Ok(Err(refusal)),
        Ok(Some(colleague)) => {
            let mut tx = pools.begin_gate().await?;
            join::link(&mut tx, department, identity, &colleague, now).await?;
            tx.commit().await?;
            colleague
        }
        Ok(None) => {
            let mut tx = pools.begin_gate().await?;
            let colleague = join::join(&mut tx, department, identity, now).await?;
            tx.commit().await?;
            colleague
        }
    };
    join::follow_role(&pools, department, identity, &colleague, now).await?;
    Ok(Ok(colleague))
}

/// Somebody who may come in.
struct Coming<'a> {
    origin: Origin,
    identity: &'a Identity,
    colleague: &'a Colleague,
    next: &'a str,
}

impl Coming<'_> {
    /// A new session under a new id. Whoever has a second factor here, and showed the provider none, is
    /// asked for it next.
    async fn come_in(&self, app: &App, session: &Session, headers: &HeaderMap) -> Result<Response> {
        let known = user::by_email(&mut app.pools.gate().await?, &self.colleague.email).await?;
        let known = known.ok_or_else(|| Error::internal("a colleague who is gone"))?;
        let begins = Begins::new(
            known.who.user_id,
            self.identity.second_factor,
            self.origin,
            headers,
        );
        if known.has_second_factor && !begins.second_factor {
            begin(session, &begins).await?;
            return Ok(Redirect::to(&second::address(self.next)).into_response());
        }
        let mut tx = app.pools.asked_from(self.origin).begin_gate().await?;
        let subject = format!("{}, by single sign-on", begins.browser);
        let (action, now) = ("session.started", app.clock.now());
        audit::record_of_account(&mut tx, &known.who, now, action, &subject, Outcome::Done).await?;
        tx.commit().await?;
        begin(session, &begins).await?;
        welcome(app, &known.who, self.next)
    }
}

/// Nobody comes in, and that is recorded: in the department's record, or in the platform's where
/// nothing was begun.
async fn not_in(
    app: &App,
    origin: Origin,
    tenant: Option<&TenantId>,
    actor: &str,
    refusal: &Refusal,
) -> Result<Response> {
    let mut tx = app.pools.asked_from(origin).begin_gate().await?;
    let line = Entry {
        actor,
        action: "session.refused",
        subject: &refusal.recorded(),
        outcome: Outcome::Refused,
    };
    line.record(&mut tx, tenant, app.clock.now()).await?;
    tx.commit().await?;
    Ok(refused(
        app,
        StatusCode::UNAUTHORIZED,
        &refusal.to_string(),
        "",
        "",
    ))
}
