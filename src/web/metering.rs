//! Meters every request that turns out to be from a department.

use std::time::Instant;

use axum::{
    extract::{Request, State},
    http::HeaderValue,
    middleware::Next,
    response::{IntoResponse, Response},
};

use crate::{
    access::Caller,
    app::App,
    billing::{EventType, Outcome, UsageEvent},
    tenancy::spent::in_database,
};

/// Bills a program's call before its answer goes out, whatever the answer is: done, refused or
/// failed. A call that did work was billed in the commit of that work. Of people it is counted
/// how long their pages took.
pub async fn meter(State(app): State<App>, mut request: Request, next: Next) -> Response {
    let caller = Caller::default();
    request.extensions_mut().insert(caller.clone());
    let started = Instant::now();
    let (response, spent) = in_database(next.run(request)).await;
    let response = told(&app, &caller, response);
    let Some(from) = caller.to_bill().cloned() else {
        return response;
    };
    let (at, took) = (app.clock.now(), started.elapsed());
    if from.key_id.is_none() {
        app.meter.count(from, at, took, spent);
        return response;
    }
    let event = UsageEvent {
        event_type: EventType::ApiCall,
        outcome: Outcome::of(response.status()),
        key_id: from.key_id,
        occurred_at: at,
        took,
        in_database: spent,
    };
    match app.meter.record(from, event).await {
        Ok(()) => response,
        Err(error) => error.into_response(),
    }
}

/// Tells a program of a department with a budget where it stands.
fn told(app: &App, caller: &Caller, mut response: Response) -> Response {
    let standing = caller.program().and_then(|tenant| app.standings.of(tenant));
    if let Some(standing) = standing
        && let Ok(value) = HeaderValue::try_from(standing.header())
    {
        response.headers_mut().insert("cordon-budget", value);
    }
    response
}
