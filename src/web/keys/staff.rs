//! Onboarding staff and a department's keys.

use axum::{
    extract::{Path, State},
    response::{IntoResponse, Redirect, Response},
};

use super::{
    Desk, Revealed,
    forms::{IssueFields, RotateFields, read_key_id},
    shown_before,
};
use crate::{
    Error, Result,
    access::{ApiKey, OnboardingStaff, api_key},
    app::App,
    database::RegistrarTx,
    tenancy::TenantId,
    web::forms::Posted,
};

/// `GET /admin/tenants/{tenant}/keys`.
pub async fn list(
    State(app): State<App>,
    staff: OnboardingStaff,
    Path(tenant): Path<String>,
) -> Result<Response> {
    render(&app, &staff, &tenant, None).await
}

async fn render(
    app: &App,
    staff: &OnboardingStaff,
    tenant: &str,
    refused: Option<(&IssueFields, &str)>,
) -> Result<Response> {
    let mut tx = staff.begin().await?;
    let tenant = existing(&mut tx, tenant).await?;
    let keys = api_key::list(&mut tx, &tenant).await?;
    tx.commit().await?;
    Ok(Desk::of(&staff.person, &tenant).render(app, &keys, app.clock.now(), refused))
}

/// `POST /admin/tenants/{tenant}/keys`: a new key, shown once; or the form again with what is
/// wrong.
pub async fn issue(
    State(app): State<App>,
    staff: OnboardingStaff,
    Path(tenant): Path<String>,
    Posted(fields): Posted<IssueFields>,
) -> Result<Response> {
    match issued(&app, &staff, &tenant, &fields).await {
        Ok((tenant, Some(key))) => {
            let revealed = Revealed {
                what: "has a new key",
                key,
                note: None,
                invitation: None,
            };
            Ok(revealed.render(&app, &Desk::of(&staff.person, &tenant)))
        }
        Ok((tenant, None)) => Ok(shown_before(&app, &Desk::of(&staff.person, &tenant))),
        Err(Error::Invalid(problem)) => {
            render(&app, &staff, &tenant, Some((&fields, &problem))).await
        }
        Err(error) => Err(error),
    }
}

async fn issued(
    app: &App,
    staff: &OnboardingStaff,
    tenant: &str,
    fields: &IssueFields,
) -> Result<(TenantId, Option<ApiKey>)> {
    let mut tx = staff.begin().await?;
    let tenant = existing(&mut tx, tenant).await?;
    let key = fields
        .issue(&mut tx, &tenant, &staff.person.email, app.clock.now())
        .await?;
    tx.commit().await?;
    Ok((tenant, key))
}

/// `POST /admin/tenants/{tenant}/keys/{key}/rotate`: the new key, shown once.
pub async fn rotate(
    State(app): State<App>,
    staff: OnboardingStaff,
    Path((tenant, key)): Path<(String, String)>,
    Posted(fields): Posted<RotateFields>,
) -> Result<Response> {
    let old = read_key_id(&key)?;
    let mut tx = staff.begin().await?;
    let tenant = existing(&mut tx, &tenant).await?;
    let key = fields
        .rotate(&mut tx, &tenant, old, &staff.person.email, app.clock.now())
        .await?;
    tx.commit().await?;
    let desk = Desk::of(&staff.person, &tenant);
    let Some(key) = key else {
        return Ok(shown_before(&app, &desk));
    };
    let revealed = Revealed {
        what: "has a new key",
        key,
        note: Some(fields.note()?),
        invitation: None,
    };
    Ok(revealed.render(&app, &desk))
}

/// `POST /admin/tenants/{tenant}/keys/{key}/revoke`.
pub async fn revoke(
    State(app): State<App>,
    staff: OnboardingStaff,
    Path((tenant, key)): Path<(String, String)>,
) -> Result<Response> {
    let key = read_key_id(&key)?;
    let mut tx = staff.begin().await?;
    let tenant = existing(&mut tx, &tenant).await?;
    api_key::revoke(&mut tx, &tenant, key, &staff.person.email, app.clock.now()).await?;
    tx.commit().await?;
    Ok(Redirect::to(Desk::of(&staff.person, &tenant).base()).into_response())
}

async fn existing(tx: &mut RegistrarTx, tenant: &str) -> Result<TenantId> {
    let missing = Error::NotFound("department");
    let Ok(tenant) = TenantId::parse(tenant) else {
        return Err(missing);
    };
    let exists: bool =
        sqlx::query_scalar("select exists (select from tenants where tenant_id = $1)")
            .bind(tenant.as_str())
            .fetch_one(tx.conn())
            .await?;
    if exists { Ok(tenant) } else { Err(missing) }
}
