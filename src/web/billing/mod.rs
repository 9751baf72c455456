//! What departments owe, what the platform costs and who bears it: for administrators.

/// Closing a month.
pub mod close;
/// What the platform costs.
pub mod costs;
/// A department's plan, budget, statements and corrections.
pub mod department;
/// Statements and attribution as files.
pub mod files;
/// All departments in a month.
pub mod page;
/// What drives the cost, and what ten more departments would need.
pub mod planning;
/// Plans and their prices.
pub mod prices;

use leptos::prelude::*;
use serde::Deserialize;

use super::usage::named;
use crate::{
    Error, Result,
    billing::{Month, money::Currency},
    clock::Now,
};

/// Which month is asked for.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub struct Asked {
    month: String,
}

impl Asked {
    fn month(&self, now: Now) -> Result<Month> {
        month(&self.month).map(|month| month.unwrap_or_else(|| Month::of(now.date_naive())))
    }
}

/// A month that was chosen or typed, or nothing.
fn month(text: &str) -> Result<Option<Month>> {
    if text.is_empty() {
        return Ok(None);
    }
    Month::parse(text)
        .map(Some)
        .map_err(|_| Error::Invalid("a month is written like 2026-03".into()))
}

/// The pages on billing, and which of them this is.
fn pages(here: &str) -> impl IntoView + use<> {
    let links: Vec<_> = [
        ("/admin/billing", "Departments"),
        ("/admin/billing/costs", "Costs"),
        ("/admin/billing/prices", "Prices"),
        ("/admin/billing/planning", "Planning"),
    ]
    .into_iter()
    .map(|(to, name)| {
        let here = (name == here).then_some("page");
        view! { <li><a href=to aria-current=here>{name}</a></li> }
    })
    .collect();
    view! { <nav class="spans" aria-label="Billing"><ul>{links}</ul></nav> }
}

/// A form that asks for a month.
fn choice(action: &str, month: Month) -> impl IntoView + use<> {
    let action = action.to_owned();
    let step = |to: Month, before: &'static str, after: &'static str| {
        view! { <a class="button quiet" href=format!("{action}?month={to}")>{format!("{before}{}{after}", named(to))}</a>" " }
    };
    view! {
        <form method="get" action=action.clone() class="choices">
            <label>
                "Month"
                <input name="month" value=month.to_string() size="8" maxlength="7" pattern="[0-9]{4}-[0-9]{2}"
                    placeholder="2026-03"/>
            </label>
            <button type="submit">"Show"</button>
            {step(month.previous(), "← ", "")}
            {step(month.next(), "", " →")}
        </form>
    }
}

/// What is wrong with a form, above it.
fn problem(problem: Option<&str>) -> impl IntoView + use<> {
    problem.map(|problem| {
        view! { <p class="problem" role="alert">{super::errors::sentence(problem)}</p> }
    })
}

/// The currencies that prices can be in.
fn currencies(chosen: &str) -> impl IntoView + use<> {
    let options: Vec<_> = Currency::all()
        .map(|currency| {
            let chosen = currency.code() == chosen;
            view! { <option value=currency.code() selected=chosen>{currency.code()}</option> }
        })
        .collect();
    view! { <select name="currency" aria-label="Currency">{options}</select> }
}
