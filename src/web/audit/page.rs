//! The record as a page: searched, the latest first.

use axum::{
    extract::{Query, State},
    response::Response,
};
use leptos::prelude::*;

use super::{Asked, PLATFORM};
use crate::{
    Result,
    access::{Admin, Epidemiologist, SignedIn, glass},
    app::App,
    audit::{
        chain::Line,
        search::{Before, all, own},
    },
    web::{forms::day_field, glass::looked, page::Page, words},
};

/// Lines of a page.
const LINES: i64 = 50;

/// `GET /audit`: the department's own, whoever did it.
pub async fn of_department(
    State(app): State<App>,
    who: Epidemiologist,
    Query(asked): Query<Asked>,
) -> Result<Response> {
    let (filter, before) = (asked.filter()?, asked.before()?);
    let mut tx = who.begin().await?;
    let lines = own(&mut tx, &filter, before, LINES + 1).await?;
    let looks = glass::own(&mut tx).await?;
    tx.commit().await?;
    let shown = Shown {
        path: "/audit",
        all: false,
        asked: &asked,
        lines,
        looks: looked(
            "Who of the platform looked in here",
            &looks,
            false,
            app.clock.now(),
        ),
    };
    Ok(shown.render(&app, &who.person))
}

/// `GET /admin/audit`: every department's, and the platform's own.
pub async fn of_all(
    State(app): State<App>,
    admin: Admin,
    Query(asked): Query<Asked>,
) -> Result<Response> {
    let (filter, before) = (asked.filter()?, asked.before()?);
    let mut tx = admin.begin().await?;
    let lines = all(&mut tx, asked.chain()?, &filter, before, LINES + 1).await?;
    tx.commit().await?;
    let shown = Shown {
        path: "/admin/audit",
        all: true,
        asked: &asked,
        lines,
        looks: ().into_any(),
    };
    Ok(shown.render(&app, &admin.person))
}

/// A page of lines.
struct Shown<'a> {
    path: &'static str,
    /// Whether it is of every chain, and says of which each line is.
    all: bool,
    asked: &'a Asked,
    lines: Vec<Line>,
    /// Who looked into the department.
    looks: AnyView,
}

impl Shown<'_> {
    fn render(mut self, app: &App, who: &SignedIn) -> Response {
        let page = usize::try_from(LINES).unwrap_or(usize::MAX);
        let more = self.lines.len() > page;
        self.lines.truncate(page);
        let lead = if self.all {
            "Who did what, to which department, when and from where. Nobody can change or delete a line."
        } else {
            "Who did what in your department, when and from where: your own people and programs, and \
             whoever runs the platform. Nobody can change or delete a line."
        };
        Page::new("Audit").of(who).render(app, || {
            view! {
                <h1>"Audit"</h1>
                <p class="lead">{lead}</p>
                {self.form()}
                {self.table()}
                {self.pages(more)}
                {self.downloads()}
                {self.looks}
            }
        })
    }

    fn form(&self) -> impl IntoView + use<> {
        let of = self.all.then(|| {
            view! {
                <label>
                    "Department's id, or “platform”"
                    <input type="search" name="of" maxlength="63" value=self.asked.of.clone()/>
                </label>
            }
        });
        view! {
            <form method="get" action=self.path class="choices" role="search">
                <label class="whole">
                    "Who, what or from where"
                    <input type="search" name="q" maxlength="200" value=self.asked.q.clone()/>
                </label>
                {of}
                <label>"From" <input type="date" name="from" value=day_field(&self.asked.from)/></label>
                <label>"To" <input type="date" name="to" value=day_field(&self.asked.to)/></label>
                <button type="submit">"Find"</button>
            </form>
        }
    }

    fn table(&self) -> AnyView {
        if self.lines.is_empty() {
            return view! { <p class="hint">"Nothing that was done matches."</p> }.into_any();
        }
        let rows: Vec<_> = self.lines.iter().map(|line| self.row(line)).collect();
        let of = self.all.then(|| view! { <th scope="col">"Of"</th> });
        view! {
            <div class="scroll" tabindex="0" role="region" aria-label="What was done">
                <table class="audit">
                    <thead>
                        <tr>
                            <th scope="col">"When (UTC)"</th>
                            {of}
                            <th scope="col">"Who"</th>
                            <th scope="col">"What"</th>
                            <th scope="col">"To whom or what"</th>
                            <th scope="col">"From where"</th>
                            <th scope="col">"Line"</th>
                        </tr>
                    </thead>
                    <tbody>{rows}</tbody>
                </table>
            </div>
        }
        .into_any()
    }

    fn row(&self, line: &Line) -> impl IntoView + use<> {
        let of = self.all.then(|| {
            let of = match line.chain.as_str() {
                "" => PLATFORM.to_owned(),
                tenant => tenant.to_owned(),
            };
            view! { <td><code>{of}</code></td> }
        });
        let refused = (line.outcome == "refused").then(|| {
            view! { " " <span class="tag">"refused"</span> }
        });
        let place = match line.seq {
            Some(seq) => words::whole(seq),
            None => "not linked".to_owned(),
        };
        let hash = line.hash.clone().unwrap_or_default();
        view! {
            <tr class=(line.outcome == "refused").then_some("refused")>
                <th scope="row">
                    <time datetime=line.occurred_at.to_rfc3339()>
                        {line.occurred_at.format("%Y-%m-%d %H:%M:%S").to_string()}
                    </time>
                </th>
                {of}
                <td>{line.actor.clone()}</td>
                <td><code>{line.action.clone()}</code>{refused}</td>
                <td>{line.subject.clone()}</td>
                <td>{line.origin.clone()}</td>
                <td title=format!("SHA-256 {hash}")>{place}</td>
            </tr>
        }
    }

    fn pages(&self, more: bool) -> impl IntoView + use<> {
        let latest = (!self.asked.before.is_empty()).then(|| {
            view! { <a class="button" href=self.asked.address(self.path, "")>"Latest"</a>" " }
        });
        let older = self.lines.last().filter(|_| more).map(|last| {
            let before = Before::line(last).to_string();
            view! { <a class="button" href=self.asked.address(self.path, &before)>"Older"</a> }
        });
        view! { <p>{latest}{older}</p> }
    }

    fn downloads(&self) -> impl IntoView + use<> {
        let csv = self.asked.address(&format!("{}/lines.csv", self.path), "");
        let whole = format!("{}/lines.jsonl", self.path);
        view! {
            <p class="downloads">
                <a href=csv download>"What was found, as CSV"</a>
                ", "
                <a href=whole download>"The whole record, to be verified"</a>
            </p>
            <p class="hint">
                "Each line carries a hash over itself and the line before it, so that a line that is \
                 changed, taken out or put in shows. "
                <code>"cordon audit verify"</code>
                " checks the whole record without this portal, and names the first line that does not hold."
            </p>
        }
    }
}
