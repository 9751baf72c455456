//! All departments side by side, for those who run the platform.

use chrono::NaiveDate;
use plotters_backend::DrawingBackend;

use super::canvas::{Anchor, Canvas, Drawn, Lettering, Picture, Point};
use super::colour::{Role, series_colour};
use super::heading::{self, Marker, Swatch};
use super::plot_area::LABELS;
use super::{ChartError, DateAxis, PlotArea, Size, ValueAxis, drawable, png, svg};

/// A department's daily cases.
#[derive(Debug, Clone, Copy)]
pub struct DepartmentSeries<'a> {
    /// As the legend says it.
    pub name: &'a str,
    /// New cases by day, in any order. `None`, or no such day: not reported, and the line breaks.
    pub days: &'a [(NaiveDate, Option<f64>)],
}

/// One line with points for each department, as an `<svg>`. `id` must be unique on its page.
pub fn all_departments_svg(
    title: &str,
    description: &str,
    series: &[DepartmentSeries<'_>],
    size: Size,
    id: &str,
) -> String {
    svg::render(
        &AllDepartments { title, series },
        size,
        id,
        title,
        description,
    )
}

/// The same chart as a PNG file of exactly `size`.
pub fn all_departments_png(
    title: &str,
    series: &[DepartmentSeries<'_>],
    size: Size,
) -> Result<Vec<u8>, ChartError> {
    png::render(&AllDepartments { title, series }, size)
}

struct AllDepartments<'a> {
    title: &'a str,
    series: &'a [DepartmentSeries<'a>],
}

impl Picture for AllDepartments<'_> {
    fn draw<DB: DrawingBackend>(&self, canvas: &mut Canvas<'_, DB>) -> Drawn<DB> {
        let legend: Vec<_> = self
            .series
            .iter()
            .enumerate()
            .map(|(i, series)| {
                (
                    Swatch::Series(series_colour(i), Marker::of(i)),
                    series.name.to_owned(),
                )
            })
            .collect();
        let top = heading::draw(self.title, &legend, canvas)?;
        let area = PlotArea::below(top + 26.0, canvas.width(), canvas.height());
        canvas.text("Daily cases", (0.0, top + 14.0), Anchor::Start, LABELS)?;

        let reported = || self.series.iter().flat_map(|series| series.days);
        let values = || reported().filter_map(|&(_, value)| drawable(value));
        let dates = reported().map(|&(date, _)| date);
        let days = DateAxis::of(dates, 1, area).filter(|_| values().next().is_some());
        let Some(days) = days else {
            let baseline = [(area.left, area.bottom), (area.right, area.bottom)];
            canvas.line(&baseline, Role::Axis.colour(), 1.0)?;
            let lettering = Lettering {
                size: 14.0,
                ..LABELS
            };
            let middle = (
                (area.left + area.right) / 2.0,
                (area.top + area.bottom) / 2.0,
            );
            return canvas.text(
                "No cases reported in these days",
                middle,
                Anchor::Middle,
                lettering,
            );
        };
        let least = values().fold(0.0, f64::min);
        let axis = ValueAxis::linear(least, values().fold(0.0, f64::max), true, area);

        axis.draw(area, canvas)?;
        let foot = axis.foot();
        canvas.line(
            &[(area.left, foot), (area.right, foot)],
            Role::Axis.colour(),
            1.0,
        )?;
        for (i, series) in self.series.iter().enumerate() {
            let stretches = stretches(series.days, &days, &axis);
            draw_series(i, &stretches, days.pitch(), canvas)?;
        }
        days.draw(area.bottom, canvas)
    }
}

/// A department's line, then its points on it.
fn draw_series<DB: DrawingBackend>(
    index: usize,
    stretches: &[Vec<Point>],
    pitch: f64,
    canvas: &mut Canvas<'_, DB>,
) -> Drawn<DB> {
    let colour = series_colour(index);
    for stretch in stretches.iter().filter(|stretch| stretch.len() > 1) {
        canvas.line(stretch, colour, 1.5)?;
    }
    // Days closer than this have no room for a point each: then some days' points show the
    // series' shape, and every day between two gaps keeps its own, having no line.
    let radius = (pitch * 0.3).clamp(1.2, 2.5);
    let every = if pitch >= 3.0 {
        1
    } else {
        (40.0 / pitch).ceil() as usize
    };
    let radius = if every == 1 { radius } else { 2.8 };
    let mut day = index * every / 5;
    for stretch in stretches {
        for &point in stretch {
            if day.is_multiple_of(every) || stretch.len() == 1 {
                Marker::of(index).draw(point, radius, colour, canvas)?;
            }
            day += 1;
        }
    }
    Ok(())
}

/// The points of a series, in order of days, parted wherever a day was not reported.
///
/// At most two for each pixel across: where there are more days, the least and the greatest,
/// and a gap narrower than a pixel is none.
pub(super) fn stretches(
    days: &[(NaiveDate, Option<f64>)],
    axis: &DateAxis,
    values: &ValueAxis,
) -> Vec<Vec<Point>> {
    let mut in_order: Vec<_> = days
        .iter()
        .filter_map(|&(date, value)| Some((date, drawable(value)?)))
        .collect();
    in_order.sort_by_key(|&(date, _)| date);

    let next_to = (1.0 / axis.pitch()).ceil().max(1.0) as i64;
    let mut stretches: Vec<Vec<Point>> = Vec::new();
    let mut last = None;
    for (date, value) in in_order {
        let point = (axis.x(date), values.y(value));
        let slot = axis.slot(date);
        match stretches.last_mut() {
            Some(stretch) if last.is_some_and(|last| slot - last <= next_to) => {
                add_within_pixel(stretch, point);
            }
            _ => stretches.push(vec![point]),
        }
        last = Some(slot);
    }
    stretches
}

