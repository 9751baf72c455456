//! `/api/docs`: the description of the interface for people, made from the one for programs.

use axum::{extract::State, response::Response};
use leptos::prelude::*;
use serde_json::Value;

use super::{
    document::DOCUMENT,
    kinds::{KINDS, Kind},
};
use crate::{app::App, web::page::Page};

mod operation;
mod schema;

use operation::operations;
use schema::schemas;

/// This description, for people
///
/// What you are reading: the OpenAPI document as a page.
#[utoipa::path(
    get,
    path = "/docs",
    operation_id = "showDocument",
    tag = "Documents",
    responses((status = 200, description = "A page", body = String, content_type = "text/html")),
)]
pub async fn show(State(app): State<App>) -> Response {
    let document = &DOCUMENT.value;
    let origin = app.config.origin.clone();
    Page::new("API").render(&app, || {
        view! {
            <div class="reference">
                <p><a class="brand" href="/home">"Cordon"</a></p>
                <h1>"The interface for programs"</h1>
                <p class="lead">{text(&document["info"]["description"])}</p>
                <p class="lead">
                    "Examples to copy and run: "<a href="/api/docs/clients">"curl, R and Python"</a>
                    ". The same description for programs: "
                    <a href="/api/v1/openapi.json">"openapi.json"</a>" (OpenAPI 3.1)."
                </p>
                <section class="card">
                    <h2>"Keys and tokens"</h2>
                    {["key", "token"].map(|name| {
                        let scheme = &document["components"]["securitySchemes"][name]["description"];
                        view! { <p>{prose(&text(scheme))}</p> }
                    }).into_iter().collect_view()}
                    <p>
                        "Either is sent as "<code>"Authorization: Bearer …"</code>
                        ". Every answer to one says in "<code>"RateLimit"</code>
                        " how many requests are left to the key, and in how many seconds all of them are again. Of a \
                         department with a budget it says in "<code>"Cordon-Budget"</code>
                        " what of this month is used, where the notice and the end are, and when the month ends."
                    </p>
                </section>
                <nav class="card" aria-label="Operations">
                    <h2>"What can be asked"</h2>
                    <ul>{contents()}</ul>
                </nav>
                {operations(&origin)}
                <h2>"What comes back"</h2>
                {schemas()}
                <h2>"When something is wrong"</h2>
                <p class="lead">
                    "Every refusal is problem details (RFC 9457), with a kind that is one of these."
                </p>
                <div class="scroll" tabindex="0" role="region" aria-label="Kinds of problems">
                    <table>
                        <thead><tr><th scope="col">"Status"</th><th scope="col">"Kind"</th><th scope="col">"What to do"</th></tr></thead>
                        <tbody>{KINDS.iter().map(problem).collect_view()}</tbody>
                    </table>
                </div>
            </div>
        }
    })
}

fn contents() -> impl IntoView {
    operation::all()
        .map(|operation| {
            view! {
                <li>
                    <a href=format!("#{}", operation.id())>
                        <code>{operation.method.to_uppercase()}" "{operation.path()}</code>
                    </a>
                    " "{operation.summary()}
                </li>
            }
        })
        .collect_view()
}

fn problem(kind: &Kind) -> impl IntoView + use<> {
    view! {
        <tr id=format!("problem-{}", kind.name)>
            <td>{kind.status}</td>
            <th scope="row">{kind.title}<br/><code>{kind.name}</code></th>
            <td>{prose(kind.means)}</td>
        </tr>
    }
}

/// A text in the document.
fn text(value: &Value) -> String {
    value.as_str().unwrap_or_default().to_owned()
}

/// The fields of an object in the document; none of anything else.
fn fields(value: &'static Value) -> impl Iterator<Item = (&'static String, &'static Value)> {
    value.as_object().into_iter().flatten()
}

/// A sentence whose code stands between backticks.
fn prose(text: &str) -> impl IntoView + use<> {
    text.split('`')
        .map(str::to_owned)
        .enumerate()
        .map(|(place, piece)| {
            if place % 2 == 1 {
                view! { <code>{piece}</code> }.into_any()
            } else {
                piece.into_any()
            }
        })
        .collect::<Vec<_>>()
}

/// Where a reference leads, or the value itself.
fn follow(value: &'static Value) -> &'static Value {
    value["$ref"]
        .as_str()
        .and_then(|reference| reference.strip_prefix('#'))
        .and_then(|pointer| DOCUMENT.value.pointer(pointer))
        .unwrap_or(value)
}
