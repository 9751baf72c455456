//! `/admin/billing/planning`: which departments drive compute and storage, how that goes on, and
//! what ten more of the same kind would need.

use axum::{
    extract::{Query, State},
    response::Response,
};
use leptos::prelude::*;
use rust_decimal::{Decimal, prelude::ToPrimitive as _};

use super::{Asked, choice, pages};
use crate::{
    Result,
    access::Admin,
    app::App,
    billing::{
        Month,
        costs::{UsedBy, used},
        need::{self, Need},
    },
    clock::Now,
    surveillance::charts::{Size, sparkline_svg},
    web::{
        page::Page,
        usage::{named, quantity},
        words,
    },
};

/// Months of the trend.
const MONTHS: usize = 6;

/// How many departments more are planned for.
const MORE: u32 = 10;

/// `GET /admin/billing/planning`.
pub async fn show(
    State(app): State<App>,
    admin: Admin,
    Query(asked): Query<Asked>,
) -> Result<Response> {
    let now = app.clock.now();
    let month = asked.month(now)?;
    let mut months = vec![month];
    while months.len() < MONTHS {
        months.push(months[months.len() - 1].previous());
    }
    months.reverse();
    let mut trend = Vec::new();
    let mut tx = admin.begin().await?;
    for of in months {
        trend.push((of, used(&mut tx, of).await?));
    }
    tx.commit().await?;
    let all = trend
        .last()
        .map(|(_, used)| used.clone())
        .unwrap_or_default();
    Ok(Page::new("Planning")
        .within("Billing")
        .of(&admin.person)
        .render(&app, || {
            let content = if all.is_empty() {
                view! { <p class="empty card">"There was no department in this month."</p> }
                    .into_any()
            } else {
                view! {
                    {more(&all, month, now)}
                    <h2>"Who drives it"</h2>
                    {table(&trend, &all)}
                }
                .into_any()
            };
            view! {
                <h1>{format!("Planning, {}", named(month))}</h1>
                {pages("Planning")}
                {choice("/admin/billing/planning", month)}
                {content}
            }
        }))
}

/// What more departments like those there are would need in a month.
fn more(all: &[UsedBy], month: Month, now: Now) -> impl IntoView + use<> {
    let share = need::share_of(month, now);
    let Need {
        processors,
        connections,
        gigabytes,
    } = need::of_more(all, MORE, month, share);
    let partial = (share < Decimal::ONE).then(|| {
        let percent = (share * Decimal::ONE_HUNDRED).round();
        view! { <p class="hint">{format!("Reckoned from the {percent} % of the month that are over.")}</p> }
    });
    view! {
        <h2>{format!("{MORE} more departments like the median one would need")}</h2>
        <dl class="stats">
            <div class="stat"><dt>"Processors, busy all month"</dt><dd><strong>{quantity(processors)}</strong></dd></div>
            <div class="stat"><dt>"Database connections, busy all month"</dt><dd><strong>{quantity(connections)}</strong></dd></div>
            <div class="stat"><dt>"Storage"</dt><dd><strong>{quantity(gigabytes)}</strong>" GB"</dd></div>
        </dl>
        {partial}
        <p class="hint">
            "The average over the month, not its busiest minute: leave room for the hour after the nightly reports."
        </p>
    }
}

fn table(trend: &[(Month, Vec<UsedBy>)], all: &[UsedBy]) -> impl IntoView + use<> {
    let mut by_compute: Vec<&UsedBy> = all.iter().collect();
    by_compute.sort_by_key(|department| {
        std::cmp::Reverse((
            department.processor_ms + department.database_ms,
            department.megabyte_days,
        ))
    });
    let sum = |of: fn(&UsedBy) -> Decimal| -> Decimal { all.iter().map(of).sum() };
    let (compute, storage) = (
        sum(|department| department.processor_ms + department.database_ms),
        sum(|department| department.megabyte_days),
    );
    let percent = |part: Decimal, whole: Decimal| {
        if whole.is_zero() {
            return "–".to_owned();
        }
        format!(
            "{} %",
            quantity((part / whole * Decimal::ONE_HUNDRED).round_dp(1))
        )
    };
    let rows: Vec<_> = by_compute
        .into_iter()
        .enumerate()
        .map(|(at, department)| {
            // A month a point, side by side as days are.
            let start = Month::of(Default::default()).first();
            let points: Vec<_> = start
                .iter_days()
                .zip(trend)
                .map(|(day, (_, used))| {
                    let of = used.iter().find(|used| used.tenant_id == department.tenant_id);
                    let compute = of.map(|used| used.processor_ms + used.database_ms);
                    (day, compute.and_then(|compute| compute.to_f64()))
                })
                .collect();
            let label = format!("Compute of {} over {MONTHS} months", department.name);
            let sparkline = sparkline_svg(&points, Size::small(120, 28), &format!("trend-{at}"), &label);
            view! {
                <tr>
                    <th scope="row">
                        <a href=format!("/admin/billing/tenants/{}", department.tenant_id)>{department.name.clone()}</a>
                        " "<code>{department.tenant_id.clone()}</code>
                    </th>
                    <td>{seconds(department.processor_ms)}</td>
                    <td>{seconds(department.database_ms)}</td>
                    <td>{percent(department.processor_ms + department.database_ms, compute)}</td>
                    <td>{quantity(department.megabyte_days)}</td>
                    <td>{percent(department.megabyte_days, storage)}</td>
                    <td>{words::whole(department.calls)}</td>
                    <td>{words::whole(department.runs)}</td>
                    <td>{words::whole(department.pages)}</td>
                    <td inner_html=sparkline></td>
                </tr>
            }
        })
        .collect();
    view! {
        <div class="scroll" tabindex="0" role="region" aria-label="Who drives compute and storage">
            <table class="figures departments">
                <thead>
                    <tr>
                        <th scope="col">"Department"</th>
                        <th scope="col">"Processors"</th>
                        <th scope="col">"Database"</th>
                        <th scope="col">"Of compute"</th>
                        <th scope="col">"MB-days"</th>
                        <th scope="col">"Of storage"</th>
                        <th scope="col">"Calls"</th>
                        <th scope="col">"Runs"</th>
                        <th scope="col">"Pages"</th>
                        <th scope="col">{format!("{MONTHS} months")}</th>
                    </tr>
                </thead>
                <tbody>{rows}</tbody>
            </table>
        </div>
    }
}

fn seconds(milliseconds: Decimal) -> String {
    format!(
        "{} s",
        quantity((milliseconds / Decimal::ONE_THOUSAND).round_dp(1))
    )
}
