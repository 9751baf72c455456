//! What a program sees: one file a resource, `/api/v1`.
//!
//! A request comes with a key or a token, and never with a cookie. Whatever goes wrong, the answer is
//! problem details. The routes and their description are one: what is served is documented, and what
//! is documented is served.

/// From rows to an answer.
pub mod answer;
/// How to ask from curl, R and Python.
pub mod clients;
/// Where a page ends and the next begins.
pub mod cursor;
/// The description of the interface, for people.
pub mod docs;
/// The description of the interface, for programs.
pub mod document;
/// Which edition of an answer this is.
pub mod edition;
/// What the model expects.
pub mod forecasts;
/// In which form an answer goes out.
pub mod format;
/// The kinds of problems.
pub mod kinds;
/// The places a department reports for.
pub mod locations;
/// Reading JSON objects.
pub mod object;
/// What was reported.
pub mod observations;
/// What a program is told when something is wrong.
pub mod problem;
/// Reading a query string.
pub mod query;
/// What was found in what a program sent.
pub mod report;
/// The runs of the model.
pub mod runs;
/// Sending observations.
pub mod sending;
/// The body of a request that sends observations.
pub mod sent;
/// A key's stand-in for 15 minutes.
pub mod token;
/// What a department has used.
pub mod usage;

use std::time::Duration;

use axum::{Router, extract::Request, http::StatusCode, middleware::Next, response::Response};
use tower_http::timeout::TimeoutLayer;
use utoipa::OpenApi as _;
use utoipa_axum::{
    router::{OpenApiRouter, UtoipaMethodRouter},
    routes,
};

use crate::{Error, access::limits::Left, app::App};

/// After this a request is given up.
const TIMEOUT: Duration = Duration::from_secs(30);

/// After this observations are given up that are still arriving.
const FILE_TIMEOUT: Duration = Duration::from_secs(600);

/// Every route below `/api`.
pub fn router() -> Router<App> {
    let (router, _) = operations().split_for_parts();
    router.fallback(|| async { Error::NotFound("resource") })
}

/// Every operation with its description.
fn operations() -> OpenApiRouter<App> {
    let mut operations = OpenApiRouter::with_openapi(document::Frame::openapi())
        .routes(within(TIMEOUT, routes!(token::issue)))
        .routes(within(TIMEOUT, routes!(observations::list)))
        .routes(within(FILE_TIMEOUT, routes!(sending::send)))
        .routes(within(TIMEOUT, routes!(locations::list)))
        .routes(within(TIMEOUT, routes!(forecasts::list)))
        .routes(within(TIMEOUT, routes!(runs::list, runs::ask)))
        .routes(within(TIMEOUT, routes!(runs::show)))
        .routes(within(TIMEOUT, routes!(usage::show)))
        .routes(routes!(document::show))
        .routes(routes!(docs::show))
        .routes(routes!(clients::show));
    document::complete(operations.get_openapi_mut());
    operations
}

/// Gives a request up after a time.
fn within(
    time: Duration,
    (schemas, paths, routes): UtoipaMethodRouter<App>,
) -> UtoipaMethodRouter<App> {
    let layer = TimeoutLayer::with_status_code(StatusCode::REQUEST_TIMEOUT, time);
    (schemas, paths, routes.layer(layer))
}

/// Says on the answer what the request left of its key's allowance.
pub async fn say_what_is_left(mut request: Request, next: Next) -> Response {
    let left = Left::default();
    request.extensions_mut().insert(left.clone());
    let mut response = next.run(request).await;
    if let Some(allowance) = left.get() {
        allowance.write(response.headers_mut());
    }
    response
}
