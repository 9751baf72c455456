//! A department's data: what comes in, what became of it, what goes out.

/// Dated notes: writing them, and taking them back.
pub mod annotations;
mod completeness;
/// What goes out, as files for other programs.
pub mod export;
/// Days that somebody should look at.
pub mod quality;
/// The revisions of a day, and how complete first reports are.
pub mod revisions;
/// What leaves the department, without small numbers.
pub mod share;
/// One upload: what was found in it, and what to do with it.
pub mod upload;
/// The way in, and the list of what came.
pub mod uploads;

use leptos::prelude::*;

/// The pages of this area.
const PAGES: [(&str, &str); 6] = [
    ("/data", "Uploads"),
    ("/data/revisions", "Revisions"),
    ("/data/annotations", "Notes"),
    ("/data/quality", "Quality"),
    ("/data/export", "Export"),
    ("/data/share", "Share"),
];

/// Where else one can go in this area. `active` is the name of the page that is shown.
pub fn sub_navigation(active: &str) -> impl IntoView + use<> {
    links(active, "page")
}

/// The same on a page below `area`, which leads back to it.
pub fn below(area: &str) -> impl IntoView + use<> {
    links(area, "true")
}

fn links(active: &str, here: &'static str) -> impl IntoView + use<> {
    let links: Vec<_> = PAGES
        .into_iter()
        .map(|(to, name)| {
            let here = (name == active).then_some(here);
            view! { <li><a href=to aria-current=here>{name}</a></li> }
        })
        .collect();
    view! { <nav class="spans sections" aria-label="Data"><ul>{links}</ul></nav> }
}
