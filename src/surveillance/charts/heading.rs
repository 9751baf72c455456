//! What stands above a plot: the title, and a legend that uses the very marks of the chart.

use plotters::style::RGBColor;
use plotters_backend::DrawingBackend;

use super::canvas::{Anchor, BOLD_WIDER, Canvas, Drawn, Lettering, Point, fit, text_width};
use super::clean;
use super::colour::Role;

const LEGEND_SIZE: f64 = 12.0;
const ROW: f64 = 19.0;
const SWATCH: f64 = 22.0;
const BETWEEN: f64 = 16.0;

/// The shape of a series' points, so that colour is not the only way to tell series apart.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Marker {
    Circle,
    Square,
    Triangle,
    Diamond,
    Cross,
}

impl Marker {
    /// The shape of the `index`th series: five, then again with the next colours.
    pub(super) fn of(index: usize) -> Self {
        [
            Self::Circle,
            Self::Square,
            Self::Triangle,
            Self::Diamond,
            Self::Cross,
        ][index % 5]
    }

    /// Draws the mark, about as large to the eye whichever shape it is.
    pub(super) fn draw<DB: DrawingBackend>(
        self,
        (x, y): Point,
        radius: f64,
        colour: RGBColor,
        canvas: &mut Canvas<'_, DB>,
    ) -> Drawn<DB> {
        let r = radius;
        match self {
            Self::Circle => canvas.dot((x, y), r, colour),
            Self::Square => {
                let half = r * 0.9;
                canvas.rect((x - half, y - half), (x + half, y + half), colour)
            }
            Self::Triangle => {
                let corners = [(x, y - r * 1.3), (x + r * 1.2, y + r), (x - r * 1.2, y + r)];
                canvas.shape(&corners, colour)
            }
            Self::Diamond => {
                let d = r * 1.35;
                canvas.shape(&[(x, y - d), (x + d, y), (x, y + d), (x - d, y)], colour)
            }
            Self::Cross => {
                let (arm, width) = (r * 1.1, r * 0.7);
                canvas.line(&[(x - arm, y - arm), (x + arm, y + arm)], colour, width)?;
                canvas.line(&[(x - arm, y + arm), (x + arm, y - arm)], colour, width)
            }
        }
    }
}

/// What a legend entry shows before its words.
#[derive(Debug, Clone, Copy)]
pub(super) enum Swatch {
    Bar,
    Mean,
    Expected,
    Note,
    Fill(RGBColor),
    Line(RGBColor),
    Dot(RGBColor),
    Step,
    NotReported,
    Series(RGBColor, Marker),
}

impl Swatch {
    fn draw<DB: DrawingBackend>(
        self,
        (x, baseline): Point,
        canvas: &mut Canvas<'_, DB>,
    ) -> Drawn<DB> {
        let middle = baseline - 4.5;
        match self {
            Self::Bar => {
                let colour = Role::Bar.colour();
                canvas.rect((x, middle - 2.0), (x + 4.0, middle + 5.0), colour)?;
                canvas.rect((x + 6.0, middle - 5.0), (x + 10.0, middle + 5.0), colour)?;
                canvas.rect((x + 12.0, middle - 1.0), (x + 16.0, middle + 5.0), colour)
            }
            Self::Mean => canvas.line(&[(x, middle), (x + 16.0, middle)], Role::Mean.colour(), 2.0),
            Self::Expected => {
                let (a, b) = ((x + 3.0, middle - 5.0), (x + 13.0, middle + 5.0));
                let colour = Role::ExpectedMiddle.colour();
                canvas.rect(a, b, Role::Expected.colour())?;
                canvas.line(&[a, (a.0, b.1), b, (b.0, a.1), a], colour, 1.0)?;
                canvas.line(&[(a.0, middle), (b.0, middle)], colour, 2.0)
            }
            Self::Fill(colour) => canvas.rect((x, middle - 5.0), (x + 16.0, middle + 5.0), colour),
            Self::Line(colour) => canvas.line(&[(x, middle), (x + 16.0, middle)], colour, 2.0),
            Self::Dot(colour) => canvas.dot((x + 8.0, middle), 2.5, colour),
            Self::Step => {
                let colour = Role::Bar.colour();
                let up = [(x, middle + 4.0), (x + 8.0, middle + 4.0)];
                let on = [(x + 8.0, middle - 4.0), (x + 16.0, middle - 4.0)];
                canvas.line(&[up[0], up[1], on[0], on[1]], colour, 2.0)
            }
            Self::Note => canvas.dot((x + 8.0, middle), 5.0, Role::Note.colour()),
            Self::NotReported => {
                let colour = Role::NotReported.colour();
                canvas.rect((x, middle - 1.5), (x + 16.0, middle + 1.5), colour)
            }
            Self::Series(colour, marker) => {
                canvas.line(&[(x, middle), (x + 16.0, middle)], colour, 1.5)?;
                marker.draw((x + 8.0, middle), 3.0, colour, canvas)
            }
        }
    }
}

