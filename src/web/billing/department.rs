//! `/admin/billing/tenants/{tenant}`: a department's plan, budget, statement and corrections.

use axum::{
    extract::{Path, Query, State},
    http::StatusCode,
    response::{IntoResponse, Redirect, Response},
};
use leptos::prelude::*;
use serde::Deserialize;

use super::{Asked, choice, month, pages, problem};
use crate::{
    Error, Result,
    access::Admin,
    app::App,
    billing::{
        Month,
        budget::{self, Budget, budget_of},
        correction::{Wrong, correct},
        money::{typed, written},
        overview::month_of,
        plans::{Prices, agree},
    },
    tenancy::TenantId,
    web::{
        forms::{Posted, clean},
        page::Page,
        usage::{lines, named},
    },
};

/// What was typed into one of the page's forms.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
pub struct Typed {
    month: String,
    plan: String,
    from: String,
    soft: Option<String>,
    hard: Option<String>,
    line: String,
    amount: String,
    reason: String,
}

/// Which of the page's forms was sent.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Form {
    Plan,
    Budget,
    Correction,
}

/// `GET /admin/billing/tenants/{tenant}`.
pub async fn show(
    State(app): State<App>,
    admin: Admin,
    Path(tenant): Path<String>,
    Query(asked): Query<Asked>,
) -> Result<Response> {
    let month = asked.month(app.clock.now())?;
    page(&app, &admin, &id(&tenant)?, month, &Typed::default(), None).await
}

fn id(tenant: &str) -> Result<TenantId> {
    TenantId::parse(tenant).map_err(|_| Error::NotFound("department"))
}

/// `POST …/plan`: by which plan it pays from a month on.
pub async fn plan(
    State(app): State<App>,
    admin: Admin,
    Path(tenant): Path<String>,
    Posted(form): Posted<Typed>,
) -> Result<Response> {
    done(&app, &admin, &id(&tenant)?, &form, Form::Plan).await
}

/// `POST …/budget`: how much it means to spend in a month.
pub async fn budget(
    State(app): State<App>,
    admin: Admin,
    Path(tenant): Path<String>,
    Posted(form): Posted<Typed>,
) -> Result<Response> {
    done(&app, &admin, &id(&tenant)?, &form, Form::Budget).await
}

/// `POST …/corrections`: what a line of a closed statement should have been.
pub async fn correction(
    State(app): State<App>,
    admin: Admin,
    Path(tenant): Path<String>,
    Posted(form): Posted<Typed>,
) -> Result<Response> {
    done(&app, &admin, &id(&tenant)?, &form, Form::Correction).await
}

/// Does what a form asks for; one that cannot be done comes back as it was typed.
async fn done(
    app: &App,
    admin: &Admin,
    tenant: &TenantId,
    typed: &Typed,
    form: Form,
) -> Result<Response> {
    let shown = month(&typed.month)?.unwrap_or_else(|| Month::of(app.clock.now().date_naive()));
    match store(app, admin, tenant, typed, form).await {
        Ok(()) => {
            let to = format!("/admin/billing/tenants/{tenant}?month={shown}");
            Ok(Redirect::to(&to).into_response())
        }
        Err(Error::Invalid(problem)) => {
            page(app, admin, tenant, shown, typed, Some((form, problem))).await
        }
        Err(error) => Err(error),
    }
}

async fn store(
    app: &App,
    admin: &Admin,
    tenant: &TenantId,
    form: &Typed,
    which: Form,
) -> Result<()> {
    let (by, now) = (admin.person.email.as_str(), app.clock.now());
    let mut tx = admin.begin().await?;
    match which {
        Form::Plan => {
            let from = month(&form.from)?
                .ok_or_else(|| Error::Invalid("say from which month on".into()))?;
            agree(
                &mut tx,
                tenant,
                clean("the plan", &form.plan)?,
                from,
                by,
                now,
            )
            .await?;
        }
        Form::Budget => {
            let amount = |field, text: &Option<String>| match text.as_deref().map(str::trim) {
                None | Some("") => Ok(None),
                Some(text) => typed(field, text).map(Some),
            };
            let wanted = Budget {
                soft: amount("the notice", &form.soft)?,
                hard: amount("the end", &form.hard)?,
            };
            budget::set(&mut tx, tenant, wanted, by, now).await?;
        }
        Form::Correction => {
            let wrong = Wrong {
                tenant,
                month: month(&form.month)?
                    .ok_or_else(|| Error::Invalid("say which month is to be corrected".into()))?,
                line_no: form.line.trim().parse().map_err(|_| {
                    Error::Invalid("the line is a number, as on the statement".into())
                })?,
                right: typed("the right amount", &form.amount)?,
                reason: clean("the reason", &form.reason)?,
            };
            correct(&mut tx, &wrong, by, now).await?;
        }
    }
    tx.commit().await?;
    if which == Form::Budget {
        // So that the notice is there, or gone, on the very next page.
        app.standings.refresh(&app.pools, now).await?;
    }
    Ok(())
}

