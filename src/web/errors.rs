//! The error page, and the same error for a program.

use std::sync::Arc;

use axum::{
    Json,
    extract::{MatchedPath, Request, State},
    http::{HeaderMap, Method, StatusCode, Uri, header},
    middleware::Next,
    response::{IntoResponse, Redirect, Response},
};
use leptos::prelude::*;
use serde_json::json;
use uuid::Uuid;

use super::{login::on_the_way, page::Page};
use crate::{Error, access::source::RequestId, app::App};

/// Renders whatever error comes from within: as a page for a person, as problem details
/// (RFC 9457) for a program.
pub async fn show(State(app): State<App>, request: Request, next: Next) -> Response {
    let method = request.method().clone();
    let uri = request.uri().clone();
    let route = route(&request);
    let RequestId(id) = RequestId::of(request.extensions());
    let program = is_program(request.headers());
    let response = next.run(request).await;
    let status = response.status();
    if !status.is_client_error() && !status.is_server_error() {
        return response;
    }
    // What a library refused has a status and no page: a body too large, a method not allowed.
    let Some(error) = response.extensions().get::<Arc<Error>>().cloned() else {
        let rendered = response
            .headers()
            .get(header::CONTENT_TYPE)
            .is_some_and(|kind| {
                kind.to_str()
                    .is_ok_and(|kind| kind.starts_with("text/html") || kind.contains("json"))
            });
        return if rendered {
            response
        } else {
            render(&app, status, plain(status), None, program)
        };
    };
    let reads = matches!(method, Method::GET | Method::HEAD);
    if matches!(*error, Error::Unauthenticated) && !program && reads {
        return Redirect::to(&sign_in_and_return(&uri)).into_response();
    }
    if matches!(*error, Error::SecondFactorNeeded) && !program && reads {
        return Redirect::to("/account/second-factor").into_response();
    }
    let reference = reference_of(&error, id, &method, &route);
    let shown = if matches!(*error, Error::Setup(_)) {
        plain(status)
    } else {
        error.to_string()
    };
    let mut answer = render(&app, status, shown, reference, program);
    if matches!(*error, Error::Unauthenticated) {
        answer.headers_mut().insert(
            header::WWW_AUTHENTICATE,
            header::HeaderValue::from_static("Bearer"),
        );
    }
    if let Some(seconds) = retry_after(&error) {
        answer
            .headers_mut()
            .insert(header::RETRY_AFTER, seconds.into());
    }
    answer
}

/// Logs what is our fault, once, under a reference that the person can quote: how the request's id
/// begins.
fn reference_of(error: &Error, id: Uuid, method: &Method, route: &str) -> Option<String> {
    let cause = cause(error)?;
    let reference = id.simple().to_string()[..8].to_owned();
    tracing::error!(reference, %method, route, cause, "a request failed");
    Some(reference)
}

/// What the log should know of an error that is our fault.
pub fn cause(error: &Error) -> Option<String> {
    match error {
        Error::Internal(cause) => Some(cause.to_string()),
        Error::Setup(cause) => Some(cause.clone()),
        _ => None,
    }
}

/// After how many seconds it may be worth asking again.
pub fn retry_after(error: &Error) -> Option<u64> {
    match error {
        Error::Busy => Some(5),
        Error::TooMany { seconds } | Error::OverBudget { seconds, .. } => Some(*seconds),
        _ => None,
    }
}

/// The route that a request took, as the router has it. Its address may hold a secret.
pub fn route(request: &Request) -> String {
    let route = request.extensions().get::<MatchedPath>();
    route.map_or("none", MatchedPath::as_str).to_owned()
}

fn plain(status: StatusCode) -> String {
    match status {
        StatusCode::PAYLOAD_TOO_LARGE => {
            "that is more than this page takes; send less of it".into()
        }
        StatusCode::METHOD_NOT_ALLOWED => "this page cannot be used like that".into(),
        StatusCode::REQUEST_TIMEOUT => "that took too long; try again, or ask for less".into(),
        status if status.is_server_error() => "something went wrong on our side".into(),
        _ => "the request could not be understood".into(),
    }
}

fn is_program(headers: &HeaderMap) -> bool {
    let accept = headers
        .get(header::ACCEPT)
        .and_then(|accept| accept.to_str().ok())
        .unwrap_or_default();
    headers.contains_key(header::AUTHORIZATION)
        || (accept.contains("json") && !accept.contains("text/html"))
}

fn sign_in_and_return(uri: &Uri) -> String {
    let path = uri.path_and_query().map_or("/", |path| path.as_str());
    if path == "/" {
        return "/login".to_owned();
    }
    on_the_way("/login", path)
}

fn render(
    app: &App,
    status: StatusCode,
    message: String,
    reference: Option<String>,
    program: bool,
) -> Response {
    let title = status.canonical_reason().unwrap_or("Error");
    if program {
        let problem = json!({
            "type": "about:blank",
            "title": title,
            "status": status.as_u16(),
            "detail": message,
            "reference": reference,
        });
        let kind = [(header::CONTENT_TYPE, "application/problem+json")];
        return (status, kind, Json(problem).into_response().into_body()).into_response();
    }
    let heading = match status {
        StatusCode::NOT_FOUND => "Not found",
        status if status.is_server_error() => "That did not work",
        _ => "That cannot be done",
    };
    Page::new(heading).status(status).render(app, || {
        view! {
            <section class="card narrow">
                <p class="brand">"Cordon"</p>
                <h1>{heading}</h1>
                <p>{sentence(&message)}</p>
                {reference.map(|reference| view! {
                    <p>"If you tell us about it, quote " <code>{reference}</code> "."</p>
                })}
                <p><a href="/home">"Go to your start page"</a></p>
            </section>
        }
    })
}

/// A message as a sentence: it begins with a capital and ends with a full stop.
pub fn sentence(message: &str) -> String {
    let mut letters = message.chars();
    let start = letters
        .next()
        .map(|first| first.to_uppercase().to_string())
        .unwrap_or_default();
    let end = if message.ends_with(['.', '?', '!']) {
        ""
    } else {
        "."
    };
    format!("{start}{}{end}", letters.as_str())
}
