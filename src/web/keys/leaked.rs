//! Pasting a text to learn which keys are in it. The text is neither stored nor logged, and
//! does not come back with the answer.

use axum::{extract::State, response::Response};
use leptos::prelude::*;
use serde::Deserialize;

use super::table::{by_id, revoke_form, state_words, used_words};
use crate::{
    Error, Result,
    access::{
        ApiKey, Epidemiologist, OnboardingStaff,
        api_key::{
            self, KeyCard,
            leaked::{Candidates, Known, anybodys, candidates, own},
        },
    },
    app::App,
    audit,
    clock::Now,
    tenancy::TenantId,
    web::{forms::Posted, page::Page},
};

/// The longest text, in bytes.
const LONGEST: usize = 64 * 1024;

/// The largest form that holds it: a byte takes up to three when it is sent.
pub const LARGEST_FORM: usize = 3 * LONGEST + 1024;

/// What the form sends.
#[derive(Deserialize)]
pub struct Pasted {
    #[serde(default)]
    text: String,
}

impl Pasted {
    fn candidates(&self) -> Result<Candidates> {
        if self.text.len() > LONGEST {
            return Err(Error::Invalid(
                "paste up to 64 KB at a time: the part of the text where the key may be".into(),
            ));
        }
        Ok(candidates(&self.text))
    }
}

/// The form.
pub fn form(action: &'static str) -> impl IntoView {
    view! {
        <section class="card" id="check">
            <h2>"Did a key leak?"</h2>
            <form method="post" action=action class="stack">
                <label for="text">"Text in which a key may be"</label>
                <textarea id="text" name="text" rows="5" required autocomplete="off" spellcheck="false"
                    aria-describedby="text-hint"></textarea>
                <p class="hint" id="text-hint">
                    "A script, a log, an e-mail: up to 64 KB. You learn which keys are in it and can revoke \
                     them. The text is not stored."
                </p>
                <button type="submit">"Look for keys"</button>
            </form>
        </section>
    }
}

/// A key that was found, and whose it is where the reader has more than one department.
struct Found {
    base: String,
    tenant: Option<String>,
    key: KeyCard,
}

/// `POST /keys/check`: which of this department's keys are in a text.
pub async fn check_own(
    State(app): State<App>,
    person: Epidemiologist,
    Posted(pasted): Posted<Pasted>,
) -> Result<Response> {
    let now = app.clock.now();
    let candidates = pasted.candidates()?;
    let known = own(
        &mut app.pools.gate().await?,
        &candidates.keys,
        &person.tenant.id,
    )
    .await?;
    let mut tx = person.begin().await?;
    let (tenant, tx_) = tx.whole();
    let cards = api_key::list(tx_, tenant).await?;
    let found = cards_of(&known, &cards, |card| Found {
        base: "/keys".to_owned(),
        tenant: None,
        key: card.clone(),
    });
    let by = &person.person.email;
    audit::record(tx_, tenant, now, by, "api_key.checked", &subject(&found)).await?;
    tx.commit().await?;
    let page = Page::new("Keys in the text").of(&person.person);
    Ok(page.render(&app, || {
        let others = others(&candidates, &known, "None of your department's keys");
        answer(
            found,
            others,
            candidates.broken,
            now,
            "/keys/check",
            "/keys",
        )
    }))
}

/// `POST /admin/tenants/check`: which departments' keys are in a text.
pub async fn check_all(
    State(app): State<App>,
    staff: OnboardingStaff,
    Posted(pasted): Posted<Pasted>,
) -> Result<Response> {
    let now = app.clock.now();
    let candidates = pasted.candidates()?;
    let known = anybodys(&mut app.pools.gate().await?, &candidates.keys).await?;
    let mut tenants: Vec<_> = known.iter().map(|key| key.tenant_id.clone()).collect();
    tenants.sort_unstable();
    tenants.dedup();
    let by = &staff.person.email;
    let mut found = Vec::new();
    let mut tx = staff.begin().await?;
    for tenant in &tenants {
        let tenant = TenantId::parse(tenant)?;
        let cards = api_key::list(&mut tx, &tenant).await?;
        let its = cards_of(&known, &cards, |card| Found {
            base: format!("/admin/tenants/{tenant}/keys"),
            tenant: Some(tenant.to_string()),
            key: card.clone(),
        });
        audit::record(&mut tx, &tenant, now, by, "api_key.checked", &subject(&its)).await?;
        found.extend(its);
    }
    let subject = format!("{} keys of {} departments", found.len(), tenants.len());
    audit::record_platform(&mut tx, now, by, "api_key.checked", &subject).await?;
    tx.commit().await?;
    let page = Page::new("Keys in the text").of(&staff.person);
    Ok(page.render(&app, || {
        let others = others(&candidates, &known, "No department's keys");
        answer(
            found,
            others,
            candidates.broken,
            now,
            "/admin/tenants/check",
            "/admin/tenants",
        )
    }))
}

