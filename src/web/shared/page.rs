//! Shared figures as a page.

use axum::{
    extract::{Path, State},
    response::Response,
};
use leptos::prelude::*;

use super::Shared;
use crate::{
    Result,
    app::App,
    surveillance::{
        charts::{EpiCurve, Size},
        release::{Shown, Week},
    },
    web::{page::Page, words},
};

/// `GET /shared/{token}`.
pub async fn show(State(app): State<App>, Path(token): Path<String>) -> Result<Response> {
    let shared = Shared::open(&app, &token).await?;
    let title = shared.title();
    let page = Page::new(&title).showing(&shared.tenant);
    Ok(page.render(&app, || {
        let (summary, bars) = (shared.summary(), shared.bars());
        let curve = shared.curve(&bars, &title, &summary);
        let of = |curve: EpiCurve<'_>, size, id| curve.svg(size, id);
        let wide = of(curve, Size::new(960, 380), "wide");
        let narrow = of(curve, Size::new(360, 300), "narrow");
        view! {
            <p class="brand">"Cordon"</p>
            <h1>{title.clone()}</h1>
            <p class="lead">{summary.clone()}</p>
            <figure class="epi-curve">
                <div class="wide" inner_html=wide></div>
                <div class="narrow" inner_html=narrow></div>
                <figcaption>"A week without a bar is hidden or incomplete; the table says which."</figcaption>
            </figure>
            <p class="downloads">
                "Download "
                <a href=format!("/shared/{token}/weekly.csv") download>"CSV"</a>", "
                <a href=format!("/shared/{token}/weekly.json") download>"JSON"</a>", "
                <a href=format!("/shared/{token}/weekly.svg") download>"SVG"</a>
            </p>
            <div class="scroll" tabindex="0" role="region" aria-label="Weekly cases by place">
                {table(&shared)}
            </div>
            <p class="hint">{shared.left_out()}</p>
        }
    }))
}

/// A row for each week, the latest first.
fn table(shared: &Shared) -> impl IntoView + use<> {
    let places: Vec<_> = shared
        .figures
        .places
        .iter()
        .map(|place| view! { <th scope="col">{place.clone()}</th> })
        .collect();
    let rows: Vec<_> = shared.figures.weeks.iter().rev().map(row).collect();
    view! {
        <table class="figures numeric">
            <thead>
                <tr><th scope="col">"Week from"</th><th scope="col">"All places"</th>{places}</tr>
            </thead>
            <tbody>{rows}</tbody>
        </table>
    }
}

fn row(week: &Week) -> impl IntoView + use<> {
    let cells: Vec<_> = week.new_cases.iter().copied().map(cell).collect();
    view! {
        <tr>
            <th scope="row">{words::day(week.monday)}</th>
            {cell(week.total)}
            {cells}
        </tr>
    }
}

fn cell(shown: Shown) -> AnyView {
    match shown {
        Shown::Count(count) => view! { <td>{words::whole(count)}</td> }.into_any(),
        Shown::Hidden => view! { <td class="hint">"hidden"</td> }.into_any(),
        Shown::Incomplete => view! { <td class="hint">"incomplete"</td> }.into_any(),
    }
}
