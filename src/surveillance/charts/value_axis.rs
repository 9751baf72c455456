//! The upright axis: counts, with ticks on round values.

use plotters_backend::DrawingBackend;

use super::canvas::{Anchor, Canvas, Drawn};
use super::colour::Role;
use super::epi_curve::Scale;
use super::number;
use super::plot_area::{LABELS, PlotArea};

/// The upright axis.
#[derive(Debug, Clone)]
pub(crate) struct ValueAxis {
    pub(super) low: f64,
    pub(super) high: f64,
    pub(super) scale: Scale,
    pub(super) ticks: Vec<f64>,
    top: f64,
    bottom: f64,
}

impl ValueAxis {
    /// An axis in equal steps that holds 0, `least` and `most`. `whole`: no ticks between cases.
    pub(crate) fn linear(least: f64, most: f64, whole: bool, area: PlotArea) -> Self {
        let (least, most) = (least.min(0.0), most.max(0.0));
        let smallest = if whole { 1.0 } else { 1e-3 };
        let room = ((area.bottom - area.top) / 34.0).clamp(1.0, 6.0);
        let step = round_step((most - least) / room).max(smallest);
        let low = (least / step).floor();
        let high = (most / step).ceil().max(low + 1.0);
        let ticks = (low as i64..=high as i64)
            .map(|i| i as f64 * step)
            .collect();
        Self::new(low * step, high * step, Scale::Linear, ticks, area)
    }

    /// An axis in powers of ten. Zero has no place on it: it begins at 1 for whole cases, and
    /// otherwise at the decade of the `least` value above zero, at most six decades down.
    pub(crate) fn log(least: f64, most: f64, whole: bool, area: PlotArea) -> Self {
        let most = most.max(1e-3);
        let low = if whole {
            0
        } else {
            let decade = least.clamp(1e-6, most).log10().floor() as i32;
            decade.max(most.log10().ceil() as i32 - 6).min(0)
        };
        let top_decade = (most.log10().ceil() as i32).max(low + 1);
        let decades = top_decade - low;
        let room = ((area.bottom - area.top) / 28.0).max(1.0);
        let mut ticks = Vec::new();
        let every = (f64::from(decades) / room).ceil().max(1.0) as usize;
        for exponent in (low..=top_decade).step_by(every) {
            ticks.push(10_f64.powi(exponent));
        }
        let mut high = 10_f64.powi(top_decade);
        if f64::from(decades) * 3.0 <= room {
            ticks = (low..top_decade)
                .flat_map(|e| [1.0, 2.0, 5.0].map(|m| m * 10_f64.powi(e)))
                .chain([high])
                .collect();
            if let Some(&enough) = ticks.iter().find(|&&tick| tick >= most) {
                high = enough.max(10_f64.powi(low) * 2.0);
            }
            ticks.retain(|&tick| tick <= high * 1.000_001);
        }
        Self::new(10_f64.powi(low), high, Scale::Log, ticks, area)
    }

    /// An axis without ticks that ends exactly where it must, and spans at least one case.
    pub(crate) fn fitted(least: f64, most: f64, area: PlotArea) -> Self {
        Self::new(
            least,
            most.max(least + 1.0),
            Scale::Linear,
            Vec::new(),
            area,
        )
    }

    fn new(low: f64, high: f64, scale: Scale, ticks: Vec<f64>, area: PlotArea) -> Self {
        Self {
            low,
            high,
            scale,
            ticks,
            top: area.top,
            bottom: area.bottom,
        }
    }

    /// How far down `value` is, in pixels; what lies outside is put on the edge.
    pub(crate) fn y(&self, value: f64) -> f64 {
        let share = match self.scale {
            Scale::Linear => (value - self.low) / (self.high - self.low),
            Scale::Log if value <= self.low => 0.0,
            Scale::Log => (value / self.low).log10() / (self.high / self.low).log10(),
        };
        self.bottom - share.clamp(0.0, 1.0) * (self.bottom - self.top)
    }

