//! `/api/docs/clients`: examples to copy and run, for curl, R and Python.
//!
//! They are the files that a test runs against a live portal.

use axum::{extract::State, response::Response};
use leptos::prelude::*;

use crate::{app::App, web::page::Page};

/// An example.
struct Client {
    name: &'static str,
    id: &'static str,
    file: &'static str,
    runs: &'static str,
    text: &'static str,
}

const CLIENTS: [Client; 3] = [
    Client {
        name: "curl",
        id: "curl",
        file: "curl.sh",
        runs: "sh curl.sh",
        text: include_str!("../../end2end/clients/curl.sh"),
    },
    Client {
        name: "R, with httr2 and ggplot2",
        id: "r",
        file: "cordon.R",
        runs: "Rscript cordon.R",
        text: include_str!("../../end2end/clients/cordon.R"),
    },
    Client {
        name: "Python, with httpx and pandas",
        id: "python",
        file: "cordon.py",
        runs: "python cordon.py",
        text: include_str!("../../end2end/clients/cordon.py"),
    },
];

/// Examples
///
/// Programs to copy and run that read a department's cases: for curl, R and Python.
#[utoipa::path(
    get,
    path = "/docs/clients",
    operation_id = "showClients",
    tag = "Documents",
    responses((status = 200, description = "A page", body = String, content_type = "text/html")),
)]
pub async fn show(State(app): State<App>) -> Response {
    let environment = format!(
        "export CORDON_URL={}\nexport CORDON_KEY=cordon_…",
        app.config.origin
    );
    let clients = CLIENTS.map(|client| {
        view! {
            <section class="card" id=client.id>
                <h2>{client.name}</h2>
                <p>"Save it as " <code>{client.file}</code> " and run " <code>{client.runs}</code> "."</p>
                <pre class="code" tabindex="0" role="region" aria-label=client.file><code>{client.text}</code></pre>
            </section>
        }
    });
    Page::new("Programs").render(&app, || {
        view! {
            <div class="reference">
                <p><a class="brand" href="/home">"Cordon"</a></p>
                <h1>"Reading cases from a program"</h1>
                <p class="lead">
                    "Each of these reads a department's cases with its key, page after page. What else can \
                     be asked is in the "<a href="/api/docs">"description of the interface"</a>"."
                </p>
                <section class="card">
                    <h2>"First"</h2>
                    <p>"The key stays out of the program, in the environment:"</p>
                    <pre class="code" tabindex="0" role="region" aria-label="The environment"><code>{environment}</code></pre>
                </section>
                {clients.into_iter().collect_view()}
            </div>
        }
    })
}
