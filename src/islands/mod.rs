//! What runs in the browser: one file an island.
//!
//! A page works before its WebAssembly arrives; an island adds one convenience. Its
//! properties are written into the page, so they hold what the reader may see and no more.

mod copy_button;
mod curve_reader;

pub use copy_button::CopyButton;
pub use curve_reader::CurveReader;

/// Called by the page's script once the module is loaded; the script then wakes each island.
#[cfg(feature = "hydrate")]
#[wasm_bindgen::prelude::wasm_bindgen]
pub fn hydrate() {
    leptos::mount::hydrate_islands();
}
