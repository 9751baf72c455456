//! Bars side by side: one for each day or week, or for each pixel where days are narrower.

use plotters_backend::DrawingBackend;

use super::band::{Band, ROOM};
use super::canvas::{Anchor, Canvas, Drawn, Point, text_width};
use super::colour::Role;
use super::epi_curve::{Bar, Scale, Unit};
use super::plot_area::LABELS;
use super::{DateAxis, PlotArea, ValueAxis, drawable};

/// Narrower than this, in pixels, bars touch: gaps of part of a pixel would only flicker.
pub(super) const BARS_TOUCH: f64 = 3.5;
const WIDEST_BAR: f64 = 48.0;
/// Hatching costs lines, so a chart that is mostly incomplete is only outlined.
const MOST_HATCHED: usize = 60;

/// What stands in one slot.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Column {
    /// At least one of its days was reported.
    pub(super) reported: bool,
    /// At least one of its days is incomplete.
    pub(super) incomplete: bool,
    /// The mean of its days' means.
    pub(super) mean: Option<f64>,
    /// Where it is expected to end; of several days that share it, the highest.
    expected: Option<Band>,
    means: f64,
    high: f64,
    low: f64,
}

/// The columns of a chart, from left to right.
///
/// There are never more than pixels, so a chart of ten thousand days is drawn as fast as one of
/// two years. Days that share a pixel share a column: it reaches up to the greatest of them and
/// down to the lowest correction, so that neither is lost, and is marked as not reported only
/// if none of them was.
#[derive(Debug)]
pub(super) struct Columns {
    all: Vec<Column>,
    left: f64,
    pitch: f64,
}

impl Columns {
    pub(super) fn of(bars: &[Bar], days: &DateAxis, area: PlotArea) -> Self {
        let pixels = area.width().max(1.0) as i64;
        let count = days.slots.clamp(1, pixels);
        let mut all = vec![Column::default(); count as usize];
        for bar in bars {
            let index = days.slot(bar.date) * count / days.slots;
            if let Some(column) = all.get_mut(index as usize) {
                column.add(bar);
            }
        }
        for column in &mut all {
            column.mean = column.mean.map(|sum| sum / column.means);
        }
        Self {
            all,
            left: area.left,
            pitch: area.width() / count as f64,
        }
    }

    pub(super) fn any(&self, holds: impl Fn(&Column) -> bool) -> bool {
        self.all.iter().any(holds)
    }

    /// The upright axis that has room for every column and mean.
    pub(super) fn axis(&self, unit: Unit, scale: Scale, area: PlotArea) -> ValueAxis {
        let whole = unit == Unit::NewCases;
        let ends = self
            .all
            .iter()
            .flat_map(|c| [c.high, c.low, c.mean.unwrap_or(0.0)]);
        let most = ends.clone().fold(0.0, f64::max);
        let expected = self.bands().flatten().map(|band| band.high);
        let most = expected.fold(0.0, f64::max).min(most * ROOM).max(most);
        match scale {
            Scale::Linear => ValueAxis::linear(ends.fold(0.0, f64::min), most, whole, area),
            Scale::Log => {
                let least = ends.filter(|&v| v > 0.0).fold(f64::MAX, f64::min);
                ValueAxis::log(least, most, whole, area)
            }
        }
    }

    /// The bars, those still incomplete in a lighter colour, outlined and hatched.
    pub(super) fn draw_bars<DB: DrawingBackend>(
        &self,
        axis: &ValueAxis,
        canvas: &mut Canvas<'_, DB>,
    ) -> Drawn<DB> {
        // All marks of a colour one after the other, because then they are one path in the SVG.
        for (a, b) in self.rectangles(axis, |column| !column.incomplete) {
            canvas.rect(a, b, Role::Bar.colour())?;
        }
        let incomplete: Vec<_> = self.rectangles(axis, |column| column.incomplete).collect();
        for &(a, b) in &incomplete {
            canvas.rect(a, b, Role::IncompleteBar.colour())?;
        }
        if self.pitch < BARS_TOUCH {
            // No room for hatching: one outline over each stretch of them.
            for stretch in incomplete.chunk_by(|(_, b), (a, _)| (a.0 - b.0).abs() < 0.01) {
                let tops = stretch.iter().flat_map(|&(a, b)| [a, (b.0, a.1)]);
                canvas.line(&tops.collect::<Vec<_>>(), Role::Bar.colour(), 1.0)?;
            }
            return Ok(());
        }
        let hatched = incomplete.len() <= MOST_HATCHED;
        for (a, b) in incomplete {
            let outline = [a, (a.0, b.1), b, (b.0, a.1), a];
            canvas.line(&outline, Role::Bar.colour(), 1.0)?;
            if hatched {
                hatch(a, b, canvas)?;
            }
        }
        Ok(())
    }

    /// The corners of each bar: upper left and lower right.
    fn rectangles(
        &self,
        axis: &ValueAxis,
        wanted: impl Fn(&Column) -> bool,
    ) -> impl Iterator<Item = (Point, Point)> {
        let foot = axis.foot();
        let log = axis.scale == Scale::Log;
        self.all
            .iter()
            .enumerate()
            .filter(move |(_, column)| wanted(column))
            .filter_map(move |(i, column)| {
                let (left, right) = self.span(i);
                let lower = if log { foot } else { axis.y(column.low) };
                let mut upper = axis.y(column.high);
                // One case on an axis that begins at one, or one beside ten thousand, is not none.
                if column.high > 0.0 {
                    upper = upper.min(foot - if log { 3.0 } else { 1.5 });
                }
                (lower - upper > 0.05).then_some(((left, upper), (right, lower)))
            })
    }