/// Adds a point to a line. Of a pixel's points the least and the greatest stay.
fn add_within_pixel(stretch: &mut Vec<Point>, (x, y): Point) {
    match &mut stretch[..] {
        [.., a, b] if a.0.floor() == x.floor() && b.0.floor() == x.floor() => {
            let (least, greatest) = (a.1.min(b.1), a.1.max(b.1));
            if y < least {
                (a.1, *b) = (greatest, (x, y));
            } else if y > greatest {
                (a.1, *b) = (least, (x, y));
            }
        }
        _ => stretch.push((x, y)),
    }
}

#[cfg(test)]
mod tests {
    use super::super::well_formed::{elements, well_formed};
    use super::*;
    use chrono::Days;
    use proptest::prelude::*;

    fn days(values: &[Option<f64>]) -> Vec<(NaiveDate, Option<f64>)> {
        let first = NaiveDate::from_ymd_opt(2022, 3, 1).expect("a date");
        let day = |(i, &value): (usize, &Option<f64>)| (first + Days::new(i as u64), value);
        values.iter().enumerate().map(day).collect()
    }

    fn chart(series: &[DepartmentSeries<'_>]) -> String {
        let size = Size::new(960, 360);
        let svg = all_departments_svg("All departments", "Lines.", series, size, "all");
        well_formed(&svg).expect("well-formed");
        svg
    }

    #[test]
    fn each_department_has_its_colour_its_name_and_a_point_each_day() {
        let ninety = days(&(0..90).map(|i| Some(f64::from(i))).collect::<Vec<_>>());
        let names = ["Alder", "Birch", "Cedar"];
        let series = names.map(|name| DepartmentSeries {
            name,
            days: &ninety,
        });
        let svg = chart(&series);
        for (i, name) in names.iter().enumerate() {
            assert!(svg.contains(&format!(">{name}<")));
            let line = format!(
                "<path fill=\"none\" stroke=\"{}\"",
                super::super::palette(i)
            );
            assert!(!elements(&svg, &line).is_empty(), "{name}");
        }
        // Circles are dots of no length: ninety and the legend's.
        assert_eq!(svg.matches("h0").count(), 91);
        assert!(svg.contains(">Daily cases<") && svg.contains(">All departments<"));
    }

    #[test]
    fn a_line_breaks_where_a_day_was_not_reported() {
        let area = PlotArea::below(0.0, 960.0, 360.0);
        let values = days(&[Some(1.0), Some(2.0), None, Some(3.0)]);
        let axis = DateAxis::of(values.iter().map(|day| day.0), 1, area).expect("dates");
        let stretches = stretches(&values, &axis, &ValueAxis::fitted(0.0, 3.0, area));
        assert_eq!(stretches.iter().map(Vec::len).collect::<Vec<_>>(), [2, 1]);
    }

    #[test]
    fn many_days_keep_their_least_and_greatest_within_a_pixel() {
        let mut line = Vec::new();
        for (x, y) in [(1.0, 5.0), (1.2, 9.0), (1.4, 2.0), (1.6, 6.0), (2.1, 4.0)] {
            add_within_pixel(&mut line, (x, y));
        }
        assert_eq!(line, [(1.0, 9.0), (1.4, 2.0), (2.1, 4.0)]);
        let years = days(
            &(0..10_000)
                .map(|i| Some(f64::from(i % 97)))
                .collect::<Vec<_>>(),
        );
        let series = [DepartmentSeries {
            name: "Alder",
            days: &years,
        }];
        assert!(chart(&series).len() < 60_000);
    }

    #[test]
    fn no_department_at_all_is_said_in_words() {
        assert!(chart(&[]).contains(">No cases reported in these days<"));
    }

    #[test]
    fn a_png_has_the_size_asked() {
        let series = [DepartmentSeries {
            name: "Alder",
            days: &days(&[Some(2.0), Some(1.0)]),
        }];
        let png = all_departments_png("All", &series, Size::new(400, 300)).expect("a picture");
        assert_eq!(&png[..8], b"\x89PNG\r\n\x1a\n");
        assert_eq!(&png[16..24], [0, 0, 1, 144, 0, 0, 1, 44]);
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(100))]

        #[test]
        fn whatever_comes_in_a_picture_comes_out(
            days in prop::collection::vec((-90_000_000..90_000_000_i32, any::<Option<f64>>()), 0..60),
            name in any::<String>(),
            departments in 0..40_usize,
            (width, height) in (0..3_000_u32, 0..2_000_u32),
        ) {
            let days: Vec<_> = days
                .into_iter()
                .filter_map(|(day, v)| Some((NaiveDate::from_num_days_from_ce_opt(day)?, v)))
                .collect();
            let series = vec![DepartmentSeries { name: &name, days: &days }; departments];
            let size = Size::new(width, height);
            let svg = all_departments_svg(&name, &name, &series, size, &name);
            well_formed(&svg).map_err(TestCaseError::fail)?;
            prop_assert!(svg.len() < 500_000);
            if width < 300 {
                prop_assert!(all_departments_png(&name, &series, Size::new(width, 150)).is_ok());
            }
        }
    }
}
