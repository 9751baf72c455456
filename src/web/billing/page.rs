//! `/admin/billing`: what all departments used and owe in a month, beside the month before.

use std::collections::HashMap;

use axum::{
    extract::{Query, State},
    response::Response,
};
use leptos::prelude::*;
use rust_decimal::Decimal;

use super::{Asked, choice, close::stands, pages};
use crate::{
    Result,
    access::Admin,
    app::App,
    billing::{
        Month, closing,
        costs::{Attribution, attribution},
        money::{Currency, written},
        overview::{DepartmentMonth, is_closed, months, totals},
    },
    clock::Now,
    web::{
        page::Page,
        usage::{named, quantity},
        words,
    },
};

/// `GET /admin/billing`.
pub async fn show(
    State(app): State<App>,
    admin: Admin,
    Query(asked): Query<Asked>,
) -> Result<Response> {
    let now = app.clock.now();
    let month = asked.month(now)?;
    let mut tx = admin.begin().await?;
    let all = months(&mut tx, month).await?;
    let before = months(&mut tx, month.previous()).await?;
    let cost = attribution(&mut tx, month).await?;
    let closed = is_closed(&mut tx, month).await?;
    let next = closing::next(&mut tx).await?;
    tx.commit().await?;
    let attempt = app.closing.of(month).filter(|_| !closed);
    Ok(Page::new("Billing").of(&admin.person).render(&app, || {
        view! {
            <h1>{format!("Billing, {}", named(month))}</h1>
            {pages("Departments")}
            {choice("/admin/billing", month)}
            {stats(&all, &before, &cost)}
            {attempt.as_ref().map(stands)}
            {close(month, closed, next, now)}
            {table(&all, &before, &cost)}
            <p class="downloads">
                <a href=format!("/admin/billing/statements.csv?month={month}")>"Statements as CSV"</a>
                <a href=format!("/admin/billing/focus.csv?month={month}")>"FOCUS columns as CSV"</a>
                <a href=format!("/admin/billing/attribution.csv?month={month}")>"Attribution as CSV"</a>
            </p>
        }
    }))
}

fn sum(totals: &[(Currency, Decimal)]) -> String {
    let parts: Vec<_> = totals
        .iter()
        .map(|(currency, total)| format!("{} {currency}", written(*total)))
        .collect();
    if parts.is_empty() {
        "nothing".to_owned()
    } else {
        parts.join(" + ")
    }
}

fn stats(
    all: &[DepartmentMonth],
    before: &[DepartmentMonth],
    cost: &Attribution,
) -> impl IntoView + use<> {
    let whole: Decimal = cost.costs.iter().map(|line| line.amount).sum();
    let currency = cost.costs.first().map(|line| line.currency.clone());
    let borne = currency.map_or_else(
        || "not entered".to_owned(),
        |currency| format!("{} {currency}", written(whole)),
    );
    view! {
        <dl class="stats">
            <div class="stat"><dt>"Departments owe"</dt><dd><strong>{sum(&totals(all))}</strong></dd></div>
            <div class="stat"><dt>"The month before"</dt><dd><strong>{sum(&totals(before))}</strong></dd></div>
            <div class="stat"><dt>"The platform costs"</dt><dd><strong>{borne}</strong></dd></div>
        </dl>
    }
}

/// Whether the month is closed, can be, or comes later.
fn close(month: Month, closed: bool, next: Option<Month>, now: Now) -> AnyView {
    if closed {
        return view! {
            <p class="lead">"This month is closed. Its statements do not change any more; a correction goes on the next ones."</p>
        }
        .into_any();
    }
    match next {
        Some(next) if next == month && now >= closing::from(month) => view! {
            <details class="confirm">
                <summary>{format!("Close {}…", named(month))}</summary>
                <form method="post" action="/admin/billing/close" class="card stack">
                    <p>
                        "Every department's statement is made and stays as it is, for good; so do the prices and \
                         the costs of this month. Enter all costs before. This cannot be undone."
                    </p>
                    <input type="hidden" name="month" value=month.to_string()/>
                    <button type="submit" class="danger">{format!("Close {}", named(month))}</button>
                </form>
            </details>
        }
        .into_any(),
        Some(next) if next == month => view! {
            <p class="hint">
                {format!("So far. It can be closed from {} UTC on.", closing::from(month).format("%-d %B %Y, %H:%M"))}
            </p>
        }
        .into_any(),
        Some(next) => view! {
            <p class="hint">
                "So far. Months are closed in order, and the next to close is "
                <a href=format!("/admin/billing?month={next}")>{named(next)}</a>"."
            </p>
        }
        .into_any(),
        None => view! { <p class="hint">"There is no department yet."</p> }.into_any(),
    }
}

fn table(all: &[DepartmentMonth], before: &[DepartmentMonth], cost: &Attribution) -> AnyView {
    if all.is_empty() {
        return view! {
            <p class="empty card">"There was no department in this month."</p>
        }
        .into_any();
    }
    let owed_before: HashMap<&str, Decimal> = before
        .iter()
        .map(|department| {
            (
                department.statement.tenant_id.as_str(),
                department.statement.total,
            )
        })
        .collect();
    let bears: HashMap<&str, Decimal> = cost
        .departments
        .iter()
        .enumerate()
        .map(|(at, department)| {
            (
                department.tenant_id.as_str(),
                Decimal::new(cost.of(at).total(), 2),
            )
        })
        .collect();
    let rows: Vec<_> = all
        .iter()
        .map(|department| {
            let statement = &department.statement;
            let id = statement.tenant_id.clone();
            let units = |kind: &str| {
                department
                    .units
                    .get(kind)
                    .map_or_else(|| "–".to_owned(), |units| quantity(*units))
            };
            let previous = owed_before.get(id.as_str()).copied();
            let change = previous
                .filter(|previous| *previous > Decimal::ZERO)
                .and_then(|previous| {
                    let change = (statement.total - previous) / previous;
                    rust_decimal::prelude::ToPrimitive::to_f64(&change)
                })
                .map_or_else(|| "–".to_owned(), words::signed_percent);
            let share = bears.get(id.as_str()).copied().unwrap_or_default();
            view! {
                <tr>
                    <th scope="row">
                        <a href=format!("/admin/billing/tenants/{id}")>{department.name.clone()}</a>
                        " "<code>{id.clone()}</code>
                    </th>
                    <td>{units("api_call")}</td>
                    <td>{units("enkf_run")}</td>
                    <td>{units("data_stored")}</td>
                    <td>{written(statement.total)}" "{statement.currency.code()}</td>
                    <td>{change}</td>
                    <td>{if cost.costs.is_empty() { "–".to_owned() } else { written(share) }}</td>
                </tr>
            }
        })
        .collect();
    view! {
        <div class="scroll" tabindex="0" role="region" aria-label="Departments">
            <table class="figures numeric departments">
                <thead>
                    <tr>
                        <th scope="col">"Department"</th>
                        <th scope="col">"Calls"</th>
                        <th scope="col">"Run units"</th>
                        <th scope="col">"MB-days"</th>
                        <th scope="col">"Owes"</th>
                        <th scope="col">"Change"</th>
                        <th scope="col">"Bears of the cost"</th>
                    </tr>
                </thead>
                <tbody>{rows}</tbody>
            </table>
        </div>
    }
    .into_any()
}
