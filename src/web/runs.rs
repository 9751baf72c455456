//! The runs of all departments' models, for administrators: when, how long, at what cost and with
//! what outcome. No case count is here, nor does the query read any.

use axum::{
    extract::{Query, State},
    response::Response,
};
use leptos::prelude::*;
use serde::Deserialize;

use super::{
    forecast::made::{cause, rounded, seconds},
    forms::clean,
    page::Page,
    words,
};
use crate::{
    Result,
    access::Admin,
    app::App,
    clock::Now,
    forecasting::{
        recent_runs::Status,
        runs::oversight::{AnyRun, Queue, Wanted, queue, runs},
    },
};

/// Rows of a page.
const ROWS: i64 = 50;

/// What runs can be, as in addresses and on the page.
const STATUSES: [(&str, &str); 5] = [
    ("", "All"),
    ("queued", "Waiting"),
    ("running", "Under way"),
    ("done", "Done"),
    ("failed", "Failed"),
];

/// Which runs are asked for.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub struct Asked {
    status: String,
    tenant: String,
    page: String,
}

/// `GET /admin/runs`.
pub async fn show(
    State(app): State<App>,
    admin: Admin,
    Query(asked): Query<Asked>,
) -> Result<Response> {
    let tenant = clean("the department", &asked.tenant)?.to_owned();
    let status = STATUSES
        .iter()
        .map(|(name, _)| *name)
        .find(|name| *name == asked.status)
        .unwrap_or_default();
    let page: i64 = asked.page.parse().unwrap_or(1).clamp(1, 10_000);
    let now = app.clock.now();
    let mut tx = admin.begin().await?;
    let line = queue(&mut tx, now).await?;
    let wanted = Wanted {
        status: Some(status).filter(|status| !status.is_empty()),
        tenant: Some(tenant.as_str()).filter(|tenant| !tenant.is_empty()),
        skip: ROWS * (page - 1),
        limit: ROWS + 1,
    };
    let mut found = runs(&mut tx, &wanted).await?;
    tx.commit().await?;
    let more = found.len() > usize::try_from(ROWS).unwrap_or(usize::MAX);
    found.truncate(usize::try_from(ROWS).unwrap_or(usize::MAX));
    let choice = Choice {
        status,
        tenant: &tenant,
        page,
        more,
    };
    Ok(Page::new("Runs").of(&admin.person).render(&app, || {
        view! {
            <h1>"Runs of the model"</h1>
            <p class="lead">{said(&line, now)}</p>
            {choice.form()}
            {table(&found, now, &choice)}
            {choice.pages()}
        }
    }))
}

/// How long the queue is, in a sentence.
fn said(line: &Queue, now: Now) -> String {
    let begins = match (line.running, line.queued - line.put_off) {
        (0, 0) => "Nothing is under way and nothing waits.".to_owned(),
        (running, 0) => format!("{} under way, and nothing waits.", counted(running)),
        (running, waiting) => {
            let since = line.oldest.map(|since| words::ago(since, now));
            let since = since.map_or_else(String::new, |since| {
                format!(", the longest asked for {since}")
            });
            let under_way = match running {
                0 => String::new(),
                running => format!("{} under way. ", counted(running)),
            };
            format!("{under_way}{} for a turn{since}.", counted_waits(waiting))
        }
    };
    let put_off = match line.put_off {
        0 => String::new(),
        many => format!(" {} to be tried again.", counted_waits(many)),
    };
    let failed = match line.failed {
        0 => String::new(),
        1 => " One run failed within a day.".to_owned(),
        many => format!(" {many} runs failed within a day."),
    };
    format!("{begins}{put_off}{failed}")
}

fn counted(runs: i64) -> String {
    match runs {
        1 => "One run is".to_owned(),
        runs => format!("{runs} runs are"),
    }
}

fn counted_waits(runs: i64) -> String {
    match runs {
        1 => "One run waits".to_owned(),
        runs => format!("{runs} runs wait"),
    }
}

/// What is shown of the list.
struct Choice<'a> {
    status: &'static str,
    tenant: &'a str,
    page: i64,
    more: bool,
}

