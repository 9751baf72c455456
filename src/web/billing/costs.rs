//! `/admin/billing/costs`: what the platform costs in a month, and who bears it.

use axum::{
    extract::{Path, Query, State},
    http::StatusCode,
    response::{IntoResponse, Redirect, Response},
};
use leptos::prelude::*;
use rust_decimal::Decimal;
use serde::Deserialize;
use uuid::Uuid;

use super::{Asked, choice, currencies, month, pages, problem};
use crate::{
    Error, Result,
    access::Admin,
    app::App,
    billing::{
        Month,
        attribution::{Driver, Rest, Share},
        costs::{Attribution, CostLine, NewCost, attribution, enter, remove},
        money::{Currency, typed, written},
        overview::is_closed,
    },
    web::{
        forms::{Posted, clean},
        page::Page,
        usage::{named, quantity},
    },
};

/// What a cost is split by, in words.
const DRIVERS: [(Driver, &str); 4] = [
    (Driver::Processors, "Time of processors"),
    (Driver::Database, "Time of the database"),
    (Driver::Storage, "What is stored"),
    (Driver::Shared, "Nothing that is measured: shared by all"),
];

/// How the rest of it is split, in words.
const RESTS: [(Rest, &str); 2] = [
    (Rest::InProportion, "in proportion to use"),
    (Rest::Evenly, "evenly"),
];

/// A cost as it was typed.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub struct Typed {
    month: String,
    name: String,
    amount: String,
    currency: String,
    driver: String,
    capacity: String,
    rest: String,
}

/// `GET /admin/billing/costs`.
pub async fn show(
    State(app): State<App>,
    admin: Admin,
    Query(asked): Query<Asked>,
) -> Result<Response> {
    let month = asked.month(app.clock.now())?;
    page(&app, &admin, month, &Typed::default(), None).await
}

/// `POST /admin/billing/costs`: enters a cost. One that cannot be entered comes back as it was
/// typed.
pub async fn submit(
    State(app): State<App>,
    admin: Admin,
    Posted(typed): Posted<Typed>,
) -> Result<Response> {
    let month = month(&typed.month)?.unwrap_or_else(|| Month::of(app.clock.now().date_naive()));
    match store(&app, &admin, month, &typed).await {
        Ok(()) => Ok(Redirect::to(&format!("/admin/billing/costs?month={month}")).into_response()),
        Err(Error::Invalid(problem)) => page(&app, &admin, month, &typed, Some(problem)).await,
        Err(error) => Err(error),
    }
}

async fn store(app: &App, admin: &Admin, month: Month, form: &Typed) -> Result<()> {
    let driver = DRIVERS
        .into_iter()
        .find(|(driver, _)| driver.as_str() == form.driver);
    let rest = RESTS
        .into_iter()
        .find(|(rest, _)| rest.as_str() == form.rest);
    let (Some((driver, _)), Some((rest, _))) = (driver, rest) else {
        return Err(Error::Invalid("choose what the cost is split by".into()));
    };
    let capacity = match form.capacity.trim() {
        "" => None,
        capacity => Some(typed("how much there was to use", capacity)?),
    };
    let cost = NewCost {
        month,
        name: clean("what it is for", &form.name)?,
        currency: Currency::parse(&form.currency)?,
        amount: typed("the amount", &form.amount)?,
        driver,
        capacity,
        rest,
    };
    let mut tx = admin.begin().await?;
    enter(&mut tx, &cost, &admin.person.email, app.clock.now()).await?;
    tx.commit().await
}

/// `POST /admin/billing/costs/{cost}/remove`.
pub async fn take_away(
    State(app): State<App>,
    admin: Admin,
    Path(cost): Path<String>,
    Posted(asked): Posted<Asked>,
) -> Result<Response> {
    let cost_id: Uuid = cost
        .parse()
        .map_err(|_| Error::NotFound("cost in an open month"))?;
    let month = asked.month(app.clock.now())?;
    let mut tx = admin.begin().await?;
    remove(&mut tx, cost_id, &admin.person.email, app.clock.now()).await?;
    tx.commit().await?;
    Ok(Redirect::to(&format!("/admin/billing/costs?month={month}")).into_response())
}

async fn page(
    app: &App,
    admin: &Admin,
    month: Month,
    typed: &Typed,
    wrong: Option<String>,
) -> Result<Response> {
    let mut tx = admin.begin().await?;
    let attribution = attribution(&mut tx, month).await?;
    let closed = is_closed(&mut tx, month).await?;
    tx.commit().await?;
    let status = if wrong.is_some() {
        StatusCode::BAD_REQUEST
    } else {
        StatusCode::OK
    };
    let title = "Costs of the platform";
    Ok(Page::new(title).within("Billing").of(&admin.person).status(status).render(app, || {
        let form = if closed {
            view! { <p class="lead">"This month is closed, and so its costs stay as they are."</p> }.into_any()
        } else {
            form(month, typed, wrong.as_deref()).into_any()
        };
        view! {
            <h1>{format!("{title}, {}", named(month))}</h1>
            {pages("Costs")}
            {choice("/admin/billing/costs", month)}
            {lines(&attribution.costs, month, closed)}
            {form}
            {borne(&attribution)}
        }
    }))
}

