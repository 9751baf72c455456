//! How much of a count is usually known, by age in days: the median and the spread around it.

use plotters_backend::DrawingBackend;

use super::canvas::{Anchor, Canvas, Drawn, Picture, Point};
use super::colour::Role;
use super::heading::{self, Swatch};
use super::plot_area::LABELS;
use super::{PlotArea, Size, ValueAxis, drawable, svg};
use crate::surveillance::completeness::{AgeShares, Shares};

/// The largest share that has room, in per cent: counts that shrink to a third are drawn so far.
const LARGEST_PERCENT: f64 = 300.0;

/// Shares by age, ready to be drawn.
#[derive(Debug, Clone, Copy)]
pub struct AgeCurve<'a> {
    /// Drawn above the chart and read aloud first.
    pub title: &'a str,
    /// What the chart shows, in words.
    pub description: &'a str,
    /// Ages without a gap, from 0 on.
    pub ages: &'a [AgeShares],
}

impl AgeCurve<'_> {
    /// The chart as an `<svg>` to put into a page. `id` must be unique there.
    pub fn svg(&self, size: Size, id: &str) -> String {
        svg::render(self, size, id, self.title, self.description)
    }
}

impl Picture for AgeCurve<'_> {
    fn draw<DB: DrawingBackend>(&self, canvas: &mut Canvas<'_, DB>) -> Drawn<DB> {
        let legend = [
            (Swatch::Mean, "median, % of the final count".to_owned()),
            (
                Swatch::Fill(Role::Bar.colour()),
                "half of the days".to_owned(),
            ),
            (
                Swatch::Fill(Role::IncompleteBar.colour()),
                "9 days in 10".to_owned(),
            ),
        ];
        let top = heading::draw(self.title, &legend, canvas)? + 8.0;
        let area = PlotArea::below(top, canvas.width(), canvas.height());
        let shares = || self.ages.iter().filter_map(|age| age.shares);
        let most = shares().map(|s| percent(s.highest)).fold(100.0, f64::max);
        let least = shares().map(|s| percent(s.lowest)).fold(0.0, f64::min);
        let axis = ValueAxis::linear(least, most, false, area);
        axis.draw(area, canvas)?;

        let pitch = area.width() / self.ages.len().max(1) as f64;
        let x = |age: u32| area.left + (f64::from(age) + 0.5) * pitch;
        let bands = [(false, Role::IncompleteBar), (true, Role::Bar)];
        let runs: Vec<Vec<(f64, Shares)>> = self
            .ages
            .chunk_by(|a, b| a.shares.is_some() == b.shares.is_some())
            .map(|run| {
                let known = run.iter().filter_map(|age| Some((x(age.age), age.shares?)));
                known.collect()
            })
            .collect();
        for (half, role) in bands {
            for run in &runs {
                // A single age is as wide as its place.
                let run: Vec<(f64, Shares)> = match run[..] {
                    [(x, shares)] => vec![(x - pitch / 2.0, shares), (x + pitch / 2.0, shares)],
                    _ => run.clone(),
                };
                let y = |share| axis.y(percent(share));
                let ends = |shares: &Shares| match half {
                    true => (shares.low, shares.high),
                    false => (shares.lowest, shares.highest),
                };
                let upper = run.iter().map(|(x, s)| (*x, y(ends(s).1)));
                let lower = run.iter().rev().map(|(x, s)| (*x, y(ends(s).0) + 0.5));
                let corners: Vec<Point> = upper.chain(lower).collect();
                if !corners.is_empty() {
                    canvas.shape(&corners, role.colour())?;
                }
            }
        }
        let colour = Role::Mean.colour();
        for run in &runs {
            let line: Vec<Point> = run
                .iter()
                .map(|(x, shares)| (*x, axis.y(percent(shares.median))))
                .collect();
            if line.len() > 1 {
                canvas.line(&line, colour, 2.0)?;
            }
            for point in line {
                canvas.dot(point, 2.5, colour)?;
            }
        }
        let foot = axis.foot();
        canvas.line(
            &[(area.left, foot), (area.right, foot)],
            Role::Axis.colour(),
            1.0,
        )?;
        for age in self
            .ages
            .iter()
            .map(|age| age.age)
            .filter(|age| age % 7 == 0)
        {
            let tick = [(x(age), area.bottom), (x(age), area.bottom + 5.0)];
            canvas.line(&tick, Role::Axis.colour(), 1.0)?;
        }
        for age in self
            .ages
            .iter()
            .map(|age| age.age)
            .filter(|age| age % 7 == 0)
        {
            let at = (x(age), area.bottom + 17.0);
            canvas.text(&age.to_string(), at, Anchor::Middle, LABELS)?;
        }
        let words = "days after the day that was counted";
        canvas.text(
            words,
            (area.left, area.bottom + 31.0),
            Anchor::Start,
            LABELS,
        )
    }
}

fn percent(share: f64) -> f64 {
    drawable(Some(100.0 * share))
        .unwrap_or(0.0)
        .clamp(-100.0, LARGEST_PERCENT)
}

#[cfg(test)]
mod tests {
    use super::super::well_formed::{elements, well_formed};
    use super::*;
    use proptest::prelude::*;

    fn age(age: u32, median: Option<f64>) -> AgeShares {
        AgeShares {
            age,
            days: 30,
            reported: 30,
            with_cases: None,
            shares: median.map(|median| Shares {
                lowest: median * 0.8,
                low: median * 0.9,
                median,
                high: median,
                highest: median * 1.1,
            }),
        }
    }

    fn drawn(ages: &[AgeShares]) -> String {
        let curve = AgeCurve {
            title: "How complete",
            description: "By age.",
            ages,
        };
        let svg = curve.svg(Size::new(600, 300), "ages");
        well_formed(&svg).expect("well-formed");
        svg
    }

    #[test]
    fn the_median_breaks_where_nothing_was_learnt() {
        let ages = [Some(0.5), Some(0.9), None, Some(1.0), Some(1.0)];
        let ages: Vec<_> = (0..).zip(ages).map(|(at, share)| age(at, share)).collect();
        let svg = drawn(&ages);
        let line = elements(&svg, "<path fill=\"none\" stroke=\"#16283C\"");
        // The legend's and two stretches.
        let moves: usize = line
            .iter()
            .map(|path| path.matches(['M', 'm']).count())
            .sum();
        assert!(moves >= 3, "{svg}");
        assert!(svg.contains(">100<") && svg.contains(">days after the day that was counted<"));
    }

    #[test]
    fn nothing_learnt_is_an_empty_plot() {
        drawn(&[]);
        drawn(&[age(0, None)]);
    }

    proptest! {
        #[test]
        fn whatever_was_learnt_can_be_drawn(medians in prop::collection::vec(any::<Option<f64>>(), 0..40)) {
            let ages: Vec<_> = (0..).zip(medians).map(|(at, share)| age(at, share)).collect();
            let svg = drawn(&ages);
            prop_assert!(!svg.contains("NaN") && !svg.contains("inf"));
        }
    }
}
