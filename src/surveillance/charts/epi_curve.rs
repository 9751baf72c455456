//! The epidemic curve: new cases by day or week, with their 7-day mean.

use chrono::NaiveDate;
use plotters_backend::DrawingBackend;
use serde::{Deserialize, Serialize};

use super::canvas::{Anchor, Canvas, Drawn, Lettering, Picture};
use super::colour::Role;
use super::columns::Columns;
use super::heading::{self, Swatch};
use super::notes::{self, Note};
use super::{ChartError, DateAxis, PlotArea, Size, png, svg};
use crate::surveillance::completeness::Expected;

/// One bar of the curve: a day, or an ISO week by its Monday.
#[derive(Debug, Clone, PartialEq)]
pub struct Bar {
    /// The day, or the Monday of the week.
    pub date: NaiveDate,
    /// New cases, or new cases per 100,000. `None`: not reported, which is a gap and not a zero.
    pub value: Option<f64>,
    /// The mean of the 7 days that end here, in the same unit, where there is one.
    pub mean: Option<f64>,
    /// Reports for this day are still coming in, so it may grow.
    pub incomplete: bool,
    /// What it is expected to become, in the same unit, where that is known.
    pub expected: Option<Expected>,
}

impl Bar {
    /// A bar of which nothing is known but its number.
    pub fn of(date: NaiveDate, value: Option<f64>) -> Self {
        Self {
            date,
            value,
            mean: None,
            incomplete: false,
            expected: None,
        }
    }
}

/// How much time a bar holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Step {
    /// One day.
    #[default]
    Day,
    /// Monday to Sunday.
    IsoWeek,
}

/// What is counted.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Unit {
    /// Cases.
    #[default]
    NewCases,
    /// Cases for each 100,000 people who live there.
    Per100k,
}

/// How counts are laid out upwards.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Scale {
    /// Equal steps, from zero.
    #[default]
    Linear,
    /// Powers of ten. Zero and corrections below it have no bar on it.
    Log,
}

/// An epidemic curve, ready to be drawn. Dates may come in any order.
#[derive(Debug, Clone, Copy)]
pub struct EpiCurve<'a> {
    /// Drawn above the chart and read aloud first. Empty: not drawn.
    pub title: &'a str,
    /// What the chart shows, in words, for those who do not see it.
    pub description: &'a str,
    /// The bars. A date between the first and the last that is absent counts as not reported.
    pub bars: &'a [Bar],
    /// Dated notes, marked by their number. Those outside of the bars' days are left out.
    pub notes: &'a [Note],
    /// How much time each bar holds.
    pub step: Step,
    /// What is counted.
    pub unit: Unit,
    /// How counts are laid out upwards.
    pub scale: Scale,
}

impl EpiCurve<'_> {
    /// The chart as an `<svg>` to put into a page. `id` must be unique there.
    pub fn svg(&self, size: Size, id: &str) -> String {
        svg::render(self, size, id, self.title, self.description)
    }

    /// The same chart as a PNG file of exactly `size`.
    pub fn png(&self, size: Size) -> Result<Vec<u8>, ChartError> {
        png::render(self, size)
    }

    /// Where the date axis begins and ends, as shares of the chart's width from its left.
    ///
    /// The chart has one slot of equal width for each day (or week) from its first to its last
    /// date: of `n`, the `i`th is centred at `left + (i + 0.5) / n * (right - left)`.
    pub fn plot_area(size: Size) -> (f64, f64) {
        let (width, height) = (f64::from(size.width()), f64::from(size.height()));
        let area = PlotArea::below(0.0, width, height);
        (area.left / width, area.right / width)
    }

    fn subject(&self) -> String {
        let counted = match self.step {
            Step::Day => "Daily cases",
            Step::IsoWeek => "Weekly cases",
        };
        let per = if self.unit == Unit::Per100k {
            " per 100,000"
        } else {
            ""
        };
        let scale = if self.scale == Scale::Log {
            ", log scale"
        } else {
            ""
        };
        format!("{counted}{per}{scale}")
    }

    fn slot_days(&self) -> i64 {
        match self.step {
            Step::Day => 1,
            Step::IsoWeek => 7,
        }
    }
}

