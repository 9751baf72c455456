//! Drawing, against the least that could be called a drawing: the same bars as `<rect>`
//! elements, written one after the other, without axes, mean, words or a thought for size.

use std::{fmt::Write as _, hint::black_box, time::Instant};

use chrono::NaiveDate;
use cordon::surveillance::charts::{Bar, EpiCurve, Scale, Size, Step, Unit};

use crate::{
    Outcome,
    comparison::{Table, take_turns, time},
};

const TITLE: &str = "Daily cases, all locations";
const DESCRIPTION: &str = "Bars by day. The same numbers stand in the table below.";

/// Measures the page's chart of 90 days and of two years, as SVG and as PNG.
pub async fn measure(table: &mut Table) -> Outcome {
    let size = Size::new(960, 380);
    for (days, words, aim) in [(90, "90 days", ""), (730, "2 years", "≤ 2 ms")] {
        let bars = bars(days);
        let curve = curve(&bars);
        let (drawn, written) = take_turns(
            2_000,
            async |_| Ok(seconds(|| curve.svg(size, "chart"))),
            async |_| Ok(seconds(|| rectangles(&bars, size))),
        )
        .await?;
        table.compare(
            (&format!("chart of {words}, SVG"), drawn),
            ("its bars as bare rectangles", written),
            time,
            aim,
        );
    }
    let bars = bars(730);
    let curve = curve(&bars);
    let (png, svg) = take_turns(
        50,
        async |_| Ok(seconds(|| curve.png(size))),
        async |_| Ok(seconds(|| curve.svg(size, "chart"))),
    )
    .await?;
    table.compare(
        ("chart of 2 years, PNG", png),
        ("the same as SVG", svg),
        time,
        "",
    );
    Ok(())
}

fn seconds<T>(work: impl FnOnce() -> T) -> f64 {
    let started = Instant::now();
    black_box(work());
    started.elapsed().as_secs_f64()
}

fn curve(bars: &[Bar]) -> EpiCurve<'_> {
    EpiCurve {
        title: TITLE,
        description: DESCRIPTION,
        bars,
        notes: &[],
        step: Step::Day,
        unit: Unit::NewCases,
        scale: Scale::Linear,
    }
}

/// Two waves a year, quiet weekends, the last week still coming in.
fn bars(days: usize) -> Vec<Bar> {
    let first = NaiveDate::from_ymd_opt(2024, 1, 1).unwrap_or_default();
    let wave = |day: usize| 60.0 + 50.0 * (day as f64 / 29.0).sin();
    first
        .iter_days()
        .take(days)
        .enumerate()
        .map(|(day, date)| Bar {
            date,
            value: Some((wave(day) * if day % 7 < 5 { 1.1 } else { 0.7 }).round()),
            mean: Some(wave(day)),
            incomplete: day + 7 >= days,
            expected: None,
        })
        .collect()
}

fn rectangles(bars: &[Bar], size: Size) -> String {
    let (width, height) = (f64::from(size.width()), f64::from(size.height()));
    let highest = bars.iter().filter_map(|bar| bar.value).fold(1.0, f64::max);
    let slot = width / bars.len() as f64;
    let mut svg =
        format!("<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 {width} {height}\">");
    for (at, bar) in bars.iter().enumerate() {
        let high = bar.value.unwrap_or(0.0) / highest * height;
        let (x, y) = (at as f64 * slot, height - high);
        // Writing to a string does not fail.
        let _ = write!(
            svg,
            "<rect x=\"{x:.1}\" y=\"{y:.1}\" width=\"{slot:.1}\" height=\"{high:.1}\"/>"
        );
    }
    svg + "</svg>"
}