impl Choice<'_> {
    fn form(&self) -> impl IntoView + use<> {
        let options: Vec<_> = STATUSES
            .iter()
            .map(|(value, name)| {
                let chosen = *value == self.status;
                view! { <option value=*value selected=chosen>{*name}</option> }
            })
            .collect();
        view! {
            <form method="get" action="/admin/runs" class="choices" role="search">
                <label>"Outcome" <select name="status">{options}</select></label>
                <label>
                    "Department's id"
                    <input type="search" name="tenant" maxlength="63" value=self.tenant.to_owned()/>
                </label>
                <button type="submit">"Show"</button>
            </form>
        }
    }

    fn address(&self, page: i64) -> String {
        let query = form_urlencoded::Serializer::new(String::new())
            .append_pair("status", self.status)
            .append_pair("tenant", self.tenant)
            .append_pair("page", &page.to_string())
            .finish();
        format!("/admin/runs?{query}")
    }

    fn pages(&self) -> impl IntoView + use<> {
        let newer = (self.page > 1).then(|| {
            view! { <a class="button" href=self.address(self.page - 1)>"Newer"</a>" " }
        });
        let older = self.more.then(|| {
            view! { <a class="button" href=self.address(self.page + 1)>"Older"</a> }
        });
        view! { <p>{newer}{older}</p> }
    }
}

fn table(runs: &[AnyRun], now: Now, choice: &Choice<'_>) -> AnyView {
    if runs.is_empty() {
        let none = if choice.status.is_empty() && choice.tenant.is_empty() {
            "No run has been asked for yet. The first upload of a department starts one."
        } else {
            "There is no such run."
        };
        return view! { <p class="hint">{none}</p> }.into_any();
    }
    let rows: Vec<_> = runs.iter().map(|run| row(run, now)).collect();
    view! {
        <div class="scroll" tabindex="0" role="region" aria-label="Runs of all departments">
            <table class="runs">
                <thead>
                    <tr>
                        <th scope="col">"Asked for"</th>
                        <th scope="col">"Department"</th>
                        <th scope="col">"Run"</th>
                        <th scope="col">"Outcome"</th>
                        <th scope="col">"Started by"</th>
                        <th scope="col">"Locations"</th>
                        <th scope="col">"Took"</th>
                        <th scope="col">"Processor"</th>
                        <th scope="col">"Cost units"</th>
                    </tr>
                </thead>
                <tbody>{rows}</tbody>
            </table>
        </div>
    }
    .into_any()
}

fn row(run: &AnyRun, now: Now) -> impl IntoView + use<> {
    let dash = || "–".to_owned();
    let deed = if run.kind == "hindcast" {
        "Replay of history"
    } else {
        "Forecast"
    };
    let known = run.as_of.map_or_else(String::new, |day| {
        format!(", as known on {}", words::day(day))
    });
    view! {
        <tr>
            <th scope="row">{words::ago(run.requested_at, now)}</th>
            <td>{run.department.clone()}<br/><code>{run.tenant_id.clone()}</code></td>
            <td>{format!("{deed}{known}")}</td>
            <td>{words::quoted(&outcome(run, now)).into_any()}</td>
            <td>{cause(&run.cause)}</td>
            <td>{run.locations.map_or_else(dash, |places| words::whole(places.into()))}</td>
            <td>{run.duration_ms.map_or_else(dash, seconds)}</td>
            <td>{run.cpu_ms.map_or_else(dash, seconds)}</td>
            <td>{run.cost_units.map_or_else(dash, rounded)}</td>
        </tr>
    }
}

fn outcome(run: &AnyRun, now: Now) -> String {
    let problem = run.problem.as_deref().unwrap_or("It could not be done.");
    match run.status {
        Status::Queued => match run.retry_at {
            Some(at) => format!(
                "tried {} times, again {}: {problem}",
                run.attempts,
                words::until(at, now)
            ),
            None => "waits".to_owned(),
        },
        Status::Running => format!("under way, {} %", run.progress),
        Status::Done => "done".to_owned(),
        Status::Failed => format!("failed: {problem}"),
    }
}
