//! Charts to glance at: one of many side by side, and a line in a table's cell.

use chrono::NaiveDate;
use plotters_backend::DrawingBackend;

use super::canvas::{Anchor, BOLD_WIDER, Canvas, Drawn, Lettering, Picture, fit};
use super::colour::Role;
use super::columns::Columns;
use super::departments::stretches;
use super::plot_area::LABELS;
use super::{Bar, DateAxis, PlotArea, Size, ValueAxis, clean, drawable, number, svg};

/// One department's small bar chart, to stand among others that share `y_max`, in cases.
/// Its id must be unique on its page.
pub fn small_multiple_svg(
    name: &str,
    days: &[(NaiveDate, Option<f64>)],
    y_max: f64,
    size: Size,
    id: &str,
) -> String {
    let description = format!("Daily cases on a scale up to {}.", number(y_max));
    small_bars_svg(name, &description, days, y_max, size, id)
}

/// The same small bar chart of something else than cases, which `description` says.
pub fn small_bars_svg(
    name: &str,
    description: &str,
    days: &[(NaiveDate, Option<f64>)],
    y_max: f64,
    size: Size,
    id: &str,
) -> String {
    let chart = SmallMultiple { name, days, y_max };
    svg::render(&chart, size, id, name, description)
}

/// A line without axes for a table's cell, its last point marked. `label` is read aloud.
pub fn sparkline_svg(
    days: &[(NaiveDate, Option<f64>)],
    size: Size,
    id: &str,
    label: &str,
) -> String {
    svg::render(&Sparkline { days }, size, id, label, "")
}

struct SmallMultiple<'a> {
    name: &'a str,
    days: &'a [(NaiveDate, Option<f64>)],
    y_max: f64,
}

impl Picture for SmallMultiple<'_> {
    fn draw<DB: DrawingBackend>(&self, canvas: &mut Canvas<'_, DB>) -> Drawn<DB> {
        let (width, height) = (canvas.width(), canvas.height());
        let area = PlotArea {
            left: 0.0,
            right: width,
            top: 34.0_f64.min(height / 2.0),
            bottom: height - 19.0,
        };
        let name = fit(&clean(self.name, 100), 12.0, width / BOLD_WIDER);
        let lettering = Lettering {
            size: 12.0,
            bold: true,
            colour: Role::Title.colour(),
        };
        canvas.text(&name, (0.0, 12.0), Anchor::Start, lettering)?;

        let y_max = drawable(Some(self.y_max)).unwrap_or(1.0).max(1.0);
        let axis = ValueAxis::fitted(0.0, y_max, area);
        canvas.line(
            &[(0.0, area.top), (width, area.top)],
            Role::Grid.colour(),
            1.0,
        )?;
        canvas.text(&number(y_max), (0.0, area.top - 4.0), Anchor::Start, LABELS)?;
        let dates = self.days.iter().map(|&(date, _)| date);
        if let Some(days) = DateAxis::of(dates.clone(), 1, area) {
            let bars: Vec<_> = self
                .days
                .iter()
                .map(|&(date, value)| Bar {
                    date,
                    value,
                    mean: None,
                    incomplete: false,
                    expected: None,
                })
                .collect();
            let columns = Columns::of(&bars, &days, area);
            columns.draw_bars(&axis, canvas)?;
            columns.draw_not_reported(area, canvas)?;
            let ends = [
                (dates.clone().min(), 0.0, Anchor::Start),
                (dates.max(), width, Anchor::End),
            ];
            for (date, x, anchor) in ends {
                let words = date.map(|date| date.format("%-d %b %Y").to_string());
                canvas.text(
                    &words.unwrap_or_default(),
                    (x, height - 3.0),
                    anchor,
                    LABELS,
                )?;
            }
        } else {
            canvas.text(
                "No cases reported",
                (0.0, height - 3.0),
                Anchor::Start,
                LABELS,
            )?;
        }
        canvas.line(
            &[(0.0, area.bottom), (width, area.bottom)],
            Role::Axis.colour(),
            1.0,
        )
    }
}

struct Sparkline<'a> {
    days: &'a [(NaiveDate, Option<f64>)],
}

impl Picture for Sparkline<'_> {
    fn draw<DB: DrawingBackend>(&self, canvas: &mut Canvas<'_, DB>) -> Drawn<DB> {
        let area = PlotArea {
            left: 1.0,
            right: canvas.width() - 4.0,
            top: 4.0,
            bottom: canvas.height() - 4.0,
        };
        let values = || self.days.iter().filter_map(|&(_, value)| drawable(value));
        let (least, most) = (values().fold(0.0, f64::min), values().fold(0.0, f64::max));
        let axis = ValueAxis::fitted(least, most, area);
        let dates = self.days.iter().map(|&(date, _)| date);
        let Some(days) = DateAxis::of(dates, 1, area) else {
            return Ok(());
        };
        let stretches = stretches(self.days, &days, &axis);
        for stretch in &stretches {
            match stretch[..] {
                [point] => canvas.dot(point, 0.8, Role::Bar.colour())?,
                _ => canvas.line(stretch, Role::Bar.colour(), 1.5)?,
            }
        }
        match stretches.last().and_then(|stretch| stretch.last()) {
            Some(&last) => canvas.dot(last, 2.5, Role::Mean.colour()),
            None => Ok(()),
        }
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

    #[test]
    fn a_sparkline_marks_its_last_point() {
        let svg = sparkline_svg(
            &days(&[Some(1.0), Some(4.0)]),
            Size::small(120, 28),
            "s",
            "Alder",
        );
        well_formed(&svg).expect("well-formed");
        assert_eq!(
            elements(&svg, "<path fill=\"none\" stroke=\"#16283C\"").len(),
            1
        );
        assert!(svg.contains("<title id=\"s-title\">Alder</title>"));
    }

    #[test]
    fn a_small_multiple_says_whose_it_is_when_and_up_to_how_many() {
        let values = days(&[Some(10.0), Some(40.0)]);
        let svg = small_multiple_svg("Alder", &values, 1_200.0, Size::small(220, 120), "a");
        well_formed(&svg).expect("well-formed");
        for words in [">Alder<", ">1,200<", ">1 Mar 2022<", ">2 Mar 2022<"] {
            assert!(svg.contains(words), "{words}");
        }
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(100))]

        #[test]
        fn whatever_comes_in_a_picture_comes_out(
            days in prop::collection::vec((-90_000_000..90_000_000_i32, any::<Option<f64>>()), 0..60),
            name in any::<String>(),
            (width, height) in (0..3_000_u32, 0..2_000_u32),
            y_max in any::<f64>(),
        ) {
            let days: Vec<_> = days
                .into_iter()
                .filter_map(|(day, v)| Some((NaiveDate::from_num_days_from_ce_opt(day)?, v)))
                .collect();
            let size = Size::small(width, height);
            for svg in [
                small_multiple_svg(&name, &days, y_max, size, &name),
                sparkline_svg(&days, size, &name, &name),
            ] {
                well_formed(&svg).map_err(TestCaseError::fail)?;
                prop_assert!(svg.len() < 50_000);
            }
        }
    }
}
