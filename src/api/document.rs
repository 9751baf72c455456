//! `/api/v1/openapi.json`: the description of the interface (OpenAPI 3.1), from the code itself.

use std::sync::LazyLock;

use axum::{
    http::{HeaderMap, HeaderValue, header},
    response::{IntoResponse, Response},
};
use serde_json::Value;
use utoipa::{
    Modify, OpenApi,
    openapi::{
        Components, Content, Header, HeaderBuilder, Object, Ref, RefOr, ResponseBuilder,
        path::Operation,
        schema::{SchemaType, Type},
        security::{HttpAuthScheme, HttpBuilder, SecurityScheme},
    },
};

use super::{
    edition::Edition,
    kinds::{KINDS, Kind},
    problem::{self, Problem},
};

/// The document, as text and to be read.
pub struct Document {
    /// As it is sent.
    pub text: String,
    /// As the page shows it.
    pub value: Value,
}

/// The document. It follows from the code, so it is made once.
pub static DOCUMENT: LazyLock<Document> = LazyLock::new(|| {
    let document = super::operations().into_openapi();
    let value = serde_json::to_value(&document).unwrap_or_default();
    Document {
        text: value.to_string(),
        value,
    }
});

/// What stands around the operations.
#[derive(OpenApi)]
#[openapi(
    info(
        title = "Cordon",
        version = "1",
        description = "What a department's programs read and send: its observations as they were \
            known on any day, its forecasts and its usage. A key opens one department, and whatever \
            is read or written here is that department's alone. Parameters that are not described \
            here are refused rather than left out. New fields may be added to answers; a change \
            that breaks a program gets another number in its path.",
        license(name = "Apache-2.0", identifier = "Apache-2.0"),
    ),
    servers((url = "/api", description = "This portal")),
    tags(
        (name = "Surveillance", description = "What was reported"),
        (name = "Forecasting", description = "What the model expects"),
        (name = "Account", description = "Tokens and usage"),
        (name = "Documents", description = "This description, for programs and for people"),
    ),
    components(schemas(Problem)),
    modifiers(&Bearer),
)]
pub struct Frame;

struct Bearer;

impl Modify for Bearer {
    fn modify(&self, document: &mut utoipa::openapi::OpenApi) {
        let components = document.components.get_or_insert_with(Components::new);
        let scheme = |description, format: Option<&str>| {
            let mut http = HttpBuilder::new()
                .scheme(HttpAuthScheme::Bearer)
                .description(Some(description));
            if let Some(format) = format {
                http = http.bearer_format(format);
            }
            SecurityScheme::Http(http.build())
        };
        components.add_security_scheme(
            "key",
            scheme(
                "A department's key: `cordon_` and 49 letters and digits.",
                None,
            ),
        );
        components.add_security_scheme(
            "token",
            scheme(
                "A token that `POST /api/v1/token` gave for a key. It is good for 15 minutes.",
                Some("JWT"),
            ),
        );
        for kind in KINDS {
            components
                .responses
                .insert(kind.name.to_owned(), response(kind).into());
        }
    }
}

/// A kind of problem, as a response that operations refer to.
fn response(kind: &Kind) -> utoipa::openapi::Response {
    let content = Content::new(Some(Ref::from_schema_name("Problem")));
    let response = ResponseBuilder::new()
        .description(format!("{}. {}", kind.title, kind.means))
        .content(problem::MEDIA_TYPE, content);
    match kind.status {
        401 => response.header("WWW-Authenticate", header_of(Type::String, "`Bearer`")),
        429 | 503 => response.header(
            "Retry-After",
            header_of(Type::Integer, "After how many seconds to ask again"),
        ),
        _ => response,
    }
    .build()
}

fn header_of(kind: Type, description: &str) -> Header {
    HeaderBuilder::new()
        .schema(Some(Object::with_type(SchemaType::new(kind))))
        .description(Some(description))
        .build()
}

/// Adds what every operation can answer, and gives what it said of problems their form.
pub fn complete(document: &mut utoipa::openapi::OpenApi) {
    for item in document.paths.paths.values_mut() {
        for operation in [&mut item.get, &mut item.post].into_iter().flatten() {
            complete_operation(operation);
        }
    }
}

fn complete_operation(operation: &mut Operation) {
    let secured = operation.security.is_some();
    let takes = operation.parameters.is_some() || secured;
    let everybody = [408, 500, 503].into_iter();
    let programs = [401, 403, 429].into_iter().filter(|_| secured);
    let asked = [422].into_iter().filter(|_| takes);
    let responses = &mut operation.responses.responses;
    for status in everybody.chain(programs).chain(asked) {
        responses
            .entry(status.to_string())
            .or_insert_with(|| refer(status));
    }
    // An operation says which problems it has; what they look like is the same everywhere.
    for kind in KINDS {
        if let Some(response) = responses.get_mut(&kind.status.to_string())
            && !matches!(response, RefOr::T(response) if !response.content.is_empty())
        {
            *response = refer(kind.status);
        }
    }
    if secured {
        for (status, response) in responses {
            if let RefOr::T(response) = response
                && status.starts_with('2')
            {
                let policy = header_of(Type::String, "The key's allowance");
                let left = header_of(Type::String, "What is left of it");
                response
                    .headers
                    .insert("RateLimit-Policy".into(), policy.into());
                response.headers.insert("RateLimit".into(), left.into());
                let budget = header_of(
                    Type::String,
                    "Where a department with a budget stands in this month",
                );
                response
                    .headers
                    .insert("Cordon-Budget".into(), budget.into());
            }
        }
    }
}

fn refer(status: u16) -> RefOr<utoipa::openapi::Response> {
    let kind = KINDS.iter().find(|kind| kind.status == status);
    let name = kind.map_or("internal", |kind| kind.name);
    RefOr::Ref(Ref::from_response_name(name))
}

/// This description
///
/// The OpenAPI document, for whoever makes programs from it. It is made from the code that answers.
#[utoipa::path(
    get,
    path = "/v1/openapi.json",
    operation_id = "readDocument",
    tag = "Documents",
    responses(
        (status = 200, description = "This document", body = Object, content_type = "application/json", headers(
            ("ETag" = String, description = "The edition of this document"),
        )),
        (status = 304, description = "You have this edition already"),
    ),
)]
pub async fn show(headers: HeaderMap) -> Response {
    let edition = Edition::of_text(&DOCUMENT.text);
    let mut response = if edition.is_known(&headers) {
        edition.not_modified()
    } else {
        let mut response = DOCUMENT.text.as_str().into_response();
        response.headers_mut().insert(
            header::CONTENT_TYPE,
            HeaderValue::from_static("application/json"),
        );
        edition.write(response.headers_mut());
        response
    };
    // The same for everybody, and no secret.
    response.headers_mut().insert(
        header::CACHE_CONTROL,
        HeaderValue::from_static("public, max-age=300"),
    );
    response
}
