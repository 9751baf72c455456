//! The range in which a count that still grows is expected to end.

use plotters_backend::DrawingBackend;

use super::canvas::{Canvas, Drawn, Point};
use super::colour::Role;
use super::columns::{BARS_TOUCH, Columns};
use super::{Bar, ValueAxis, drawable};

/// The axis makes room for ranges up to this many times the highest bar; a wider one runs off
/// the top, since a chart of what is not known yet would hide what is.
pub(super) const ROOM: f64 = 2.0;

/// From where to where a column is expected to end, and its middle.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Band {
    pub(super) low: f64,
    pub(super) median: f64,
    pub(super) high: f64,
}

impl Band {
    /// That of a bar, if it can be drawn.
    pub(super) fn of(bar: &Bar) -> Option<Self> {
        let expected = bar.expected?;
        Some(Self {
            low: drawable(Some(expected.low))?,
            median: drawable(Some(expected.median))?,
            high: drawable(Some(expected.high))?,
        })
    }
}

impl Columns {
    /// A light range over each bar that still grows, with a line at its middle.
    pub(super) fn draw_expected<DB: DrawingBackend>(
        &self,
        axis: &ValueAxis,
        canvas: &mut Canvas<'_, DB>,
    ) -> Drawn<DB> {
        let ranges: Vec<(Point, Point, f64)> = (0..)
            .zip(self.bands())
            .filter_map(|(i, band)| {
                let band = band?;
                let (left, right) = self.span(i);
                let inset = if self.pitch() < BARS_TOUCH {
                    0.0
                } else {
                    (right - left) * 0.22
                };
                let (top, foot) = (axis.y(band.high), axis.y(band.low));
                // A range of no width is still to be seen.
                let foot = foot.max(top + 1.0);
                Some((
                    (left + inset, top),
                    (right - inset, foot),
                    axis.y(band.median),
                ))
            })
            .collect();
        for &(a, b, _) in &ranges {
            canvas.rect(a, b, Role::Expected.colour())?;
        }
        for &(a, b, median) in &ranges {
            let colour = Role::ExpectedMiddle.colour();
            if b.0 - a.0 >= 3.0 {
                canvas.line(&[a, (a.0, b.1), b, (b.0, a.1), a], colour, 1.0)?;
            }
            canvas.line(&[(a.0, median), (b.0, median)], colour, 2.0)?;
        }
        Ok(())
    }
}
