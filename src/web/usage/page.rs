//! `/usage`: a month, as it stands so far or as it was.

use axum::{
    extract::{Query, State},
    response::Response,
};
use chrono::Days;
use leptos::prelude::*;

use super::{Asked, named, tables};
use crate::{
    Result,
    access::Epidemiologist,
    app::App,
    billing::{
        Month,
        budget::{Standing, own_budget},
        money::written,
        pace::at_this_pace,
        plans::Prices,
        prices::PriceList,
        statement::{self, Past, Statement, closed, past, so_far},
        usage::{by_day, by_key, quantities, uses},
    },
    web::page::Page,
};

/// `GET /usage`.
pub async fn show(
    State(app): State<App>,
    who: Epidemiologist,
    Query(asked): Query<Asked>,
) -> Result<Response> {
    let now = app.clock.now();
    let month = asked.month(now)?;
    let current = Month::of(now.date_naive());
    let mut tx = who.begin().await?;
    let before = month.previous();
    let uses = uses(&mut tx, before, month).await?;
    let used = quantities(&uses, month);
    let past = past(&mut tx).await?;
    let so_far = match closed(&mut tx, month).await? {
        Some(closed) => closed,
        None => so_far(&mut tx, month, &used).await?,
    };
    let owed_before = match past.iter().find(|past| past.month == before.first()) {
        Some(past) => (past.total, past.currency.clone()),
        None => {
            let used = quantities(&uses, before);
            let statement = statement::so_far(&mut tx, before, &used).await?;
            (statement.total, statement.currency.to_string())
        }
    };
    let budget = own_budget(&mut tx).await?;
    let prices = Prices::read(&mut tx, month).await?;
    tx.commit().await?;
    let list = prices.of(who.tenant.id.as_str())?;
    let standing =
        (month == current && !budget.is_none()).then(|| Standing::of(month, list, &used, budget));
    let days = by_day(&uses, month);
    let keys = by_key(&uses, month);
    let corrected: rust_decimal::Decimal = so_far
        .lines
        .iter()
        .filter(|line| line.correction_id.is_some())
        .map(|line| line.amount)
        .sum();
    let pace = at_this_pace(list, &used, month, now).map(|usage| usage + corrected);
    let last = now.date_naive().min(month.end() - Days::new(1));
    let nothing = days.is_empty();
    Ok(Page::new("Usage").of(&who.person).render(&app, || {
        let used_section = if nothing {
            view! {
                <p class="empty card">
                    {format!("Nothing was used in {}. Calls of your programs, runs of the model and what is \
                              stored appear here.", named(month))}
                </p>
            }
            .into_any()
        } else {
            view! {
                <h2>"By kind"</h2>
                {tables::by_kind(&used, &so_far)}
                <h2>"By day"</h2>
                {tables::by_day(&days, month, last)}
                <h2>"By key"</h2>
                {tables::by_key(keys)}
            }
            .into_any()
        };
        view! {
            <h1>{format!("Usage in {}", named(month))}</h1>
            {stats(&so_far, (before, &owed_before), pace.map(written), standing)}
            {choice(month, current)}
            {used_section}
            <section>
                <h2>{if so_far.closed.is_some() { "Statement" } else { "Statement so far" }}</h2>
                {tables::lines(&so_far)}
                {terms(list)}
                <p class="downloads">
                    <a href=format!("/usage/statement?month={month}")>"The statement, to print"</a>
                    <a href=format!("/usage/statement.csv?month={month}")>"Its lines as CSV"</a>
                    <a href=format!("/usage/daily.csv?month={month}")>"Use by day as CSV"</a>
                </p>
            </section>
            {statements(&past)}
        }
    }))
}

