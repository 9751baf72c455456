//! `/api/v1/token`: a key's stand-in for 15 minutes.

use axum::{
    Json,
    extract::{RawQuery, State},
};
use serde::Serialize;
use utoipa::{IntoParams, ToSchema};

use super::query::Parameters;
use crate::{
    Error, Result,
    access::{ApiClient, Credential},
    app::App,
};

/// A token (RFC 6749, section 5.1).
#[derive(Serialize, ToSchema)]
pub struct Token {
    /// The token, to be sent as `Authorization: Bearer …`.
    #[schema(example = "eyJ0eXAiOiJhdCtqd3QiLCJhbGciOiJIUzI1NiJ9.…")]
    access_token: String,
    /// `Bearer`.
    #[schema(example = "Bearer")]
    token_type: &'static str,
    /// For how many seconds it is good.
    #[schema(example = 900)]
    expires_in: i64,
    /// What it may be used for: the scopes of its key, with a space between.
    #[schema(example = "read write")]
    scope: String,
}

/// What may be asked of a token: nothing.
#[derive(IntoParams)]
pub struct TokenQuery {}

/// A token for a key
///
/// A JSON Web Token that stands for the key for 15 minutes, with the same scopes: for what runs where
/// a key should not be. It ends early if its key is revoked or expires. A key also works directly, as
/// `Authorization: Bearer …`, so a program that keeps its key to itself needs no token.
#[utoipa::path(
    post,
    path = "/v1/token",
    operation_id = "issueToken",
    tag = "Account",
    responses((status = 200, description = "A token", body = Token)),
    security(("key" = [])),
)]
pub async fn issue(
    State(app): State<App>,
    client: ApiClient,
    RawQuery(query): RawQuery,
) -> Result<Json<Token>> {
    Parameters::read::<TokenQuery>(query.as_deref())?;
    if client.credential == Credential::Token {
        // Otherwise one token, once seen, would be good for ever.
        return Err(Error::Forbidden(
            "a token cannot ask for another; send the key itself".into(),
        ));
    }
    let tokens = &app.bearers.tokens;
    let (access_token, claims) = tokens.issue(
        client.key_id,
        &client.tenant.id,
        &client.scopes,
        app.clock.now(),
    )?;
    Ok(Json(Token {
        access_token,
        token_type: "Bearer",
        expires_in: claims.exp - claims.iat,
        scope: claims.scope,
    }))
}