/// What is known of the keys that were found, each with its card.
fn cards_of(known: &[Known], cards: &[KeyCard], found: impl Fn(&KeyCard) -> Found) -> Vec<Found> {
    let cards = by_id(cards);
    known
        .iter()
        .filter_map(|key| cards.get(&key.key_id))
        .map(|card| found(card))
        .collect()
}

/// What the audit keeps of a search: what was found, and nothing of the text.
fn subject(found: &[Found]) -> String {
    if found.is_empty() {
        return "a text with no key of ours in it".to_owned();
    }
    let prefixes: Vec<_> = found.iter().map(|found| &*found.key.prefix).collect();
    format!("a text with {} in it", prefixes.join(", "))
}

/// The beginnings of the keys that are nobody's here. Another department's look the same.
fn others<'a>(candidates: &'a Candidates, known: &[Known], whose: &'static str) -> Others<'a> {
    let ours = |key: &ApiKey| known.iter().any(|known| known.key_hash == key.hash());
    Others {
        whose,
        prefixes: candidates
            .keys
            .iter()
            .filter(|key| !ours(key))
            .map(ApiKey::prefix)
            .collect(),
    }
}

struct Others<'a> {
    whose: &'static str,
    prefixes: Vec<&'a str>,
}

fn answer(
    found: Vec<Found>,
    others: Others<'_>,
    broken: usize,
    now: Now,
    action: &'static str,
    back: &'static str,
) -> impl IntoView + use<> {
    let summary = match found.len() {
        0 => format!("{} are in the text.", others.whose),
        1 => "1 key is in the text. If anybody else can read it, revoke the key.".to_owned(),
        many => format!("{many} keys are in the text. If anybody else can read it, revoke them."),
    };
    let found: Vec<_> = found.into_iter().map(|found| card(&found, now)).collect();
    let strangers: Vec<_> = others
        .prefixes
        .iter()
        .map(|prefix| {
            let words = if back == "/keys" {
                "not one of yours"
            } else {
                "not one of ours"
            };
            view! { <li><code>{format!("{prefix}…")}</code>": "{words}</li> }
        })
        .collect();
    let strangers = (!strangers.is_empty()).then(|| {
        view! { <h2>"Other keys"</h2><ul class="plain">{strangers}</ul> }
    });
    let broken = match broken {
        0 => None,
        1 => Some("1 place begins like a key and is none: it was cut short or changed.".to_owned()),
        many => Some(format!(
            "{many} places begin like keys and are none: they were cut short or changed."
        )),
    };
    view! {
        <h1>"Keys in the text"</h1>
        <p class="lead">{summary}</p>
        <ul class="cards keys">{found}</ul>
        {strangers}
        {broken.map(|broken| view! { <p>{broken}</p> })}
        {form(action)}
        <p><a href=back>{if back == "/keys" { "All keys" } else { "All departments" }}</a></p>
    }
}

fn card(found: &Found, now: Now) -> impl IntoView + use<> {
    let key = &found.key;
    let tenant = found
        .tenant
        .clone()
        .map(|tenant| view! { <a href=found.base.clone()><code>{tenant}</code></a>" " });
    let revoke = key.is_in_use(now).then(|| {
        view! { <div class="acts">{revoke_form(&found.base, key, now)}</div> }
    });
    view! {
        <li class="card">
            <p class="key">
                {tenant}<strong>{key.name.clone()}</strong>" "<code>{format!("{}…", key.prefix)}</code>" "
                <span class="scopes">{key.scopes.to_string()}</span>
            </p>
            <p class="hint">{format!("{} · {}", state_words(key, now), used_words(key, now))}</p>
            {revoke}
        </li>
    }
}
