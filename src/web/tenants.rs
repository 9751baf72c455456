//! The departments and their keys, for onboarding staff. No case count is here, nor could be:
//! the database gives this hat none.

use std::collections::HashMap;

use axum::{
    extract::{Path, Query, State},
    response::{IntoResponse, Redirect, Response},
};
use leptos::prelude::*;
use serde::Deserialize;
use uuid::Uuid;

use super::{
    forms::{Posted, clean},
    onboard::{read_submission, render_key, render_shown_before},
    page::Page,
    words,
};
use crate::{
    Error, Result,
    access::{
        OnboardingStaff, Scopes,
        api_key::{self, KeyCard, Lifetime, NewKey},
    },
    app::App,
    clock::Now,
    database::RegistrarTx,
    tenancy::TenantId,
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
        }
    }))
}

fn department(card: Card, keys: Vec<KeyCard>, unfolded: bool, now: Now) -> impl IntoView {
    let tenant = card.tenant_id;
    let action = format!("/admin/tenants/{tenant}/keys");
    let newest = keys
        .iter()
        .find(|key| key.revoked_at.is_none())
        .map_or_else(
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
    let rows: Vec<_> = keys
        .into_iter()
        .map(|key| key_row(&tenant, key, now))
        .collect();
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
                <form method="post" action=action>
                    <input type="hidden" name="submission" value=Uuid::new_v4().to_string()/>
                    <button type="submit" class="quiet">"Issue another key"</button>
                </form>
            </details>
        </li>
    }
}

fn key_row(tenant: &str, key: KeyCard, now: Now) -> impl IntoView + use<> {
    let revoke = format!("/admin/tenants/{tenant}/keys/{}/revoke", key.key_id);
    view! {
        <tr>
            <td><code>{format!("{}…", key.prefix)}</code></td>
            <td>{words::ago(key.created_at, now)}</td>
            <td>{key.last_used_at.map_or_else(|| "never".to_owned(), |used| words::ago(used, now))}</td>
            <td>
                {match key.revoked_at {
                    Some(revoked) => view! { <span>{format!("revoked {}", words::ago(revoked, now))}</span> }.into_any(),
                    None => view! {
                        <details class="confirm">
                            <summary>"in use · revoke"</summary>
                            <form method="post" action=revoke>
                                <p>"Programs that use this key stop working at once. This cannot be undone."</p>
                                <button type="submit" class="danger">"Revoke this key"</button>
                            </form>
                        </details>
                    }.into_any(),
                }}
            </td>
        </tr>
    }
}

/// What the form sends.
#[derive(Deserialize)]
pub struct Submission {
    #[serde(default)]
    submission: String,
}

/// `POST /admin/tenants/{tenant}/keys`: a new key, shown once.
pub async fn issue_key(
    State(app): State<App>,
    staff: OnboardingStaff,
    Path(tenant): Path<String>,
    Posted(form): Posted<Submission>,
) -> Result<Response> {
    let key_id = read_submission(&form.submission)?;
    let mut tx = staff.begin().await?;
    let tenant = existing(&mut tx, &tenant).await?;
    let now = app.clock.now();
    let new = NewKey {
        key_id,
        name: "issued by staff",
        scopes: &Scopes::read(),
        lifetime: Lifetime::default(),
        by: &staff.person.email,
    };
    let issued = api_key::issue(&mut tx, &tenant, new, now).await?;
    tx.commit().await?;
    Ok(match issued {
        Some(key) => render_key(&app, &staff.person, &tenant, "has a new key", key, None),
        None => render_shown_before(&app, &staff.person, &tenant),
    })
}

/// `POST /admin/tenants/{tenant}/keys/{key}/revoke`.
pub async fn revoke_key(
    State(app): State<App>,
    staff: OnboardingStaff,
    Path((tenant, key)): Path<(String, String)>,
) -> Result<Response> {
    let key = Uuid::parse_str(&key).map_err(|_| Error::NotFound("key in use"))?;
    let mut tx = staff.begin().await?;
    let tenant = existing(&mut tx, &tenant).await?;
    api_key::revoke(&mut tx, &tenant, key, &staff.person.email, app.clock.now()).await?;
    tx.commit().await?;
    Ok(Redirect::to("/admin/tenants").into_response())
}

async fn existing(tx: &mut RegistrarTx, tenant: &str) -> Result<TenantId> {
    let missing = Error::NotFound("department");
    let Ok(tenant) = TenantId::parse(tenant) else {
        return Err(missing);
    };
    let exists: bool =
        sqlx::query_scalar("select exists (select from tenants where tenant_id = $1)")
            .bind(tenant.as_str())
            .fetch_one(tx.conn())
            .await?;
    if exists { Ok(tenant) } else { Err(missing) }
}

/// Departments by name whose name, id or contact holds `q`.
async fn cards(tx: &mut RegistrarTx, q: &str, now: Now) -> Result<Vec<Card>> {
    Ok(sqlx::query_as(
        r#"
        select t.tenant_id, t.name, t.contact_email, t.created_at,
            exists (
                select
                from invitations i
                where i.tenant_id = t.tenant_id and i.accepted_at is null and i.expires_at > $2
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
