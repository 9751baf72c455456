//! A plotters backend that writes small SVG.
//!
//! plotters' own writes an element of some hundred bytes for each bar, on whole pixels, with
//! opacities and control characters. This one joins marks that follow each other in the same
//! colour into one path, writes tenths of a pixel, and spells a colour in one way only.

use std::convert::Infallible;
use std::fmt::Write;

use plotters::style::RGBColor;
use plotters::style::text_anchor::HPos;
use plotters_backend::{
    BackendColor, BackendCoord, BackendStyle, BackendTextStyle, DrawingBackend, DrawingErrorKind,
    FontStyle,
};

use super::Size;
use super::canvas::FONT_HEIGHT;
use super::colour::hex;

/// Backend pixels to a CSS pixel: coordinates are written to a tenth.
pub(super) const UNITS: u32 = 10;

/// The element that is still open: marks of the same kind go into it.
#[derive(Clone, Copy, PartialEq)]
enum Open {
    Fill {
        colour: RGBColor,
    },
    Stroke {
        colour: RGBColor,
        width: u32,
    },
    Dots {
        colour: RGBColor,
        radius: u32,
    },
    Text {
        colour: RGBColor,
        size: i32,
        bold: bool,
        anchor: &'static str,
    },
}

/// Collects the elements of an SVG.
pub(super) struct SvgBackend {
    size: Size,
    body: String,
    open: Option<Open>,
    /// Where the path that is open ended, from which the next mark in it can start.
    pen: Option<BackendCoord>,
}

type Drawn = Result<(), DrawingErrorKind<Infallible>>;

impl SvgBackend {
    pub(super) fn new(size: Size) -> Self {
        Self {
            size,
            body: String::with_capacity(8 * 1024),
            open: None,
            pen: None,
        }
    }

    pub(super) fn finish(mut self) -> String {
        self.close();
        self.body
    }

    fn close(&mut self) {
        self.body.push_str(match self.open.take() {
            Some(Open::Text { .. }) => "</g>",
            Some(_) => "\"/>",
            None => "",
        });
    }

    /// Where the path ended, if it is one that `next` continues.
    fn pen_in(&self, next: Open) -> Option<BackendCoord> {
        self.pen.filter(|_| self.open == Some(next))
    }

    /// Opens the element that `next` belongs in, unless it is open already.
    fn within(&mut self, next: Open) -> &mut String {
        if self.open != Some(next) {
            self.close();
            next.begin(&mut self.body);
            self.open = Some(next);
            self.pen = None;
        }
        &mut self.body
    }
}

impl Open {
    fn begin(self, out: &mut String) {
        let _ = match self {
            Self::Fill { colour } => write!(out, "<path fill=\"{}\"", hex(colour)),
            Self::Text { colour, .. } => write!(out, "<g fill=\"{}\"", hex(colour)),
            Self::Stroke { colour, .. } | Self::Dots { colour, .. } => {
                write!(out, "<path fill=\"none\" stroke=\"{}\"", hex(colour))
            }
        };
        match self {
            Self::Fill { .. } => out.push_str(" d=\""),
            Self::Stroke { width, .. } => {
                out.push_str(" stroke-linejoin=\"round\" stroke-width=\"");
                tenths(out, width as i32);
                out.push_str("\" d=\"");
            }
            // A stroke of no length with round ends is a dot, in a quarter of two arcs' bytes.
            Self::Dots { radius, .. } => {
                out.push_str(" stroke-linecap=\"round\" stroke-width=\"");
                tenths(out, 2 * radius as i32);
                out.push_str("\" d=\"");
            }
            Self::Text {
                size, bold, anchor, ..
            } => {
                out.push_str(" font-size=\"");
                tenths(out, size);
                out.push('"');
                if bold {
                    out.push_str(" font-weight=\"600\"");
                }
                if anchor != "start" {
                    let _ = write!(out, " text-anchor=\"{anchor}\"");
                }
                out.push('>');
            }
        }
    }
}

/// Writes a length counted in tenths: `123` as `12.3`, `120` as `12`.
///
/// Digit by digit: a chart has thousands of lengths, and `write!` takes four times as long.
fn tenths(out: &mut String, length: i32) {
    if length < 0 {
        out.push('-');
    }
    let (whole, tenth) = (length.unsigned_abs() / 10, length.unsigned_abs() % 10);
    digits(out, whole);
    if tenth > 0 {
        out.push('.');
        digits(out, tenth);
    }
}

fn digits(out: &mut String, number: u32) {
    if number >= 10 {
        digits(out, number / 10);
    }
    out.push(char::from(b'0' + (number % 10) as u8));
}

fn pair(out: &mut String, command: char, x: i32, y: i32) {
    out.push(command);
    tenths(out, x);
    if y >= 0 {
        out.push(' ');
    }
    tenths(out, y);
}

/// A move to `(x, y)`, as a step from where the path ended: steps are short, and those between
/// the lines of a hatching all alike, which compresses well.
fn move_to(out: &mut String, pen: Option<BackendCoord>, (x, y): BackendCoord) {
    match pen {
        Some(pen) if pen == (x, y) => {}
        Some((pen_x, pen_y)) => pair(out, 'm', x - pen_x, y - pen_y),
        None => pair(out, 'M', x, y),
    }
}

