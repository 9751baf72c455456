//! The departments and their keys, for onboarding staff. No case count is here, nor could be:
//! the database gives this hat none.

use std::collections::HashMap;

use axum::{
    extract::{Query, State},
    response::Response,
};
use leptos::prelude::*;
use serde::Deserialize;

use super::{
    forms::clean,
    keys::{leaked, revoke_form, state_words},
    page::Page,
    words,
};
use crate::{
    Result,
    access::{OnboardingStaff, api_key::KeyCard},
    app::App,
    clock::Now,
    database::RegistrarTx,
};

/// A department, as onboarding staff see it.
#[derive(sqlx::FromRow)]
struct Card {
    tenant_id: String,
    name: String,
    contact_email: String,
    created_at: Now,
    invited: bool,
}

/// What is looked for.
#[derive(Deserialize)]
pub struct Search {
    #[serde(default)]
    q: String,
}

/// Up to this many departments are shown with their keys; more are folded to a line each.
const UNFOLDED: usize = 5;

/// `GET /admin/tenants`.
pub async fn list(
    State(app): State<App>,
    staff: OnboardingStaff,
    Query(search): Query<Search>,
) -> Result<Response> {
    let q = clean("the search", &search.q)?;
    let mut tx = staff.begin().await?;
    let now = app.clock.now();
    let cards = cards(&mut tx, q, now).await?;
    let mut keys = keys(&mut tx).await?;
    tx.commit().await?;
    Ok(Page::new("Departments").of(&staff.person).render(&app, || {
        let found = match (cards.len(), q.is_empty()) {
            (0, true) => "No department is on board yet.".to_owned(),
            (0, false) => format!("No department matches “{q}”."),
            (1, true) => "1 department is on board.".to_owned(),
            (count, true) => format!("{count} departments are on board."),
            (count, false) => format!("{count} match “{q}”."),
        };
        let unfolded = cards.len() <= UNFOLDED;
        let departments: Vec<_> = cards
            .into_iter()
            .map(|card| {
                let keys = keys.remove(&card.tenant_id).unwrap_or_default();
                department(card, keys, unfolded, now)
            })
            .collect();
        view! {
            <h1>"Departments"</h1>
            <p class="lead">{found}" "<a class="button" href="/admin/onboard">"Onboard a department"</a></p>
            <form method="get" action="/admin/tenants" class="choices" role="search">
                <label>"Name, id or contact" <input type="search" name="q" maxlength="100" value=q.to_owned()/></label>
                <button type="submit">"Find"</button>
            </form>
            <ul class="cards">{departments}</ul>
            {leaked::form("/admin/tenants/check")}
        }
    }))
}

fn department(card: Card, keys: Vec<KeyCard>, unfolded: bool, now: Now) -> impl IntoView {
    let tenant = card.tenant_id;
    let base = format!("/admin/tenants/{tenant}/keys");
    let newest = keys.iter().find(|key| key.is_in_use(now)).map_or_else(
        || "no key in use".to_owned(),
        |key| {
            let used = key.last_used_at.map_or_else(
                || "never used".to_owned(),
                |used| format!("used {}", words::ago(used, now)),
            );
            format!(
                "{}… issued {}, {used}",
                key.prefix,
                words::ago(key.created_at, now)
            )
        },
    );
    let rows: Vec<_> = keys.iter().map(|key| key_row(&base, key, now)).collect();
    view! {
        <li>
            <details class="card department" open=unfolded>
                <summary>
                    <strong>{card.name}</strong>" "<code>{tenant.clone()}</code>
                    <span class="hint">{newest}</span>
                </summary>
                <p class="hint">
                    {format!("On board since {}", words::day(card.created_at.date_naive()))}
                    {if card.invited { " · invitation open for " } else { " · contact " }}
                    {card.contact_email}
                </p>
                <div class="scroll" tabindex="0" role="region" aria-label=format!("Keys of {tenant}")>
                    <table>
                        <thead>
                            <tr>
                                <th scope="col">"Key"</th><th scope="col">"Issued"</th>
                                <th scope="col">"Last used"</th><th scope="col">"State"</th>
                            </tr>
                        </thead>
                        <tbody>{rows}</tbody>
                    </table>
                </div>
                <p><a href=base>"Issue, rotate or revoke its keys"</a></p>
            </details>
        </li>
    }
}

fn key_row(base: &str, key: &KeyCard, now: Now) -> impl IntoView + use<> {
    let revoke = key.is_in_use(now).then(|| revoke_form(base, key, now));
    view! {
        <tr>
            <td><code>{format!("{}…", key.prefix)}</code><br/>{key.name.clone()}</td>
            <td>{words::ago(key.created_at, now)}</td>
            <td>{key.last_used_at.map_or_else(|| "never".to_owned(), |used| words::ago(used, now))}</td>
            <td>{state_words(key, now)}{revoke}</td>
        </tr>
    }
}

/// Departments by name whose name, id or contact holds `q`.
async fn cards(tx: &mut RegistrarTx, q: &str, now: Now) -> Result<Vec<Card>> {
    Ok(sqlx::query_as(
        r#"
        select t.tenant_id, t.name, t.contact_email, t.created_at,
            exists (
                select
                from invitations i
                where i.tenant_id = t.tenant_id and i.accepted_at is null and i.revoked_at is null
                    and i.expires_at > $2
                    and not exists (
                        select
                        from memberships m
                        join users u on u.user_id = m.user_id
                        where m.tenant_id = i.tenant_id and u.email = i.email
                    )
            ) as invited
        from tenants t
        where strpos(lower(concat_ws(E'\n', t.name, t.tenant_id, t.contact_email)), lower($1)) > 0
        order by t.name, t.tenant_id
        "#,
    )
    .bind(q)
    .bind(now)
    .fetch_all(tx.conn())
    .await?)
}

async fn keys(tx: &mut RegistrarTx) -> Result<HashMap<String, Vec<KeyCard>>> {
    #[derive(sqlx::FromRow)]
    struct Row {
        tenant_id: String,
        #[sqlx(flatten)]
        key: KeyCard,
    }
    let rows: Vec<Row> = sqlx::query_as(
        r#"
        select tenant_id, key_id, name, prefix, scopes, replaces, created_at, expires_at, last_used_at,
            revoked_at
        from api_keys
        order by tenant_id, created_at desc
        "#,
    )
    .fetch_all(tx.conn())
    .await?;
    let mut keys: HashMap<String, Vec<KeyCard>> = HashMap::new();
    for row in rows {
        keys.entry(row.tenant_id).or_default().push(row.key);
    }
    Ok(keys)
}
