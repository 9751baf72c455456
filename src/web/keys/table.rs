//! Keys in use, each with what can be done to it; and keys of the past, for the record.

use std::collections::HashMap;

use leptos::prelude::*;
use uuid::Uuid;

use crate::{
    access::api_key::{KeyCard, KeyState, Lifetime, Overlap},
    clock::Now,
    web::words,
};

/// Where a key is in its life.
pub fn state_words(key: &KeyCard, now: Now) -> String {
    match (key.state(now), key.revoked_at, key.expires_at) {
        (KeyState::Revoked, Some(revoked), _) => format!("revoked {}", words::ago(revoked, now)),
        (KeyState::Expired, _, Some(end)) => format!("expired {}", words::ago(end, now)),
        (KeyState::ExpiringSoon, _, Some(end)) => format!("expires {}", words::until(end, now)),
        (_, _, Some(end)) => format!("in use until {}", words::day(end.date_naive())),
        _ => "in use, never expires".to_owned(),
    }
}

/// When it was last used.
pub fn used_words(key: &KeyCard, now: Now) -> String {
    key.last_used_at.map_or_else(
        || "never used".to_owned(),
        |used| format!("last used {}", words::ago(used, now)),
    )
}

/// What took a key's place, and whose place it took.
fn succession(key: &KeyCard, keys: &[KeyCard]) -> Option<String> {
    let after = keys
        .iter()
        .find(|other| other.replaces == Some(key.key_id))
        .map(|other| format!("replaced by {}…", other.prefix));
    let before = keys
        .iter()
        .find(|other| key.replaces == Some(other.key_id))
        .map(|other| format!("replaces {}…", other.prefix));
    match (before, after) {
        (Some(before), Some(after)) => Some(format!("{before}, {after}")),
        (before, after) => before.or(after),
    }
}

/// The keys that open something, each on a card.
pub fn in_use(base: &str, keys: &[KeyCard], now: Now) -> impl IntoView + use<> {
    let cards: Vec<_> = keys
        .iter()
        .filter(|key| key.is_in_use(now))
        .map(|key| card(base, key, succession(key, keys), now))
        .collect();
    let none = cards
        .is_empty()
        .then(|| view! { <p class="empty card">"No key is in use: no program can read or send anything."</p> });
    view! {
        <section aria-labelledby="in-use">
            <h2 id="in-use">"In use"</h2>
            {none}
            <ul class="cards keys">{cards}</ul>
        </section>
    }
}

fn card(base: &str, key: &KeyCard, succession: Option<String>, now: Now) -> impl IntoView + use<> {
    let soon = key.state(now) == KeyState::ExpiringSoon;
    let facts = [
        Some(format!("issued {}", words::ago(key.created_at, now))),
        Some(used_words(key, now)),
        (!soon).then(|| state_words(key, now)),
        succession,
    ];
    let facts = facts.into_iter().flatten().collect::<Vec<_>>().join(" · ");
    let soon = soon.then(|| view! { " "<span class="soon">{state_words(key, now)}</span> });
    view! {
        <li class="card">
            <p class="key">
                <strong>{key.name.clone()}</strong>" "<code>{format!("{}…", key.prefix)}</code>" "
                <span class="scopes">{key.scopes.to_string()}</span>{soon}
            </p>
            <p class="hint">{facts}</p>
            <div class="acts">{rotate_form(base, key)}{revoke_form(base, key, now)}</div>
        </li>
    }
}

fn rotate_form(base: &str, key: &KeyCard) -> impl IntoView + use<> {
    let overlaps = options(&Overlap::ALL, Overlap::names, Overlap::default().names().0);
    view! {
        <details class="confirm">
            <summary aria-label=format!("Rotate {}", key.name)>"Rotate"</summary>
            <form method="post" action=format!("{base}/{}/rotate", key.key_id) class="stack">
                <p>
                    {format!("Issues a key with the same name that may do the same: {}. ", key.scopes)}
                    "The old one goes on beside it for as long as you choose."
                </p>
                <label>"The old key ends"<select name="overlap">{overlaps}</select></label>
                <label>"The new one lasts"
                    <select name="expires">{lifetimes(Lifetime::default().names().0)}</select>
                </label>
                <input type="hidden" name="submission" value=Uuid::new_v4().to_string()/>
                <button type="submit">"Rotate this key"</button>
            </form>
        </details>
    }
}

/// A button that ends a key, behind what then stops working.
pub fn revoke_form(base: &str, key: &KeyCard, now: Now) -> impl IntoView + use<> {
    let warning = format!(
        "Programs that use “{}” can no longer {}, from their next request on. It was {}. This cannot \
         be undone.",
        key.name,
        key.scopes.names().join(" or "),
        match key.last_used_at {
            Some(used) => format!("last used {}", words::ago(used, now)),
            None => "never used".to_owned(),
        },
    );
    view! {
        <details class="confirm">
            <summary aria-label=format!("Revoke {}", key.name)>"Revoke"</summary>
            <form method="post" action=format!("{base}/{}/revoke", key.key_id)>
                <p>{warning}</p>
                <button type="submit" class="danger">"Revoke this key"</button>
            </form>
        </details>
    }
}

/// The keys that open nothing any more. They stay, for the record.
pub fn ended(keys: &[KeyCard], now: Now) -> impl IntoView + use<> {
    let rows: Vec<_> = keys
        .iter()
        .filter(|key| !key.is_in_use(now))
        .map(|key| {
            view! {
                <tr>
                    <th scope="row">{key.name.clone()}</th>
                    <td><code>{format!("{}…", key.prefix)}</code></td>
                    <td>{key.scopes.to_string()}</td>
                    <td>{words::day(key.created_at.date_naive())}</td>
                    <td>{used_words(key, now)}</td>
                    <td>
                        {state_words(key, now)}
                        {succession(key, keys).map(|words| view! { <span class="hint">", "{words}</span> })}
                    </td>
                </tr>
            }
        })
        .collect();
    (!rows.is_empty()).then(|| {
        view! {
            <details class="numbers">
                <summary>{format!("No longer in use: {}", rows.len())}</summary>
                <div class="scroll" tabindex="0" role="region" aria-label="Keys no longer in use">
                    <table>
                        <thead>
                            <tr>
                                <th scope="col">"Name"</th><th scope="col">"Key"</th><th scope="col">"It could"</th>
                                <th scope="col">"Issued"</th><th scope="col">"Used"</th><th scope="col">"State"</th>
                            </tr>
                        </thead>
                        <tbody>{rows}</tbody>
                    </table>
                </div>
            </details>
        }
    })
}

/// How long a key may last, `chosen` by its name in a form.
pub fn lifetimes(chosen: &str) -> impl IntoView + use<> {
    options(&Lifetime::ALL, Lifetime::names, chosen)
}

fn options<T: Copy>(
    all: &[T],
    names: fn(T) -> (&'static str, &'static str),
    chosen: &str,
) -> impl IntoView + use<T> {
    all.iter()
        .map(|one| {
            let (value, words) = names(*one);
            view! { <option value=value selected=value == chosen>{words}</option> }
        })
        .collect::<Vec<_>>()
}

/// Keys by their ids.
pub fn by_id(keys: &[KeyCard]) -> HashMap<Uuid, &KeyCard> {
    keys.iter().map(|key| (key.key_id, key)).collect()
}