/// Draws the title and the legend in rows below it. Gives the height used, in pixels.
///
/// A legend that would take more than a third of the chart ends in "and 12 more".
pub(super) fn draw<DB: DrawingBackend>(
    title: &str,
    legend: &[(Swatch, String)],
    canvas: &mut Canvas<'_, DB>,
) -> Result<f64, plotters_backend::DrawingErrorKind<DB::ErrorType>> {
    let width = canvas.width();
    let mut top = 4.0;

    let title = clean(title, 200);
    if !title.is_empty() {
        let room = width / BOLD_WIDER;
        let size = if text_width(&title, 16.0) <= room {
            16.0
        } else {
            13.0
        };
        let lettering = Lettering {
            size,
            bold: true,
            colour: Role::Title.colour(),
        };
        canvas.text(
            &fit(&title, size, room),
            (0.0, top + 14.0),
            Anchor::Start,
            lettering,
        )?;
        top += 23.0;
    }

    let lettering = Lettering {
        size: LEGEND_SIZE,
        bold: false,
        colour: Role::Text.colour(),
    };
    let rows = (canvas.height() / 3.0 / ROW).floor().max(1.0) as usize;
    let placed = place(legend, width, rows);
    for entry in &placed {
        let at = (entry.x, top + entry.row as f64 * ROW + 12.0);
        entry.swatch.draw(at, canvas)?;
    }
    for entry in &placed {
        let at = (entry.x + SWATCH, top + entry.row as f64 * ROW + 12.0);
        canvas.text(&entry.words, at, Anchor::Start, lettering)?;
    }
    let mut used = placed.last().map_or(0, |entry| entry.row + 1);
    let left_out = legend.len() - placed.len();
    if left_out > 0 {
        let at = (0.0, top + used as f64 * ROW + 12.0);
        canvas.text(
            &format!("and {left_out} more"),
            at,
            Anchor::Start,
            lettering,
        )?;
        used += 1;
    }
    Ok(top + used as f64 * ROW)
}

struct Placed {
    swatch: Swatch,
    words: String,
    x: f64,
    row: usize,
}

fn place(legend: &[(Swatch, String)], width: f64, rows: usize) -> Vec<Placed> {
    let (mut x, mut row) = (0.0, 0);
    let mut placed = Vec::new();
    for (swatch, words) in legend {
        let words = fit(&clean(words, 60), LEGEND_SIZE, width - SWATCH);
        let taken = SWATCH + text_width(&words, LEGEND_SIZE);
        if x > 0.0 && x + taken > width {
            (x, row) = (0.0, row + 1);
        }
        if row == rows {
            break;
        }
        placed.push(Placed {
            swatch: *swatch,
            words,
            x,
            row,
        });
        x += taken + BETWEEN;
    }
    placed
}

#[cfg(test)]
mod tests {
    use super::*;

    fn entries(n: usize) -> Vec<(Swatch, String)> {
        (0..n)
            .map(|i| (Swatch::Mean, format!("Department {i}")))
            .collect()
    }

    #[test]
    fn a_legend_wraps_within_its_width() {
        for entry in place(&entries(12), 400.0, 9) {
            let end = entry.x + SWATCH + text_width(&entry.words, LEGEND_SIZE);
            assert!(end <= 400.0, "{} ends at {end}", entry.words);
        }
    }

    #[test]
    fn a_legend_too_long_stops_where_its_rows_end() {
        let placed = place(&entries(500), 400.0, 3);
        assert!(placed.len() < 500 && placed.iter().all(|entry| entry.row < 3));
    }

    #[test]
    fn neighbouring_series_have_different_shapes() {
        assert!((0..20).all(|i| Marker::of(i) != Marker::of(i + 1)));
    }
}
