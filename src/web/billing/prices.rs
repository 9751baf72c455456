//! `/admin/billing/prices`: plans, what they cost, and from when on.

use std::collections::BTreeMap;

use axum::{
    extract::{Query, State},
    http::StatusCode,
    response::{IntoResponse, Redirect, Response},
};
use leptos::prelude::*;
use rust_decimal::Decimal;
use serde::Deserialize;

use super::{currencies, month, pages, problem};
use crate::{
    Error, Result,
    access::Admin,
    app::App,
    billing::{
        Month,
        money::{Currency, typed, written},
        plans::{Prices, all_lists, set_prices},
        prices::{BILLED, PriceList, Tier},
        written::service,
    },
    web::{
        forms::{Posted, clean},
        page::Page,
        usage::{named, quantity},
    },
};

/// Prices as they were typed. A price has two steps: what is included and the price above it, and,
/// from a second amount on, another.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
pub struct Typed {
    plan: String,
    name: String,
    from: String,
    currency: String,
    minimum: String,
    refused: String,
    failed: String,
    #[serde(flatten)]
    steps: BTreeMap<String, String>,
}

impl Typed {
    /// What a plan costs now, to be changed from the next month on.
    fn of(list: Option<&PriceList>, now: Month) -> Self {
        let mut form = Self {
            from: now.next().to_string(),
            currency: "USD".into(),
            minimum: "0".into(),
            refused: "100".into(),
            failed: "0".into(),
            ..Self::default()
        };
        let Some(list) = list else {
            return form;
        };
        let percent = |share: Decimal| (share * Decimal::ONE_HUNDRED).normalize().to_string();
        form.plan.clone_from(&list.plan_id);
        form.currency = list.currency.code().to_owned();
        form.minimum = list.minimum.normalize().to_string();
        form.refused = percent(list.refused_share);
        form.failed = percent(list.failed_share);
        for (event_type, tiers) in &list.tiers {
            for (tier, (above, price)) in tiers
                .iter()
                .zip([("included", "price"), ("more", "more_price")])
            {
                let above = format!("{event_type}_{above}");
                form.steps.insert(above, tier.above.normalize().to_string());
                let price = format!("{event_type}_{price}");
                form.steps
                    .insert(price, tier.unit_price.normalize().to_string());
            }
        }
        form
    }

    fn step(&self, event_type: &str, which: &str) -> String {
        let name = format!("{event_type}_{which}");
        self.steps.get(&name).cloned().unwrap_or_default()
    }

    fn understand(&self) -> Result<PriceList> {
        let share = |field: &str, text: &str| -> Result<Decimal> {
            Ok(typed(field, text)? / Decimal::ONE_HUNDRED)
        };
        let mut tiers = BTreeMap::new();
        for event_type in BILLED {
            let (name, _) = service(event_type);
            let number = |which: &str, what: &str| -> Result<Option<Decimal>> {
                match self.step(event_type, which).trim() {
                    "" => Ok(None),
                    text => typed(&format!("{what} of {name}"), text).map(Some),
                }
            };
            let mut steps = Vec::new();
            if let Some(unit_price) = number("price", "the price")? {
                let above = number("included", "what is included")?.unwrap_or_default();
                steps.push(Tier { above, unit_price });
            }
            if let Some(unit_price) = number("more_price", "the second price")? {
                let above = number("more", "the second step")?.ok_or_else(|| {
                    Error::Invalid(format!(
                        "say from how many units on the second price of {name} holds"
                    ))
                })?;
                if steps
                    .first()
                    .is_none_or(|first: &Tier| above <= first.above)
                {
                    return Err(Error::Invalid(format!(
                        "the second step of {name} comes after the first, which has a price too"
                    )));
                }
                steps.push(Tier { above, unit_price });
            }
            if !steps.is_empty() {
                tiers.insert(event_type.to_owned(), steps);
            }
        }
        let plan_id = clean("the plan's id", &self.plan)?.to_owned();
        let name = clean("the plan's name", &self.name)?;
        Ok(PriceList {
            name: if name.is_empty() {
                plan_id.clone()
            } else {
                name.to_owned()
            },
            plan_id,
            valid_from: month(&self.from)?
                .ok_or_else(|| Error::Invalid("say from which month on the prices hold".into()))?,
            currency: Currency::parse(&self.currency)?,
            minimum: typed("the minimum", &self.minimum)?,
            refused_share: share("the share of what is refused", &self.refused)?,
            failed_share: share("the share of what failed", &self.failed)?,
            tiers,
        })
    }
}

/// Which plan's prices are to be changed.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub struct Chosen {
    plan: String,
}

/// `GET /admin/billing/prices`: the form has what the chosen plan costs now.
pub async fn show(
    State(app): State<App>,
    admin: Admin,
    Query(chosen): Query<Chosen>,
) -> Result<Response> {
    let now = Month::of(app.clock.now().date_naive());
    let mut tx = admin.begin().await?;
    let prices = Prices::read_all(&mut tx, now).await?;
    tx.commit().await?;
    let list = prices.lists().find(|list| list.plan_id == chosen.plan);
    page(&app, &admin, &Typed::of(list, now), None).await
}

/// `POST /admin/billing/prices`: sets what a plan costs. What cannot be set comes back as it was
/// typed.
pub async fn submit(
    State(app): State<App>,
    admin: Admin,
    Posted(form): Posted<Typed>,
) -> Result<Response> {
    match store(&app, &admin, &form).await {
        Ok(()) => Ok(Redirect::to("/admin/billing/prices").into_response()),
        Err(Error::Invalid(problem)) => page(&app, &admin, &form, Some(problem)).await,
        Err(error) => Err(error),
    }
}