    /// Where each column is expected to end.
    pub(super) fn bands(&self) -> impl Iterator<Item = Option<Band>> {
        self.all.iter().map(|column| column.expected)
    }

    /// Pixels from one column to the next.
    pub(super) fn pitch(&self) -> f64 {
        self.pitch
    }

    pub(super) fn span(&self, i: usize) -> (f64, f64) {
        let left = self.left + i as f64 * self.pitch;
        if self.pitch < BARS_TOUCH {
            return (left, left + self.pitch);
        }
        let gap = (self.pitch * 0.2).max(self.pitch - WIDEST_BAR);
        (left + gap / 2.0, left + self.pitch - gap / 2.0)
    }

    /// The mean as a line, broken where there is none or where it leaves the axis.
    pub(super) fn draw_mean<DB: DrawingBackend>(
        &self,
        axis: &ValueAxis,
        canvas: &mut Canvas<'_, DB>,
    ) -> Drawn<DB> {
        let mut stretch = Vec::new();
        for (i, column) in self.all.iter().enumerate() {
            let x = self.left + (i as f64 + 0.5) * self.pitch;
            match column.mean.filter(|&mean| mean >= axis.low) {
                Some(mean) => stretch.push((x, axis.y(mean))),
                None => self.draw_stretch(&mut stretch, canvas)?,
            }
        }
        self.draw_stretch(&mut stretch, canvas)
    }

    fn draw_stretch<DB: DrawingBackend>(
        &self,
        stretch: &mut Vec<Point>,
        canvas: &mut Canvas<'_, DB>,
    ) -> Drawn<DB> {
        // One day between two gaps is a short dash: a line needs two ends.
        if let [(x, y)] = stretch[..] {
            let half = (self.pitch / 2.0).clamp(1.0, 6.0);
            *stretch = vec![(x - half, y), (x + half, y)];
        }
        if !stretch.is_empty() {
            canvas.line(stretch, Role::Mean.colour(), 2.0)?;
        }
        stretch.clear();
        Ok(())
    }

    /// A strip under the plot wherever nothing was reported.
    pub(super) fn draw_not_reported<DB: DrawingBackend>(
        &self,
        area: PlotArea,
        canvas: &mut Canvas<'_, DB>,
    ) -> Drawn<DB> {
        for (from, to) in self.runs(|column| !column.reported) {
            let (left, right) = (self.span(from).0, self.span(to).1);
            let colour = Role::NotReported.colour();
            canvas.rect(
                (left, area.bottom + 1.5),
                (right, area.bottom + 4.5),
                colour,
            )?;
        }
        Ok(())
    }

    /// A faint band behind the incomplete days, under a bracket that says what they are.
    pub(super) fn draw_incomplete_bands<DB: DrawingBackend>(
        &self,
        area: PlotArea,
        canvas: &mut Canvas<'_, DB>,
    ) -> Drawn<DB> {
        let bands: Vec<_> = self
            .runs(|column| column.incomplete)
            .into_iter()
            .map(|(from, to)| {
                let left = self.left + from as f64 * self.pitch;
                (left, self.left + (to as f64 + 1.0) * self.pitch)
            })
            .collect();
        for &(left, right) in &bands {
            let colour = Role::IncompleteBand.colour();
            canvas.rect((left, area.top - 4.0), (right, area.bottom), colour)?;
        }
        for &(left, right) in &bands {
            let (high, low) = (area.top - 4.0, area.top);
            let bracket = [(left, low), (left, high), (right, high), (right, low)];
            canvas.line(&bracket, Role::Axis.colour(), 1.0)?;
        }
        let Some(&(_, right)) = bands.last() else {
            return Ok(());
        };
        let words = "incomplete";
        let x = right.max(text_width(words, LABELS.size));
        canvas.text(words, (x, area.top - 8.0), Anchor::End, LABELS)
    }

    /// First and last index of each stretch of columns for which `holds`.
    fn runs(&self, holds: impl Fn(&Column) -> bool) -> Vec<(usize, usize)> {
        let mut runs: Vec<(usize, usize)> = Vec::new();
        for (i, column) in self.all.iter().enumerate() {
            match runs.last_mut() {
                _ if !holds(column) => {}
                Some((_, to)) if *to + 1 == i => *to = i,
                _ => runs.push((i, i)),
            }
        }
        runs
    }
}

impl Column {
    fn add(&mut self, bar: &Bar) {
        if let Some(value) = drawable(bar.value) {
            self.reported = true;
            self.high = self.high.max(value);
            self.low = self.low.min(value);
        }
        if let Some(mean) = drawable(bar.mean) {
            self.mean = Some(self.mean.unwrap_or(0.0) + mean);
            self.means += 1.0;
        }
        self.incomplete |= bar.incomplete;
        let higher = |band: &Band| self.expected.is_none_or(|other| band.high > other.high);
        self.expected = Band::of(bar).filter(higher).or(self.expected);
    }
}

/// Slanted lines inside a rectangle, in step with those of its neighbours.
fn hatch<DB: DrawingBackend>(a: Point, b: Point, canvas: &mut Canvas<'_, DB>) -> Drawn<DB> {
    const APART: f64 = 5.0;
    let mut sum = ((a.0 + a.1) / APART).ceil() * APART;
    while sum < b.0 + b.1 {
        let from = (sum - b.1).max(a.0);
        let to = (sum - a.1).min(b.0);
        canvas.line(
            &[(from, sum - from), (to, sum - to)],
            Role::Bar.colour(),
            1.0,
        )?;
        sum += APART;
    }
    Ok(())
}
