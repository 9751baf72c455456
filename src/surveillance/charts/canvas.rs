//! Where a picture is drawn: plotters' backends, addressed in CSS pixels with fractions.

use plotters::style::text_anchor::{HPos, Pos, VPos};
use plotters::style::{FontDesc, FontFamily, FontStyle, RGBColor, ShapeStyle};
use plotters_backend::{DrawingBackend, DrawingErrorKind};

use super::Size;

/// A point in CSS pixels from the top left.
pub(crate) type Point = (f64, f64);

/// Drawn, or what the backend said.
pub(crate) type Drawn<DB> = Result<(), DrawingErrorKind<<DB as DrawingBackend>::ErrorType>>;

/// What plotters calls a font's size is its ascent and descent together; for Noto Sans that is
/// this many em (hhea: 1069 + 293 of 1000 units).
pub(super) const FONT_HEIGHT: f64 = 1.362;

/// Something that can be drawn, on any backend.
pub(crate) trait Picture {
    /// Draws all of it.
    fn draw<DB: DrawingBackend>(&self, canvas: &mut Canvas<'_, DB>) -> Drawn<DB>;
}

/// Which end of a text stands at the point given.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Anchor {
    Start,
    Middle,
    End,
}

/// How a text looks: its size in pixels an em, its weight and its colour.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Lettering {
    pub(crate) size: f64,
    pub(crate) bold: bool,
    pub(crate) colour: RGBColor,
}

/// A plotters backend addressed in CSS pixels.
///
/// plotters' own coordinates are whole numbers. 365 bars in 900 pixels need parts of one, so
/// the backend is made `units` times as large and each drawn length multiplied by as much.
pub(crate) struct Canvas<'b, DB> {
    backend: &'b mut DB,
    units: f64,
    size: Size,
}

impl<'b, DB: DrawingBackend> Canvas<'b, DB> {
    /// A canvas of `size`, on a backend that has `units` of its own pixels for each.
    pub(crate) fn new(backend: &'b mut DB, units: u32, size: Size) -> Self {
        Self {
            backend,
            units: f64::from(units),
            size,
        }
    }

    /// Pixels across.
    pub(crate) fn width(&self) -> f64 {
        f64::from(self.size.width)
    }

    /// Pixels down.
    pub(crate) fn height(&self) -> f64 {
        f64::from(self.size.height)
    }

    /// A filled rectangle between two opposite corners.
    pub(crate) fn rect(&mut self, a: Point, b: Point, colour: RGBColor) -> Drawn<DB> {
        let upper_left = self.place((a.0.min(b.0), a.1.min(b.1)));
        let lower_right = self.place((a.0.max(b.0), a.1.max(b.1)));
        let style = ShapeStyle::from(colour).filled();
        self.backend
            .draw_rect(upper_left, lower_right, &style, true)
    }

    /// A line through all points, `width` pixels wide.
    pub(crate) fn line(&mut self, points: &[Point], colour: RGBColor, width: f64) -> Drawn<DB> {
        let stroke = (width * self.units).round().max(1.0) as u32;
        let path: Vec<_> = points.iter().map(|&p| self.place(p)).collect();
        let style = ShapeStyle::from(colour).stroke_width(stroke);
        self.backend.draw_path(path, &style)
    }

    /// A filled dot.
    pub(crate) fn dot(&mut self, centre: Point, radius: f64, colour: RGBColor) -> Drawn<DB> {
        let centre = self.place(centre);
        let radius = (radius * self.units).round() as u32;
        let style = ShapeStyle::from(colour).filled();
        self.backend.draw_circle(centre, radius, &style, true)
    }

    /// A filled shape.
    pub(crate) fn shape(&mut self, corners: &[Point], colour: RGBColor) -> Drawn<DB> {
        let corners: Vec<_> = corners.iter().map(|&p| self.place(p)).collect();
        self.backend
            .fill_polygon(corners, &ShapeStyle::from(colour).filled())
    }

    /// One line of text. `at` is on its baseline.
    pub(crate) fn text(
        &mut self,
        text: &str,
        at: Point,
        anchor: Anchor,
        lettering: Lettering,
    ) -> Drawn<DB> {
        let size = lettering.size * FONT_HEIGHT * self.units;
        let weight = if lettering.bold {
            FontStyle::Bold
        } else {
            FontStyle::Normal
        };
        let h_pos = match anchor {
            Anchor::Start => HPos::Left,
            Anchor::Middle => HPos::Center,
            Anchor::End => HPos::Right,
        };
        let style = FontDesc::new(FontFamily::SansSerif, size, weight)
            .color(&lettering.colour)
            .pos(Pos::new(h_pos, VPos::Top));
        // plotters puts the baseline half the font's size below the top of a text.
        let (x, y) = self.place(at);
        let top = y - (size / 2.0).round() as i32;
        self.backend.draw_text(text, &style, (x, top))
    }

    fn place(&self, (x, y): Point) -> (i32, i32) {
        (
            (x * self.units).round() as i32,
            (y * self.units).round() as i32,
        )
    }
}

/// How much wider bold letters may be, in the browsers' widest default.
pub(super) const BOLD_WIDER: f64 = 1.12;

/// About how wide `text` is in a sans-serif of `size` pixels: which one, the reader's browser
/// decides, so these are widths of DejaVu Sans, the widest of the usual ones.
pub(crate) fn text_width(text: &str, size: f64) -> f64 {
    let em: f64 = text
        .chars()
        .map(|c| match c {
            'i' | 'j' | 'l' | 'I' | '.' | ',' | ':' | ';' | '\'' | '|' | '!' | ' ' => 0.31,
            'f' | 'r' | 't' | '(' | ')' | '-' | '/' => 0.4,
            'm' | 'w' | 'M' | 'W' | '…' => 0.95,
            'A'..='Z' => 0.7,
            '\u{2E80}'.. => 1.05,
            _ => 0.62,
        })
        .sum();
    em * size
}

/// `text`, or as much of its beginning as fits into `width` pixels, and an ellipsis.
pub(crate) fn fit(text: &str, size: f64, width: f64) -> String {
    if text_width(text, size) <= width {
        return text.to_owned();
    }
    let mut kept = String::new();
    let mut used = text_width("…", size);
    for c in text.chars() {
        used += text_width(c.encode_utf8(&mut [0; 4]), size);
        if used > width {
            break;
        }
        kept.push(c);
    }
    format!("{}…", kept.trim_end())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_text_too_wide_is_cut_and_says_so() {
        let cut = fit("Daily cases in a department with a long name", 12.0, 100.0);
        assert!(
            cut.ends_with('…') && text_width(&cut, 12.0) <= 100.0,
            "{cut}"
        );
        assert_eq!(fit("Alder", 12.0, 100.0), "Alder");
    }
}