fn lines(costs: &[CostLine], month: Month, closed: bool) -> AnyView {
    if costs.is_empty() {
        return view! {
            <p class="empty card">
                "No cost is entered for this month. Enter what servers, the database, storage and people cost, \
                 and it is split among departments to the cent."
            </p>
        }
        .into_any();
    }
    let words = |code: &str| {
        DRIVERS
            .into_iter()
            .find(|(driver, _)| driver.as_str() == code)
            .map(|found| found.1)
    };
    let rows: Vec<_> = costs
        .iter()
        .map(|cost| {
            let rest = RESTS.into_iter().find(|(rest, _)| rest.as_str() == cost.rest).map(|found| found.1);
            let remove = (!closed).then(|| {
                view! {
                    <details class="confirm">
                        <summary>"Remove…"</summary>
                        <form method="post" action=format!("/admin/billing/costs/{}/remove", cost.cost_id)>
                            <input type="hidden" name="month" value=month.to_string()/>
                            <button type="submit" class="danger">{format!("Remove {}", cost.name)}</button>
                        </form>
                    </details>
                }
            });
            view! {
                <tr>
                    <th scope="row">{cost.name.clone()}</th>
                    <td>{written(cost.amount)}" "{cost.currency.clone()}</td>
                    <td>{words(&cost.driver)}</td>
                    <td>{cost.capacity.map_or_else(|| "–".to_owned(), quantity)}</td>
                    <td>{rest}</td>
                    <td>{remove}</td>
                </tr>
            }
        })
        .collect();
    view! {
        <div class="scroll" tabindex="0" role="region" aria-label="Costs">
            <table class="figures costs">
                <thead>
                    <tr>
                        <th scope="col">"For"</th>
                        <th scope="col">"Amount"</th>
                        <th scope="col">"Split by"</th>
                        <th scope="col">"There was"</th>
                        <th scope="col">"The rest"</th>
                        <th scope="col"><span class="unseen">"Acts"</span></th>
                    </tr>
                </thead>
                <tbody>{rows}</tbody>
            </table>
        </div>
    }
    .into_any()
}

fn form(month: Month, typed: &Typed, wrong: Option<&str>) -> impl IntoView + use<> {
    let drivers: Vec<_> = DRIVERS
        .into_iter()
        .map(|(driver, words)| {
            let chosen = driver.as_str() == typed.driver;
            view! { <option value=driver.as_str() selected=chosen>{words}</option> }
        })
        .collect();
    let rests: Vec<_> = RESTS
        .into_iter()
        .map(|(rest, words)| {
            let chosen = rest.as_str() == typed.rest;
            view! { <option value=rest.as_str() selected=chosen>{words}</option> }
        })
        .collect();
    view! {
        <section>
            <h2>"Enter a cost"</h2>
            <form method="post" action="/admin/billing/costs" class="card stack">
                {problem(wrong)}
                <input type="hidden" name="month" value=month.to_string()/>
                <label for="name">"For what"</label>
                <input id="name" name="name" required maxlength="100" value=typed.name.clone()
                    placeholder="Application servers"/>
                <label for="amount">"Amount"</label>
                <div class="measure">
                    <input id="amount" name="amount" required inputmode="decimal" maxlength="20"
                        value=typed.amount.clone()/>
                    {currencies(if typed.currency.is_empty() { "USD" } else { &typed.currency })}
                </div>
                <label for="driver">"Split by"</label>
                <select id="driver" name="driver">{drivers}</select>
                <label for="capacity">"How much of that there was to use, if it is known"</label>
                <input id="capacity" name="capacity" inputmode="decimal" maxlength="30" value=typed.capacity.clone()
                    aria-describedby="capacity-hint"/>
                <p class="hint" id="capacity-hint">
                    "Milliseconds of processors or of database connections, or megabytes a day, in the whole month: two \
                     processors have 5,184,000,000 ms in 30 days. What nobody used of it is idle. Left empty, all \
                     of the cost is for use."
                </p>
                <label for="rest">"Idle and shared cost is split"</label>
                <select id="rest" name="rest">{rests}</select>
                <button type="submit">"Enter"</button>
            </form>
        </section>
    }
}

/// Who bears what, and that it adds up.
fn borne(attribution: &Attribution) -> Option<AnyView> {
    let currency = attribution.costs.first()?.currency.clone();
    let money = |cents: i64| written(Decimal::new(cents, 2));
    let mut whole = Share::default();
    let rows: Vec<_> = attribution
        .departments
        .iter()
        .enumerate()
        .map(|(at, department)| {
            let share = attribution.of(at);
            whole += share;
            view! {
                <tr>
                    <th scope="row">{department.name.clone()}" "<code>{department.tenant_id.clone()}</code></th>
                    <td>{money(share.direct)}</td>
                    <td>{money(share.idle)}</td>
                    <td>{money(share.shared)}</td>
                    <td>{money(share.total())}</td>
                </tr>
            }
        })
        .collect();
    Some(
        view! {
            <section>
                <h2>"Who bears it"</h2>
                <div class="scroll" tabindex="0" role="region" aria-label="Who bears the cost">
                    <table class="figures numeric">
                        <thead>
                            <tr>
                                <th scope="col">"Department"</th>
                                <th scope="col">"Direct use"</th>
                                <th scope="col">"Idle"</th>
                                <th scope="col">"Shared"</th>
                                <th scope="col">{format!("All, {currency}")}</th>
                            </tr>
                        </thead>
                        <tbody>{rows}</tbody>
                        <tfoot>
                            <tr>
                                <th scope="row">"The platform's cost"</th>
                                <td>{money(whole.direct)}</td>
                                <td>{money(whole.idle)}</td>
                                <td>{money(whole.shared)}</td>
                                <td><strong>{money(whole.total())}</strong></td>
                            </tr>
                        </tfoot>
                    </table>
                </div>
            </section>
        }
        .into_any(),
    )
}