    /// Where bars stand: zero, or the foot of a logarithmic axis.
    pub(crate) fn foot(&self) -> f64 {
        self.y(0.0)
    }

    /// Light lines across at each tick, with its value on the left.
    pub(crate) fn draw<DB: DrawingBackend>(
        &self,
        area: PlotArea,
        canvas: &mut Canvas<'_, DB>,
    ) -> Drawn<DB> {
        for &tick in &self.ticks {
            let y = self.y(tick);
            canvas.line(&[(area.left, y), (area.right, y)], Role::Grid.colour(), 1.0)?;
        }
        for &tick in &self.ticks {
            let at = (area.left - 8.0, self.y(tick) + 4.0);
            canvas.text(&tick_label(tick), at, Anchor::End, LABELS)?;
        }
        Ok(())
    }
}

/// The smallest of 1, 2, 5 times a power of ten that is at least `rough`.
pub(super) fn round_step(rough: f64) -> f64 {
    if rough <= 0.0 {
        return 0.0;
    }
    let decade = 10_f64.powf(rough.log10().floor());
    let multiple = [1.0, 2.0, 5.0]
        .into_iter()
        .find(|m| m * decade >= rough * 0.999_999);
    multiple.unwrap_or(10.0) * decade
}

/// An axis label of at most seven characters or so: `250,000`, `1.5M`, `2bn`.
fn tick_label(value: f64) -> String {
    match value.abs() {
        v if v >= 1e12 => format!("{}tn", number(value / 1e12)),
        v if v >= 1e9 => format!("{}bn", number(value / 1e9)),
        v if v >= 1e6 => format!("{}M", number(value / 1e6)),
        v if v > 0.0 && v < 1e-3 => format!("{value:.0e}"),
        _ => number(value),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn area(width: f64, height: f64) -> PlotArea {
        PlotArea::below(40.0, width, height)
    }

    #[test]
    fn ticks_are_one_two_or_five_times_a_power_of_ten() {
        assert_eq!(round_step(0.9), 1.0);
        assert_eq!(round_step(130.0), 200.0);
        assert_eq!(round_step(0.021), 0.05);
        let axis = ValueAxis::linear(0.0, 873.0, true, area(960.0, 360.0));
        assert_eq!(axis.ticks, [0.0, 200.0, 400.0, 600.0, 800.0, 1_000.0]);
    }

    #[test]
    fn an_axis_of_cases_has_no_half_cases() {
        let axis = ValueAxis::linear(0.0, 2.0, true, area(960.0, 360.0));
        assert_eq!(axis.ticks, [0.0, 1.0, 2.0]);
    }

    #[test]
    fn corrections_below_zero_have_their_place() {
        let axis = ValueAxis::linear(-30.0, 100.0, true, area(960.0, 360.0));
        assert!(axis.low <= -30.0 && axis.high >= 100.0);
        assert!(axis.foot() < area(960.0, 360.0).bottom);
    }

    #[test]
    fn a_logarithmic_axis_begins_at_one_case_and_has_no_infinity() {
        let axis = ValueAxis::log(0.0, 12_000.0, true, area(960.0, 360.0));
        assert_eq!(axis.low, 1.0);
        for value in [-5.0, 0.0, 1.0, 12_000.0, 1e300, f64::INFINITY] {
            assert!(axis.y(value).is_finite());
        }
        let rates = ValueAxis::log(0.04, 35.0, false, area(960.0, 360.0));
        assert_eq!(rates.low, 0.01);
    }

    #[test]
    fn labels_stay_short() {
        let labels = [0.0, 0.5, 250_000.0, 1.5e6, 2e9, 1e12, -2e6].map(tick_label);
        assert_eq!(labels, ["0", "0.5", "250,000", "1.5M", "2bn", "1tn", "−2M"]);
    }
}