/// A move to the first point and relative steps to the others. Returns the last of them.
fn trace(
    out: &mut String,
    pen: Option<BackendCoord>,
    points: impl IntoIterator<Item = BackendCoord>,
) -> Option<BackendCoord> {
    let mut last = None;
    for (x, y) in points {
        match last {
            None => move_to(out, pen, (x, y)),
            Some(last) if last == (x, y) => {}
            Some((last_x, last_y)) if last_y == y => {
                out.push('h');
                tenths(out, x - last_x);
            }
            Some((last_x, last_y)) if last_x == x => {
                out.push('v');
                tenths(out, y - last_y);
            }
            Some((last_x, last_y)) => pair(out, 'l', x - last_x, y - last_y),
        }
        last = Some((x, y));
    }
    last.or(pen)
}

fn colour<S: BackendStyle>(style: &S) -> RGBColor {
    let (r, g, b) = style.color().rgb;
    RGBColor(r, g, b)
}

impl DrawingBackend for SvgBackend {
    type ErrorType = Infallible;

    fn get_size(&self) -> (u32, u32) {
        (self.size.width * UNITS, self.size.height * UNITS)
    }

    fn ensure_prepared(&mut self) -> Drawn {
        Ok(())
    }

    fn present(&mut self) -> Drawn {
        Ok(())
    }

    fn draw_pixel(&mut self, (x, y): BackendCoord, color: BackendColor) -> Drawn {
        self.draw_rect((x, y), (x + 1, y + 1), &color, true)
    }

    fn draw_line<S: BackendStyle>(
        &mut self,
        from: BackendCoord,
        to: BackendCoord,
        style: &S,
    ) -> Drawn {
        self.draw_path([from, to], style)
    }

    fn draw_rect<S: BackendStyle>(
        &mut self,
        (left, top): BackendCoord,
        (right, bottom): BackendCoord,
        style: &S,
        fill: bool,
    ) -> Drawn {
        if !fill {
            let corners = [
                (left, top),
                (right, top),
                (right, bottom),
                (left, bottom),
                (left, top),
            ];
            return self.draw_path(corners, style);
        }
        let fill = Open::Fill {
            colour: colour(style),
        };
        let pen = self.pen_in(fill);
        let out = self.within(fill);
        // A row of bars is most of a chart. Each goes up, across and down from where the last
        // ended; filling closes it along the bottom.
        move_to(out, pen, (left, bottom));
        out.push('v');
        tenths(out, top - bottom);
        out.push('h');
        tenths(out, right - left);
        out.push('v');
        tenths(out, bottom - top);
        self.pen = Some((right, bottom));
        Ok(())
    }

    fn draw_path<S: BackendStyle, I: IntoIterator<Item = BackendCoord>>(
        &mut self,
        path: I,
        style: &S,
    ) -> Drawn {
        let stroke = Open::Stroke {
            colour: colour(style),
            width: style.stroke_width(),
        };
        let pen = self.pen_in(stroke);
        self.pen = trace(self.within(stroke), pen, path);
        Ok(())
    }

    /// Dots only: `fill` is taken to be true.
    fn draw_circle<S: BackendStyle>(
        &mut self,
        (x, y): BackendCoord,
        radius: u32,
        style: &S,
        _fill: bool,
    ) -> Drawn {
        let out = self.within(Open::Dots {
            colour: colour(style),
            radius,
        });
        pair(out, 'M', x, y);
        out.push_str("h0");
        Ok(())
    }

    fn fill_polygon<S: BackendStyle, I: IntoIterator<Item = BackendCoord>>(
        &mut self,
        corners: I,
        style: &S,
    ) -> Drawn {
        let out = self.within(Open::Fill {
            colour: colour(style),
        });
        trace(out, None, corners);
        out.push('z');
        self.pen = None;
        Ok(())
    }

    fn draw_text<T: BackendTextStyle>(
        &mut self,
        text: &str,
        style: &T,
        (x, top): BackendCoord,
    ) -> Drawn {
        let (r, g, b) = style.color().rgb;
        let out = self.within(Open::Text {
            colour: RGBColor(r, g, b),
            size: (style.size() / FONT_HEIGHT).round() as i32,
            bold: matches!(style.style(), FontStyle::Bold),
            anchor: match style.anchor().h_pos {
                HPos::Left => "start",
                HPos::Center => "middle",
                HPos::Right => "end",
            },
        });
        // Where plotters' bitmaps put the baseline: see `Canvas::text`.
        let baseline = top + (style.size() / 2.0).round() as i32;
        out.push_str("<text x=\"");
        tenths(out, x);
        out.push_str("\" y=\"");
        tenths(out, baseline);
        let _ = write!(out, "\">{}</text>", escape(text));
        Ok(())
    }
}

/// `text` as it may stand between tags.
pub(super) fn escape(text: &str) -> String {
    let mut safe = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '&' => safe.push_str("&amp;"),
            '<' => safe.push_str("&lt;"),
            '>' => safe.push_str("&gt;"),
            '"' => safe.push_str("&quot;"),
            '\'' => safe.push_str("&#39;"),
            c => safe.push(c),
        }
    }
    safe
}
