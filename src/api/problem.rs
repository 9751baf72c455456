//! What a program is told when something is wrong: problem details (RFC 9457).

use std::sync::Arc;

use axum::{
    extract::Request,
    http::{HeaderMap, HeaderValue, StatusCode, header},
    middleware::Next,
    response::{IntoResponse, Response},
};
use serde::Serialize;
use utoipa::ToSchema;
use uuid::Uuid;

use super::kinds::Kind;
use crate::{Error, access::source::RequestId, web::errors};

/// The media type of problem details.
pub const MEDIA_TYPE: &str = "application/problem+json";

/// What is wrong, in a form that programs share (RFC 9457).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
#[schema(example = json!({
    "type": "/api/docs#problem-invalid",
    "title": "That cannot be understood",
    "status": 422,
    "detail": "`from` should be a date such as 2026-03-31, and is `yesterday`",
    "instance": "urn:uuid:6fd7b9a4-4bb4-4e0c-8a8e-8b5d7a4d1f3e"
}))]
pub struct Problem {
    /// The kind of problem: where the documentation describes it.
    #[serde(rename = "type")]
    #[schema(format = "uri-reference")]
    pub kind: String,
    /// The kind in a few words, the same for every problem of it.
    pub title: String,
    /// The status of the answer.
    #[schema(minimum = 400, maximum = 599)]
    pub status: u16,
    /// What is wrong this time, and what to do about it.
    pub detail: String,
    /// This very occurrence. If the fault is ours, our log has it under the same name.
    #[schema(format = "uri")]
    pub instance: String,
}

impl Problem {
    /// A problem of the kind that comes with `status`.
    pub fn new(status: StatusCode, detail: String, occurrence: Uuid) -> Self {
        let kind = Kind::of(status);
        Self {
            kind: kind.uri(),
            title: kind.title.to_owned(),
            status: status.as_u16(),
            detail,
            instance: occurrence.urn().to_string(),
        }
    }
}

/// Renders whatever error comes from within as problem details: ours, and what a library refused.
pub async fn show(request: Request, next: Next) -> Response {
    let method = request.method().clone();
    let route = errors::route(&request);
    let RequestId(occurrence) = RequestId::of(request.extensions());
    let response = next.run(request).await;
    if !response.status().is_client_error() && !response.status().is_server_error() {
        return response;
    }
    let kind = response.headers().get(header::CONTENT_TYPE);
    if kind.is_some_and(|kind| kind.as_bytes() == MEDIA_TYPE.as_bytes()) {
        // It was told whole where it arose.
        return response;
    }
    let error = response.extensions().get::<Arc<Error>>().cloned();
    if let Some(cause) = error.as_deref().and_then(errors::cause) {
        tracing::error!(reference = %occurrence, %method, route, cause, "a request failed");
    }
    let status = match error.as_deref() {
        // The request could be read, and what it says is not right.
        Some(Error::Invalid(_)) => StatusCode::UNPROCESSABLE_ENTITY,
        _ => response.status(),
    };
    let kind = Kind::of(status);
    let detail = match error.as_deref() {
        None | Some(Error::Setup(_)) => kind.means.to_owned(),
        Some(Error::Unauthenticated) => {
            "send a key that is in use, or a token, as `Authorization: Bearer …`".to_owned()
        }
        Some(error) => error.to_string(),
    };
    let problem = Problem::new(status, detail, occurrence);
    let mut answer = (status, axum::Json(problem)).into_response();
    write_headers(answer.headers_mut(), response.headers(), error.as_deref());
    answer
}

fn write_headers(headers: &mut HeaderMap, refused: &HeaderMap, error: Option<&Error>) {
    headers.insert(header::CONTENT_TYPE, HeaderValue::from_static(MEDIA_TYPE));
    if let Some(methods) = refused.get(header::ALLOW) {
        headers.insert(header::ALLOW, methods.clone());
    }
    if matches!(error, Some(Error::Unauthenticated)) {
        headers.insert(header::WWW_AUTHENTICATE, HeaderValue::from_static("Bearer"));
    }
    if let Some(seconds) = error.and_then(errors::retry_after) {
        headers.insert(header::RETRY_AFTER, seconds.into());
    }
}