async fn page(
    app: &App,
    admin: &Admin,
    tenant: &TenantId,
    month: Month,
    form: &Typed,
    wrong: Option<(Form, String)>,
) -> Result<Response> {
    let mut tx = admin.begin().await?;
    let department = month_of(&mut tx, tenant, month).await?;
    let budget = budget_of(&mut tx, tenant).await?;
    let prices = Prices::read_all(&mut tx, month).await?;
    tx.commit().await?;
    let department = department.ok_or(Error::NotFound("department in this month"))?;
    let statement = department.statement;
    let status = if wrong.is_some() {
        StatusCode::BAD_REQUEST
    } else {
        StatusCode::OK
    };
    let of = |which: Form| {
        wrong
            .as_ref()
            .filter(|(form, _)| *form == which)
            .map(|(_, words)| words.as_str())
    };
    let plans: Vec<_> = prices
        .lists()
        .map(|list| {
            let chosen = list.plan_id == statement.plan_id;
            let words = format!("{} ({})", list.name, list.plan_id);
            view! { <option value=list.plan_id.clone() selected=chosen>{words}</option> }
        })
        .collect();
    let amount = |typed: &Option<String>, known: Option<rust_decimal::Decimal>| {
        typed
            .clone()
            .or_else(|| known.map(|known| known.to_string()))
            .unwrap_or_default()
    };
    let (soft, hard) = (
        amount(&form.soft, budget.soft),
        amount(&form.hard, budget.hard),
    );
    let base = format!("/admin/billing/tenants/{tenant}");
    let open = Month::of(app.clock.now().date_naive());
    Ok(Page::new(&department.name).within("Billing").of(&admin.person).status(status).render(app, || {
        let corrections = statement.closed.is_some().then(|| {
            view! {
                <section>
                    <h2>"Correct a line"</h2>
                    <form method="post" action=format!("{base}/corrections") class="card stack">
                        {problem(of(Form::Correction))}
                        <p class="hint">
                            "The closed statement stays as it is. The next one takes the line back and has the right \
                             amount instead."
                        </p>
                        <input type="hidden" name="month" value=month.to_string()/>
                        <label for="line">"Line"</label>
                        <input id="line" name="line" inputmode="numeric" required maxlength="4" value=form.line.clone()/>
                        <label for="amount">{format!("The right amount, {}", statement.currency)}</label>
                        <input id="amount" name="amount" inputmode="decimal" required maxlength="20" value=form.amount.clone()/>
                        <label for="reason">"Why, as the department reads it"</label>
                        <input id="reason" name="reason" required maxlength="300" value=form.reason.clone()/>
                        <button type="submit">"Correct"</button>
                    </form>
                </section>
            }
        });
        let state = if statement.closed.is_some() { "closed" } else { "as it stands so far" };
        view! {
            <h1>{department.name.clone()}" "<code>{tenant.to_string()}</code></h1>
            {pages("")}
            {choice(&base, month)}
            <h2>{format!("Statement for {}, {state}", named(month))}</h2>
            {lines(&statement)}
            {corrections}
            <section>
                <h2>"Plan"</h2>
                <form method="post" action=format!("{base}/plan") class="card stack">
                    {problem(of(Form::Plan))}
                    <input type="hidden" name="month" value=month.to_string()/>
                    <label for="plan">"Pays by"</label>
                    <select id="plan" name="plan">{plans}</select>
                    <label for="from">"From"</label>
                    <input id="from" name="from" required maxlength="7" placeholder="2026-03"
                        value=if form.from.is_empty() { open.next().to_string() } else { form.from.clone() }/>
                    <button type="submit">"Agree"</button>
                </form>
            </section>
            <section>
                <h2>"Budget"</h2>
                <form method="post" action=format!("{base}/budget") class="card stack">
                    {problem(of(Form::Budget))}
                    <p class="hint">
                        {format!(
                            "Of a month, in {}; empty for none. At the end no more forecasts are made until the month is \
                             over. Signing in, reading, exporting and reporting go on.",
                            statement.currency
                        )}
                    </p>
                    <input type="hidden" name="month" value=month.to_string()/>
                    <label for="soft">"Notice at"</label>
                    <input id="soft" name="soft" inputmode="decimal" maxlength="20" value=soft/>
                    <label for="hard">"End at"</label>
                    <input id="hard" name="hard" inputmode="decimal" maxlength="20" value=hard/>
                    <button type="submit">"Set"</button>
                </form>
                <p class="hint">{format!("Used in this month: {} {}.", written(statement.total), statement.currency)}</p>
            </section>
        }
    }))
}