async fn store(app: &App, admin: &Admin, form: &Typed) -> Result<()> {
    let list = form.understand()?;
    let mut tx = admin.begin().await?;
    set_prices(&mut tx, &list, &admin.person.email, app.clock.now()).await?;
    tx.commit().await
}

async fn page(app: &App, admin: &Admin, form: &Typed, wrong: Option<String>) -> Result<Response> {
    let mut tx = admin.begin().await?;
    let lists = all_lists(&mut tx).await?;
    tx.commit().await?;
    let status = if wrong.is_some() {
        StatusCode::BAD_REQUEST
    } else {
        StatusCode::OK
    };
    Ok(Page::new("Prices").within("Billing").of(&admin.person).status(status).render(app, || {
        let cards: Vec<_> = lists.iter().map(card).collect();
        view! {
            <h1>"Plans and prices"</h1>
            {pages("Prices")}
            <p class="lead">
                "A plan's prices hold from the first of a month until others of it do. Setting them again for the same \
                 month replaces them; what is closed stays as it was. A department pays by the plan Standard until \
                 another is agreed on its own page."
            </p>
            <ul class="cards">{cards}</ul>
            {form_view(form, wrong.as_deref())}
        }
    }))
}

fn card(list: &PriceList) -> impl IntoView + use<> {
    let percent = |share: Decimal| format!("{} %", (share * Decimal::ONE_HUNDRED).normalize());
    let rows: Vec<_> = list
        .tiers
        .iter()
        .flat_map(|(event_type, tiers)| {
            let (name, unit) = service(event_type);
            tiers.iter().map(move |tier| {
                view! {
                    <tr>
                        <th scope="row">{name}" "<span class="hint">{unit}</span></th>
                        <td>{quantity(tier.above)}</td>
                        <td>{tier.unit_price.normalize().to_string()}</td>
                    </tr>
                }
            })
        })
        .collect();
    view! {
        <li class="card">
            <h2>{list.name.clone()}" "<code>{list.plan_id.clone()}</code>{format!(" from {}", named(list.valid_from))}</h2>
            <p class="hint">
                {format!(
                    "In {}. A month costs {} at least. Refused: {} of the price; failed by our fault: {}.",
                    list.currency, written(list.minimum), percent(list.refused_share), percent(list.failed_share)
                )}
            </p>
            <p>
                <a href=format!("/admin/billing/prices?plan={}#set", list.plan_id)>
                    {format!("Change what {} costs", list.name)}
                </a>
            </p>
            <div class="scroll" tabindex="0" role="region" aria-label=format!("Prices of {} from {}", list.name, list.valid_from)>
                <table class="figures numeric">
                    <thead>
                        <tr><th scope="col">"For"</th><th scope="col">"Above"</th><th scope="col">"Each"</th></tr>
                    </thead>
                    <tbody>{rows}</tbody>
                </table>
            </div>
        </li>
    }
}

fn form_view(form: &Typed, wrong: Option<&str>) -> impl IntoView + use<> {
    let steps: Vec<_> = BILLED
        .into_iter()
        .map(|event_type| {
            let (name, unit) = service(event_type);
            let fields: Vec<_> = [
                ("included", "included"),
                ("price", "then each"),
                ("more", "from so many on"),
                ("more_price", "each"),
            ]
            .into_iter()
            .map(|(which, words)| {
                view! {
                    <label>
                        {words}" "
                        <input name=format!("{event_type}_{which}") inputmode="decimal" maxlength="20" size="9"
                            value=form.step(event_type, which)/>
                    </label>
                }
            })
            .collect();
            view! {
                <fieldset class="steps">
                    <legend>{format!("{name}, in {unit}")}</legend>
                    {fields}
                </fieldset>
            }
        })
        .collect();
    let text = |id: &'static str,
                label: &'static str,
                value: String,
                hint: &'static str,
                required: bool| {
        let hint_id = format!("{id}-hint");
        view! {
            <label for=id>{label}</label>
            <input id=id name=id maxlength="100" required=required value=value aria-describedby=hint_id.clone()/>
            <p class="hint" id=hint_id>{hint}</p>
        }
    };
    view! {
        <section>
            <h2 id="set">"Set prices"</h2>
            <form method="post" action="/admin/billing/prices" class="card stack">
                {problem(wrong)}
                {text("plan", "Plan", form.plan.clone(), "Its id: a-z, 0-9, _ and -. A new one makes a new plan.", true)}
                {text("name", "Name of a new plan", form.name.clone(), "As departments read it.", false)}
                {text("from", "From", form.from.clone(), "A month such as 2026-03, which is not closed.", true)}
                <label for="minimum">"Minimum of a month"</label>
                <div class="measure">
                    <input id="minimum" name="minimum" inputmode="decimal" required maxlength="20" value=form.minimum.clone()/>
                    {currencies(&form.currency)}
                </div>
                <label for="refused">"Percent of the price for what is refused"</label>
                <input id="refused" name="refused" inputmode="decimal" required maxlength="6" value=form.refused.clone()/>
                <label for="failed">"Percent of the price for what failed by our fault"</label>
                <input id="failed" name="failed" inputmode="decimal" required maxlength="6" value=form.failed.clone()/>
                {steps}
                <button type="submit">"Set"</button>
            </form>
        </section>
    }
}
