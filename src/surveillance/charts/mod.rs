//! Pictures of counts: the epidemic curve, the forecast's fan, and the chart of all departments.
//!
//! A pure corner: dates and numbers in, SVG or PNG out. No clock, no database, no chance.
//! A `Picture` is drawn on a `Canvas` over any plotters backend, so the page's SVG and the
//! report's PNG are the same picture.
//!
//! What comes in may be anything: names typed by people, counts of 1e308, dates backwards.
//! Text passes through `clean` and values through `drawable` before anything is drawn,
//! because an infinite axis never finishes and a control character makes an SVG no browser reads.

mod age_curve;
mod band;
pub(crate) mod canvas;
mod colour;
mod columns;
mod date_axis;
mod departments;
mod epi_curve;
mod fan;
mod fan_chart;
mod heading;
mod notes;
mod past_fans;
mod pit_histogram;
mod plot_area;
pub(crate) mod png;
mod reproduction_curve;
mod revision;
mod small;
mod step_curve;
pub(crate) mod svg;
mod svg_backend;
mod value_axis;
#[cfg(test)]
pub(crate) mod well_formed;

pub use age_curve::AgeCurve;
pub use colour::{Role, palette, role_colours};
pub use departments::{DepartmentSeries, all_departments_png, all_departments_svg};
pub use epi_curve::{Bar, EpiCurve, Scale, Step, Unit};
pub use fan::FanDay;
pub use fan_chart::FanChart;
pub use notes::Note;
pub use past_fans::{PastFan, PastFans};
pub use pit_histogram::pit_histogram_svg;
pub use reproduction_curve::{ReproductionCurve, ReproductionDay};
pub use revision::{Revised, revision_svg};
pub use small::{small_bars_svg, small_multiple_svg, sparkline_svg};
pub use step_curve::StepCurve;

pub(crate) use date_axis::DateAxis;
pub(crate) use plot_area::PlotArea;
pub(crate) use value_axis::ValueAxis;

/// The largest count that is drawn, in cases; more is drawn as this much. Earth has 1e10 people.
const LARGEST_VALUE: f64 = 1e12;

/// How large a chart is drawn, in CSS pixels: never so large that it costs, nor so small that
/// nothing fits.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Size {
    width: u32,
    height: u32,
}

impl Size {
    /// A chart to read: 200 to 1,920 pixels across and 150 to 1,080 down, whatever was asked.
    pub fn new(width: u32, height: u32) -> Self {
        Self {
            width: width.clamp(200, 1_920),
            height: height.clamp(150, 1_080),
        }
    }

    /// A chart to glance at, among others or in a table: 40 to 600 by 16 to 400 pixels.
    pub fn small(width: u32, height: u32) -> Self {
        Self {
            width: width.clamp(40, 600),
            height: height.clamp(16, 400),
        }
    }

    /// Pixels across.
    pub fn width(self) -> u32 {
        self.width
    }

    /// Pixels down.
    pub fn height(self) -> u32 {
        self.height
    }
}

/// Why a PNG could not be made. An SVG always can.
#[derive(Debug, thiserror::Error)]
pub enum ChartError {
    /// The letters that come with the program could not be read.
    #[error("the chart's font could not be read")]
    Font,
    /// A backend refused to draw.
    #[error("the chart could not be drawn: {0}")]
    Drawing(String),
    /// The finished picture could not be written as PNG.
    #[error("the chart could not be written as PNG")]
    Encoding(#[from] ::png::EncodingError),
}

/// `text` on one line, without what XML forbids or a reader cannot see, at most `longest` characters.
pub(crate) fn clean(text: &str, longest: usize) -> String {
    let mut kept = String::new();
    let visible = text.chars().filter_map(|c| match c {
        '\n' | '\t' => Some(' '),
        // Marks that turn the direction of writing would let a name rewrite what is beside it.
        '\u{202A}'..='\u{202E}' | '\u{2066}'..='\u{2069}' => None,
        '\u{FFFE}' | '\u{FFFF}' => None,
        c if c.is_control() => None,
        c => Some(c),
    });
    for (i, c) in visible.enumerate() {
        if i == longest {
            kept.push('…');
            break;
        }
        kept.push(c);
    }
    kept.trim().to_owned()
}

/// The value if it can be drawn: not a number is nothing, and infinity is only very many.
pub(crate) fn drawable(value: Option<f64>) -> Option<f64> {
    value
        .filter(|v| !v.is_nan())
        .map(|v| v.clamp(-LARGEST_VALUE, LARGEST_VALUE))
}

/// A number as it is read: `1,234`, `0.5`, `−12`; at most three decimals and never `1.200`.
pub fn number(value: f64) -> String {
    let value = drawable(Some(value)).unwrap_or(0.0);
    let fixed = format!("{:.3}", value.abs());
    let (whole, decimals) = fixed.split_once('.').unwrap_or((&fixed, ""));
    let decimals = decimals.trim_end_matches('0');

    let mut text = String::new();
    if value < 0.0 && fixed.bytes().any(|b| matches!(b, b'1'..=b'9')) {
        text.push('−');
    }
    for (i, digit) in whole.chars().enumerate() {
        if i > 0 && (whole.len() - i) % 3 == 0 {
            text.push(',');
        }
        text.push(digit);
    }
    if !decimals.is_empty() {
        text.push('.');
        text.push_str(decimals);
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_grouped_and_never_padded() {
        assert_eq!(number(1_234.0), "1,234");
        assert_eq!(number(1.2), "1.2");
        assert_eq!(number(0.0), "0");
        assert_eq!(number(-0.0001), "0");
        assert_eq!(number(-1_000_000.5), "−1,000,000.5");
        assert_eq!(number(f64::NAN), "0");
    }

    #[test]
    fn a_size_that_cannot_be_drawn_becomes_the_nearest_that_can() {
        assert_eq!(
            Size::new(0, 99_999),
            Size {
                width: 200,
                height: 1_080
            }
        );
        assert_eq!(
            Size::new(960, 360),
            Size {
                width: 960,
                height: 360
            }
        );
        assert_eq!(
            Size::small(220, 120),
            Size {
                width: 220,
                height: 120
            }
        );
    }

    #[test]
    fn text_loses_what_cannot_be_seen_and_is_cut_to_length() {
        assert_eq!(
            clean("Al\u{0}der\u{1b}\nCounty\u{202e}", 80),
            "Alder County"
        );
        assert_eq!(clean("abcdef", 3), "abc…");
        assert_eq!(clean("abc", 3), "abc");
    }

    #[test]
    fn what_is_not_a_number_is_not_drawn_and_infinity_is_bounded() {
        assert_eq!(drawable(Some(f64::NAN)), None);
        assert_eq!(drawable(Some(f64::INFINITY)), Some(1e12));
        assert_eq!(drawable(Some(-3.0)), Some(-3.0));
    }
}
