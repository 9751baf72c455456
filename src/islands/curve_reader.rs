//! Reads values along a curve: by pointer, by touch, by keyboard.

use leptos::{ev::PointerEvent, prelude::*};
use wasm_bindgen::JsCast;

/// What stands in place of a reading before there is one.
const HINT: &str = "Move along the chart or the slider to read values";

/// Below this width, in CSS pixels, the stylesheet shows the narrow chart.
const NARROW: f64 = 640.0;

/// The chart's children with a line that follows the pointer, and a slider that does the same
/// for keys and fingers.
///
/// `readings` has a line for each point, oldest first. `wide` and `narrow` say from where to
/// where the points lie, as shares of the chart's width.
#[island]
pub fn CurveReader(
    readings: String,
    wide: (f64, f64),
    narrow: (f64, f64),
    children: Children,
) -> impl IntoView {
    let lines: Vec<String> = readings.lines().map(str::to_owned).collect();
    let last = lines.len().saturating_sub(1);
    let lines = StoredValue::new(lines);
    let ready = RwSignal::new(false);
    let at = RwSignal::new(None::<usize>);
    let is_narrow = RwSignal::new(false);
    Effect::new(move || ready.set(true));

    let reading = move || {
        at.get()
            .and_then(|at| lines.with_value(|lines| lines.get(at).cloned()))
    };
    let follow = move |event: PointerEvent| {
        let Some(chart) = event
            .current_target()
            .and_then(|target| target.dyn_into::<web_sys::Element>().ok())
        else {
            return;
        };
        let place = chart.get_bounding_client_rect();
        is_narrow.set(place.width() < NARROW);
        let (from, to) = if place.width() < NARROW { narrow } else { wide };
        let share = (f64::from(event.client_x()) - place.left()) / place.width().max(1.0);
        let along = ((share - from) / (to - from).max(f64::EPSILON)).clamp(0.0, 1.0);
        #[expect(
            clippy::cast_possible_truncation,
            clippy::cast_sign_loss,
            reason = "clamped to the points"
        )]
        at.set(Some(((along * (last + 1) as f64) as usize).min(last)));
    };
    // In thousandths of the width, in the middle of the point's own place.
    let place = move || {
        let (from, to) = if is_narrow.get() { narrow } else { wide };
        at.get()
            .map(|at| 1000.0 * (from + (to - from) * (at as f64 + 0.5) / (last + 1) as f64))
    };
    let slide = move |event| at.set(event_target_value(&event).parse().ok());

    view! {
        <div class="reader" on:pointermove=follow on:pointerdown=follow>
            {children()}
            <svg class="cursor" viewBox="0 0 1000 100" preserveAspectRatio="none" aria-hidden="true">
                <line x1=move || place().unwrap_or(-10.0) x2=move || place().unwrap_or(-10.0) y1="0" y2="100"/>
            </svg>
        </div>
        <div class="slider" hidden=move || !ready.get()>
            <label for="read-values">"Read values"</label>
            <input id="read-values" type="range" min="0" max=last step="1"
                prop:value=move || at.get().unwrap_or(last).to_string()
                aria-valuetext=reading on:input=slide
                on:focus=move |_| at.update(|at| { at.get_or_insert(last); })/>
            // Not announced: the slider says the same.
            <output for="read-values" aria-live="off">
                {move || reading().unwrap_or_else(|| HINT.to_owned())}
            </output>
        </div>
    }
}