fn stats(
    so_far: &Statement,
    (before, owed_before): (Month, &(rust_decimal::Decimal, String)),
    pace: Option<String>,
    standing: Option<Standing>,
) -> impl IntoView + use<> {
    let currency = so_far.currency.code();
    let heading = if so_far.closed.is_some() {
        "Closed at"
    } else {
        "So far"
    };
    let pace = pace.map(|amount| {
        view! {
            <div class="stat">
                <dt>"At this pace, by its end"</dt>
                <dd><strong>{amount}</strong>" "{currency}</dd>
            </div>
        }
    });
    let standing = standing.map(|standing| {
        let end = standing
            .budget
            .hard
            .map(|hard| format!("no more forecasts at {}", written(hard)));
        let soft = standing
            .budget
            .soft
            .map(|soft| format!("notice at {}", written(soft)));
        let words = [soft, end]
            .into_iter()
            .flatten()
            .collect::<Vec<_>>()
            .join(", ");
        view! {
            <div class="stat">
                <dt>"Budget"</dt>
                <dd>{words}" "{standing.currency.code()}</dd>
            </div>
        }
    });
    view! {
        <dl class="stats counts">
            <div class="stat">
                <dt>{heading}</dt>
                <dd><strong>{written(so_far.total)}</strong>" "{currency}</dd>
            </div>
            {pace}
            <div class="stat">
                <dt>{named(before)}</dt>
                <dd><strong>{written(owed_before.0)}</strong>" "{owed_before.1.clone()}</dd>
            </div>
            {standing}
        </dl>
    }
}

fn choice(month: Month, current: Month) -> impl IntoView + use<> {
    let later = (month < current).then(|| {
        view! { <li><a href=format!("/usage?month={}", month.next())>{named(month.next())}</a></li> }
    });
    view! {
        <nav class="spans" aria-label="Months">
            <ul>
                <li><a href=format!("/usage?month={}", month.previous())>{named(month.previous())}</a></li>
                <li><a href=format!("/usage?month={month}") aria-current="page">{named(month)}</a></li>
                {later}
            </ul>
        </nav>
    }
}

/// By which plan it is paid, in a sentence.
fn terms(list: &PriceList) -> impl IntoView + use<> {
    let percent = |share: rust_decimal::Decimal| {
        format!(
            "{} %",
            (share * rust_decimal::Decimal::ONE_HUNDRED).normalize()
        )
    };
    view! {
        <p class="hint">
            {format!(
                "Plan {}, prices since {}. What was refused is billed at {} of the price, and what failed by \
                 our fault at {}.",
                list.name,
                named(list.valid_from),
                percent(list.refused_share),
                percent(list.failed_share)
            )}
        </p>
    }
}

fn statements(past: &[Past]) -> impl IntoView + use<> {
    let rows: Vec<_> = past
        .iter()
        .map(|statement| {
            let month = Month::of(statement.month);
            view! {
                <tr>
                    <th scope="row"><a href=format!("/usage/statement?month={month}")>{named(month)}</a></th>
                    <td>{written(statement.total)}" "{statement.currency.clone()}</td>
                    <td>{crate::web::words::day(statement.closed_at.date_naive())}</td>
                    <td>
                        <a
                            href=format!("/usage/statement.csv?month={month}")
                            aria-label=format!("CSV of {}", named(month))
                        >
                            "CSV"
                        </a>
                    </td>
                </tr>
            }
        })
        .collect();
    let table = if rows.is_empty() {
        view! { <p class="hint">"No month is closed yet. A statement stays here for good once it is."</p> }.into_any()
    } else {
        view! {
            <div class="scroll" tabindex="0" role="region" aria-label="Past statements">
                <table class="figures">
                    <thead>
                        <tr>
                            <th scope="col">"Month"</th>
                            <th scope="col">"Total"</th>
                            <th scope="col">"Closed on"</th>
                            <th scope="col">"File"</th>
                        </tr>
                    </thead>
                    <tbody>{rows}</tbody>
                </table>
            </div>
        }
        .into_any()
    };
    view! {
        <section>
            <h2>"Past statements"</h2>
            {table}
        </section>
    }
}