impl Picture for EpiCurve<'_> {
    fn draw<DB: DrawingBackend>(&self, canvas: &mut Canvas<'_, DB>) -> Drawn<DB> {
        let across = PlotArea::below(0.0, canvas.width(), canvas.height());
        let Some(days) = DateAxis::of(
            self.bars.iter().map(|bar| bar.date),
            self.slot_days(),
            across,
        ) else {
            return draw_empty(self, canvas);
        };
        let columns = Columns::of(self.bars, &days, across);
        if !columns.any(|column| column.reported) {
            return draw_empty(self, canvas);
        }

        let mut legend = vec![(Swatch::Bar, self.subject())];
        if columns.any(|column| column.mean.is_some()) {
            legend.push((Swatch::Mean, "7-day mean".to_owned()));
        }
        if columns.any(|column| !column.reported) {
            legend.push((Swatch::NotReported, "not reported".to_owned()));
        }
        if columns.bands().any(|band| band.is_some()) {
            let words = "expected in the end, 9 days in 10";
            legend.push((Swatch::Expected, words.to_owned()));
        }
        let (first, last) = days.ends();
        let notes: Vec<Note> = self
            .notes
            .iter()
            .filter(|note| note.first_day <= last && note.last_day >= first)
            .copied()
            .collect();
        if !notes.is_empty() {
            legend.push((Swatch::Note, "note".to_owned()));
        }
        let named = if columns.any(|column| column.incomplete) {
            20.0
        } else {
            8.0
        };
        let above = named + if notes.is_empty() { 0.0 } else { notes::ROW };
        let top = heading::draw(self.title, &legend, canvas)? + above;
        let area = PlotArea::below(top, canvas.width(), canvas.height());
        let axis = columns.axis(self.unit, self.scale, area);

        columns.draw_incomplete_bands(area, canvas)?;
        axis.draw(area, canvas)?;
        notes::draw(&notes, &days, area, named, canvas)?;
        columns.draw_bars(&axis, canvas)?;
        columns.draw_expected(&axis, canvas)?;
        columns.draw_mean(&axis, canvas)?;
        let foot = axis.foot();
        canvas.line(
            &[(area.left, foot), (area.right, foot)],
            Role::Axis.colour(),
            1.0,
        )?;
        columns.draw_not_reported(area, canvas)?;
        days.draw(area.bottom, canvas)
    }
}

/// A sentence where the bars would be: a blank chart might be a broken one.
fn draw_empty<DB: DrawingBackend>(curve: &EpiCurve<'_>, canvas: &mut Canvas<'_, DB>) -> Drawn<DB> {
    let legend = [(Swatch::Bar, curve.subject())];
    let top = heading::draw(curve.title, &legend, canvas)?;
    let area = PlotArea::below(top, canvas.width(), canvas.height());
    let baseline = [(area.left, area.bottom), (area.right, area.bottom)];
    canvas.line(&baseline, Role::Axis.colour(), 1.0)?;
    let lettering = Lettering {
        size: 14.0,
        bold: false,
        colour: Role::Text.colour(),
    };
    let middle = (
        (area.left + area.right) / 2.0,
        (area.top + area.bottom) / 2.0,
    );
    canvas.text(
        "No cases reported in these days",
        middle,
        Anchor::Middle,
        lettering,
    )
}

#[cfg(test)]
mod tests {
    use super::super::well_formed::{elements, well_formed};
    use super::*;
    use chrono::Days;
    use proptest::prelude::*;
    use std::time::{Duration, Instant};

    const SIZE: (u32, u32) = (960, 360);

    fn days(values: &[Option<f64>]) -> Vec<Bar> {
        let first = NaiveDate::from_ymd_opt(2022, 3, 1).expect("a date");
        let bar = |(i, &value): (usize, &Option<f64>)| Bar {
            date: first + Days::new(i as u64),
            value,
            mean: None,
            incomplete: false,
            expected: None,
        };
        values.iter().enumerate().map(bar).collect()
    }

