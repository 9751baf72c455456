//! The form above the chart: which place, as known when.

use leptos::prelude::*;

use super::query::ForecastQuery;
use crate::{surveillance::Location, web::forms::day_field};

/// The form. It is plain HTML: choosing and pressing the button is a new address.
pub fn choices(typed: &ForecastQuery, places: &[Location]) -> impl IntoView + use<> {
    let options: Vec<_> = places
        .iter()
        .map(|place| {
            let chosen = typed.location == place.location_id;
            view! { <option value=place.location_id.clone() selected=chosen>{place.name.clone()}</option> }
        })
        .collect();
    view! {
        <form method="get" action="/forecast" class="choices" aria-label="What to show">
            <label>"Location" <select name="location"><option value="">"all, together"</option>{options}</select></label>
            <label>"As known on" <input type="date" name="as_of" value=day_field(&typed.as_of)/></label>
            <button type="submit">"Show"</button>
        </form>
    }
}
