//! What the model says, how it was made, and how well that has done.

/// What the buttons ask for: a run now, a replay of history.
pub mod acts;
mod answer;
mod choices;
mod figures;
/// The forecast as files: CSV, and in the format of forecast hubs.
pub mod files;
/// How forecasts were made, and runs.
pub(super) mod made;
/// The page.
pub mod page;
/// The parameters of the model, and their versions.
pub mod parameters;
mod query;
mod scorecard;
mod sentences;
mod table;

use leptos::prelude::*;

/// The pages of this area.
const PAGES: [(&str, &str); 2] = [
    ("/forecast", "Forecast"),
    ("/forecast/parameters", "Parameters"),
];

/// Where else one can go in this area. `active` is the name of the page that is shown.
fn sub_navigation(active: &str) -> impl IntoView + use<> {
    let links: Vec<_> = PAGES
        .into_iter()
        .map(|(to, name)| {
            let here = (name == active).then_some("page");
            view! { <li><a href=to aria-current=here>{name}</a></li> }
        })
        .collect();
    view! { <nav class="spans sections" aria-label="Forecast"><ul>{links}</ul></nav> }
}
