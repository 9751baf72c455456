//! A department's people and their keys.

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
    access::{ApiKey, Epidemiologist, api_key},
    app::App,
    web::forms::Posted,
};

/// `GET /keys`.
pub async fn list(State(app): State<App>, person: Epidemiologist) -> Result<Response> {
    render(&app, &person, None).await
}

async fn render(
    app: &App,
    person: &Epidemiologist,
    refused: Option<(&IssueFields, &str)>,
) -> Result<Response> {
    let mut own = person.begin().await?;
    let (tenant, tx) = own.whole();
    let keys = api_key::list(tx, tenant).await?;
    own.commit().await?;
    Ok(Desk::own(&person.person).render(app, &keys, app.clock.now(), refused))
}

/// `POST /keys`: a new key, shown once; or the form again with what is wrong.
pub async fn issue(
    State(app): State<App>,
    person: Epidemiologist,
    Posted(fields): Posted<IssueFields>,
) -> Result<Response> {
    match issued(&app, &person, &fields).await {
        Ok(Some(key)) => {
            let revealed = Revealed {
                what: "A new key",
                key,
                note: None,
                invitation: None,
            };
            Ok(revealed.render(&app, &Desk::own(&person.person)))
        }
        Ok(None) => Ok(shown_before(&app, &Desk::own(&person.person))),
        Err(Error::Invalid(problem)) => render(&app, &person, Some((&fields, &problem))).await,
        Err(error) => Err(error),
    }
}

async fn issued(
    app: &App,
    person: &Epidemiologist,
    fields: &IssueFields,
) -> Result<Option<ApiKey>> {
    let mut own = person.begin().await?;
    let (tenant, tx) = own.whole();
    let key = fields
        .issue(tx, tenant, &person.person.email, app.clock.now())
        .await?;
    own.commit().await?;
    Ok(key)
}

/// `POST /keys/{key}/rotate`: the new key, shown once.
pub async fn rotate(
    State(app): State<App>,
    person: Epidemiologist,
    Path(key): Path<String>,
    Posted(fields): Posted<RotateFields>,
) -> Result<Response> {
    let old = read_key_id(&key)?;
    let mut own = person.begin().await?;
    let (tenant, tx) = own.whole();
    let key = fields
        .rotate(tx, tenant, old, &person.person.email, app.clock.now())
        .await?;
    own.commit().await?;
    let desk = Desk::own(&person.person);
    let Some(key) = key else {
        return Ok(shown_before(&app, &desk));
    };
    let revealed = Revealed {
        what: "The new key",
        key,
        note: Some(fields.note()?),
        invitation: None,
    };
    Ok(revealed.render(&app, &desk))
}

/// `POST /keys/{key}/revoke`.
pub async fn revoke(
    State(app): State<App>,
    person: Epidemiologist,
    Path(key): Path<String>,
) -> Result<Response> {
    let key = read_key_id(&key)?;
    let mut own = person.begin().await?;
    let (tenant, tx) = own.whole();
    api_key::revoke(tx, tenant, key, &person.person.email, app.clock.now()).await?;
    own.commit().await?;
    Ok(Redirect::to("/keys").into_response())
}
