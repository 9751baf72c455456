//! The charts of the page, each in two sizes, of which the stylesheet shows the one that fits.

use chrono::NaiveDate;
use leptos::prelude::*;

use super::{
    answer::{Answer, Forecast},
    sentences,
};
use crate::surveillance::charts::{FanChart, PastFans, ReproductionCurve, Size, pit_histogram_svg};

/// A narrow chart has no room for more days before the forecast.
const NARROW_DAYS: i64 = 42;

/// What was reported, and what was expected of it by a run that knew what was reported by `as_of`.
pub fn fan(answer: &Answer, forecast: &Forecast, as_of: NaiveDate) -> impl IntoView + use<> {
    let title = format!("Daily cases and what to expect, {}", answer.name());
    let description = sentences::describe_fan(forecast, as_of);
    let (bars, notes) = (forecast.bars(), forecast.cases.marks());
    let origin = forecast.outlook.origin;
    let drawn = |bars, size: (u32, u32), id: &str| {
        let chart = FanChart {
            title: &title,
            description: &description,
            bars,
            fan: &forecast.fan,
            whose: forecast.outlook.model.words(),
            origin,
            notes: &notes,
        };
        chart.svg(Size::new(size.0, size.1), id)
    };
    let wide = drawn(&bars, (960, 380), "fan-wide");
    let recent = bars
        .iter()
        .position(|bar| (origin - bar.date).num_days() < NARROW_DAYS);
    let narrow = drawn(
        &bars[recent.unwrap_or(bars.len())..],
        (400, 340),
        "fan-narrow",
    );
    figure(wide, narrow, description.clone())
}

/// The reproduction number of past days.
pub fn reproduction(answer: &Answer, forecast: &Forecast) -> Option<impl IntoView + use<>> {
    let said = sentences::reproduction(forecast.reproduction.last()?);
    let title = format!("Effective reproduction number, {}", answer.name());
    let curve = ReproductionCurve {
        title: &title,
        description: &said,
        days: &forecast.reproduction,
    };
    let wide = curve.svg(Size::new(960, 280), "reproduction-wide");
    let narrow = curve.svg(Size::new(400, 280), "reproduction-narrow");
    Some(figure(wide, narrow, said.clone()))
}

/// Past forecasts over what happened.
pub fn past(answer: &Answer, forecast: &Forecast) -> Option<impl IntoView + use<>> {
    let past = &forecast.past;
    if past.fans.is_empty() {
        return None;
    }
    let title = format!("Past forecasts over what happened, {}", answer.name());
    let description = sentences::describe_past(forecast);
    let chart = |fans| PastFans {
        title: &title,
        description: &description,
        fans,
        happened: &past.happened,
    };
    let wide = chart(&past.fans).svg(Size::new(960, 320), "past-wide");
    // Half of them have room on a narrow chart.
    let recent = &past.fans[past.fans.len().saturating_sub(6)..];
    let first = recent.first().map(|fan| fan.origin);
    let happened: Vec<_> = past
        .happened
        .iter()
        .filter(|(day, _)| first.is_none_or(|first| *day >= first))
        .copied()
        .collect();
    let narrow = PastFans {
        fans: recent,
        happened: &happened,
        ..chart(&past.fans)
    };
    let narrow = narrow.svg(Size::new(400, 320), "past-narrow");
    Some(figure(wide, narrow, description.clone()))
}

/// Where outcomes fell in their forecasts.
pub fn tenths(forecast: &Forecast) -> impl IntoView + use<> {
    let description = sentences::describe_tenths(&forecast.tenths);
    let chart = pit_histogram_svg(
        "Where outcomes fell in their forecasts",
        &description,
        &forecast.tenths,
        Size::new(400, 240),
        "tenths",
    );
    view! {
        <figure class="epi-curve">
            <div inner_html=chart></div>
            <figcaption>{description.clone()}</figcaption>
        </figure>
    }
}

fn figure(wide: String, narrow: String, caption: String) -> impl IntoView + use<> {
    view! {
        <figure class="epi-curve">
            <div class="wide" inner_html=wide></div>
            <div class="narrow" inner_html=narrow></div>
            <figcaption>{caption}</figcaption>
        </figure>
    }
}
