//! The part of a chart where counts are drawn, and how its axes are lettered.

use super::canvas::Lettering;
use super::colour::Role;

pub(super) const LABEL_SIZE: f64 = 11.0;

/// The room the date labels take below the plot, in pixels.
pub(super) const DATE_LABELS: f64 = 36.0;

/// How axis labels look.
pub(super) const LABELS: Lettering = Lettering {
    size: LABEL_SIZE,
    bold: false,
    colour: Role::Text.colour(),
};

/// Where the counts are drawn, in pixels from the top left of the chart.
#[derive(Debug, Clone, Copy)]
pub(crate) struct PlotArea {
    pub(crate) left: f64,
    pub(crate) right: f64,
    pub(crate) top: f64,
    pub(crate) bottom: f64,
}

impl PlotArea {
    /// Room for labels of seven digits to the left, and half a date to the right.
    pub(super) const LEFT: f64 = 52.0;
    pub(super) const RIGHT: f64 = 14.0;

    /// What a chart `width` by `height` pixels has left below a heading that ends at `top`.
    pub(crate) fn below(top: f64, width: f64, height: f64) -> Self {
        let bottom = height - DATE_LABELS;
        Self {
            left: Self::LEFT,
            right: (width - Self::RIGHT).max(Self::LEFT + 100.0),
            top: top.min(bottom - 20.0),
            bottom,
        }
    }

    pub(crate) fn width(self) -> f64 {
        self.right - self.left
    }
}
