//! Where outcomes fell in their forecasts: as often in each tenth, where forecasts are right.

use plotters_backend::DrawingBackend;

use super::canvas::{Anchor, Canvas, Drawn, Picture};
use super::colour::Role;
use super::heading::{self, Swatch};
use super::plot_area::LABELS;
use super::{PlotArea, Size, ValueAxis, svg};

/// The histogram of the probability integral transform: how many outcomes fell into each part
/// of their forecasts' range, lowest first. `id` must be unique on its page.
pub fn pit_histogram_svg(
    title: &str,
    description: &str,
    counts: &[i64],
    size: Size,
    id: &str,
) -> String {
    svg::render(&Histogram { title, counts }, size, id, title, description)
}

struct Histogram<'a> {
    title: &'a str,
    counts: &'a [i64],
}

impl Picture for Histogram<'_> {
    fn draw<DB: DrawingBackend>(&self, canvas: &mut Canvas<'_, DB>) -> Drawn<DB> {
        let legend = [
            (Swatch::Bar, "outcomes".to_owned()),
            (
                Swatch::Line(Role::ExpectedMiddle.colour()),
                "if forecasts are right".to_owned(),
            ),
        ];
        let top = heading::draw(self.title, &legend, canvas)? + 8.0;
        let area = PlotArea::below(top, canvas.width(), canvas.height());
        let counts: Vec<f64> = self
            .counts
            .iter()
            .map(|&count| count.max(0) as f64)
            .collect();
        let bins = counts.len().max(1) as f64;
        let even = counts.iter().sum::<f64>() / bins;
        let most = counts.iter().copied().fold(even, f64::max);
        let axis = ValueAxis::linear(0.0, most, true, area);
        axis.draw(area, canvas)?;
        let pitch = area.width() / bins;
        let foot = axis.foot();
        for (at, count) in counts.iter().enumerate() {
            let left = area.left + at as f64 * pitch;
            let (a, b) = ((left + 1.0, axis.y(*count)), (left + pitch - 1.0, foot));
            canvas.rect(a, b, Role::Bar.colour())?;
        }
        let line = [(area.left, axis.y(even)), (area.right, axis.y(even))];
        canvas.line(&line, Role::ExpectedMiddle.colour(), 2.0)?;
        canvas.line(
            &[(area.left, foot), (area.right, foot)],
            Role::Axis.colour(),
            1.0,
        )?;
        let middle = f64::midpoint(area.left, area.right);
        for (words, x, anchor) in [
            ("far below", area.left, Anchor::Start),
            ("median", middle, Anchor::Middle),
            ("far above", area.right, Anchor::End),
        ] {
            canvas.text(words, (x, area.bottom + 17.0), anchor, LABELS)?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::super::well_formed::{elements, well_formed};
    use super::*;

    #[test]
    fn there_is_a_bar_for_each_part_and_a_line_where_all_would_be() {
        for counts in [&[3, 5, 0, 4, 8, 2, 1, 1, 9, 7][..], &[], &[0; 10]] {
            let svg = pit_histogram_svg("PIT", "Even.", counts, Size::new(400, 220), "pit");
            well_formed(&svg).expect("well-formed");
            assert!(!svg.contains("NaN") && !svg.contains("inf"));
            let lines = elements(&svg, "<path fill=\"none\" stroke=\"#A35200\"");
            assert_eq!(lines.len(), 2, "{svg}");
        }
    }
}