    fn curve(bars: &[Bar]) -> EpiCurve<'_> {
        EpiCurve {
            title: "Daily cases in Alder County",
            description: "Ninety days.",
            bars,
            notes: &[],
            step: Step::Day,
            unit: Unit::NewCases,
            scale: Scale::Linear,
        }
    }

    fn drawn(curve: &EpiCurve<'_>) -> String {
        let svg = curve.svg(Size::new(SIZE.0, SIZE.1), "cases");
        well_formed(&svg).expect("well-formed");
        svg
    }

    /// Bars in the plot: each goes up and down once, as do the three of the legend.
    fn bars_in(svg: &str) -> usize {
        let paths = elements(svg, "<path fill=\"#4682B4\"");
        paths
            .iter()
            .map(|path| path.matches('v').count() / 2)
            .sum::<usize>()
            - 3
    }

    #[test]
    fn there_are_as_many_bars_as_days_reported_with_cases() {
        let bars = days(&[Some(5.0), Some(0.0), None, Some(7.0), Some(1.0)]);
        assert_eq!(bars_in(&drawn(&curve(&bars))), 3);
    }

    #[test]
    fn a_day_not_reported_is_a_marked_gap_and_a_zero_is_not() {
        let gap = drawn(&curve(&days(&[Some(5.0), None, Some(7.0)])));
        assert!(gap.contains(">not reported<"));
        let absent = days(&[Some(5.0), Some(6.0), Some(7.0)]);
        let absent = [absent[0].clone(), absent[2].clone()];
        assert!(drawn(&curve(&absent)).contains(">not reported<"));
        let zero = drawn(&curve(&days(&[Some(5.0), Some(0.0), Some(7.0)])));
        assert!(!zero.contains("not reported"));
    }

    #[test]
    fn corrections_hang_below_zero_and_have_no_bar_on_a_logarithmic_axis() {
        let bars = days(&[Some(50.0), Some(-20.0), Some(70.0)]);
        assert_eq!(bars_in(&drawn(&curve(&bars))), 3);
        assert!(drawn(&curve(&bars)).contains(">−20<"));
        let log = drawn(&EpiCurve {
            scale: Scale::Log,
            ..curve(&bars)
        });
        assert_eq!(bars_in(&log), 2);
        assert!(log.contains(">Daily cases, log scale<") && log.contains(">1<"));
    }

    #[test]
    fn incomplete_days_are_drawn_and_named_apart() {
        let mut bars = days(&[Some(50.0), Some(60.0), Some(70.0)]);
        assert!(!drawn(&curve(&bars)).contains("incomplete"));
        bars[2].incomplete = true;
        let svg = drawn(&curve(&bars));
        assert!(svg.contains(">incomplete<"));
        assert_eq!(elements(&svg, "<path fill=\"#CBDCEB\"").len(), 1);
        assert_eq!(bars_in(&svg), 2);
    }

    fn expected(low: f64, median: f64, high: f64) -> Option<Expected> {
        Some(Expected { low, median, high })
    }

    #[test]
    fn a_count_that_still_grows_has_the_range_it_is_expected_to_end_in() {
        let mut bars = days(&[Some(50.0), Some(60.0), Some(40.0)]);
        assert!(!drawn(&curve(&bars)).contains("expected"));
        (bars[2].incomplete, bars[2].expected) = (true, expected(70.0, 80.0, 95.0));
        let svg = drawn(&curve(&bars));
        assert!(svg.contains(">expected in the end, 9 days in 10<"));
        // The axis has room for the range.
        assert!(svg.contains(">100<"), "{svg}");
        assert!(!elements(&svg, "<path fill=\"#F3DDBF\"").is_empty());
        bars[2].expected = expected(70.0, 400.0, 9_000.0);
        assert!(!drawn(&curve(&bars)).contains(">10,000<"));
    }

    #[test]
    fn a_note_is_marked_by_its_number_if_it_concerns_these_days() {
        let bars = days(&[Some(50.0), Some(60.0), Some(70.0)]);
        let note = |number, first: &str, last: &str| Note {
            number,
            first_day: first.parse().expect("a date"),
            last_day: last.parse().expect("a date"),
        };
        let notes = [
            note(7, "2022-02-01", "2022-03-01"),
            note(8, "2022-03-04", "2022-03-09"),
        ];
        let svg = drawn(&EpiCurve {
            notes: &notes,
            ..curve(&bars)
        });
        assert!(svg.contains(">7<") && !svg.contains(">8<"));
        assert!(svg.contains(">note<"));
        assert!(!drawn(&curve(&bars)).contains(">note<"));
    }

    #[test]
    fn the_mean_breaks_where_it_is_not_known() {
        let mut bars = days(&[Some(5.0); 9]);
        for i in [0, 1, 2, 5, 6, 7] {
            bars[i].mean = Some(5.0);
        }
        let svg = drawn(&curve(&bars));
        let line = elements(&svg, "<path fill=\"none\" stroke=\"#16283C\"");
        // The legend's, then the two stretches.
        assert_eq!(
            line.iter()
                .map(|path| path.matches(['M', 'm']).count())
                .sum::<usize>(),
            3
        );
    }

    #[test]
    fn nothing_reported_is_said_in_words() {
        for bars in [days(&[]), days(&[None, None]), days(&[Some(f64::NAN)])] {
            assert!(drawn(&curve(&bars)).contains(">No cases reported in these days<"));
        }
    }

    #[test]
    fn a_title_cannot_write_markup_or_control_characters() {
        let bars = days(&[Some(1.0)]);
        let title = "<script>alert('1')</script>\u{0}\u{8} & \"co\"";
        let svg = drawn(&EpiCurve {
            title,
            description: title,
            ..curve(&bars)
        });
        assert!(svg.contains("&lt;script&gt;") && !svg.contains("<script"));
        assert!(!svg.chars().any(char::is_control));
    }

    #[test]
    fn the_axis_says_what_is_counted() {
        let bars = days(&[Some(1.0)]);
        let weekly = EpiCurve {
            step: Step::IsoWeek,
            unit: Unit::Per100k,
            ..curve(&bars)
        };
        assert!(drawn(&weekly).contains(">Weekly cases per 100,000<"));
        assert!(drawn(&curve(&bars)).contains(">Daily cases<"));
    }

    #[test]
    fn the_date_axis_lies_where_the_browser_is_told() {
        let (left, right) = EpiCurve::plot_area(Size::new(1_000, 400));
        assert_eq!((left, right), (0.052, 0.986));
    }

    #[test]
    fn ninety_days_are_small_and_ten_thousand_not_much_larger() {
        let ninety = days(&vec![Some(1_234.0); 90]);
        assert!(drawn(&curve(&ninety)).len() < 15_000);
        let many: Vec<_> = (0..10_000)
            .map(|i| Some(f64::from(i * 7919 % 1_000)))
            .collect();
        assert!(drawn(&curve(&days(&many))).len() < 60_000);
    }

    #[test]
    fn a_png_has_the_size_asked() {
        let png = curve(&days(&[Some(3.0), None]))
            .png(Size::new(400, 300))
            .expect("a picture");
        assert_eq!(&png[..8], b"\x89PNG\r\n\x1a\n");
        assert_eq!(&png[16..24], [0, 0, 1, 144, 0, 0, 1, 44]);
    }

    fn any_value() -> impl Strategy<Value = Option<f64>> {
        let odd = [
            f64::NAN,
            f64::INFINITY,
            f64::NEG_INFINITY,
            1e308,
            -1e308,
            5e-324,
            0.0,
        ];
        prop_oneof![
            Just(None),
            (0..20_000_u32).prop_map(|n| Some(f64::from(n))),
            any::<f64>().prop_map(Some),
            prop::sample::select(odd.to_vec()).prop_map(Some),
        ]
    }

    prop_compose! {
        fn any_bar()(
            near in 738_000..738_400_i32,
            far in any::<i32>(),
            is_far in prop::bool::weighted(0.02),
            value in any_value(),
            mean in any_value(),
            incomplete in any::<bool>(),
            expected in prop::option::of((any::<f64>(), any::<f64>(), any::<f64>())),
        ) -> Bar {
            // Every date chrono has, from 262,144 years before our era to as many after.
            let day = if is_far { far.rem_euclid(191_000_000) - 95_500_000 } else { near };
            let date = NaiveDate::from_num_days_from_ce_opt(day).unwrap_or(NaiveDate::MAX);
            let expected = expected.map(|(low, median, high)| Expected { low, median, high });
            Bar { date, value, mean, incomplete, expected }
        }
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(200))]

        #[test]
        fn whatever_comes_in_a_picture_comes_out(
            bars in prop::collection::vec(any_bar(), 0..120),
            (weekly, per_100k, log) in any::<(bool, bool, bool)>(),
            (width, height) in (0..3_000_u32, 0..2_000_u32),
            title in any::<String>(),
            notes in prop::collection::vec((0..200_usize, 737_900..738_500_i32, 0..90_i32), 0..40),
        ) {
            let date = |day| NaiveDate::from_num_days_from_ce_opt(day).unwrap_or_default();
            let notes: Vec<Note> = notes
                .into_iter()
                .map(|(number, first, days)| Note {
                    number,
                    first_day: date(first),
                    last_day: date(first + days),
                })
                .collect();
            let curve = EpiCurve {
                title: &title,
                description: &title,
                bars: &bars,
                notes: &notes,
                step: if weekly { Step::IsoWeek } else { Step::Day },
                unit: if per_100k { Unit::Per100k } else { Unit::NewCases },
                scale: if log { Scale::Log } else { Scale::Linear },
            };
            let start = Instant::now();
            let svg = curve.svg(Size::new(width, height), &title);
            prop_assert!(start.elapsed() < Duration::from_secs(2));
            prop_assert!(svg.len() < 500_000, "{} bytes", svg.len());
            well_formed(&svg).map_err(TestCaseError::fail)?;
            prop_assert!(!svg.contains("inf") && !svg.contains("NaN"), "{svg}");
            if width < 300 {
                prop_assert!(curve.png(Size::new(width, 150)).is_ok());
            }
        }
    }
}
