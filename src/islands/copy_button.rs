//! Copies a text that stands beside it.

use leptos::{prelude::*, task::spawn_local};
use wasm_bindgen_futures::JsFuture;

/// A button that copies `text`. Where the browser gives no clipboard it does not appear, and
/// the text beside it can be selected.
#[island]
pub fn CopyButton(text: String, #[prop(into)] label: String) -> impl IntoView {
    let ready = RwSignal::new(false);
    let copied = RwSignal::new(false);
    Effect::new(move || ready.set(window().is_secure_context()));
    let copy = move |_| {
        let written = window().navigator().clipboard().write_text(&text);
        spawn_local(async move { copied.set(JsFuture::from(written).await.is_ok()) });
    };
    view! {
        <button type="button" class="quiet copy" hidden=move || !ready.get() on:click=copy>
            {move || if copied.get() { "Copied".to_owned() } else { label.clone() }}
        </button>
        <span class="unseen" role="status">{move || copied.get().then_some("Copied to the clipboard")}</span>
    }
}
