//! The axis of days, with ticks on Mondays, firsts of a month or new years.

use chrono::{Datelike, Days, NaiveDate};
use plotters_backend::DrawingBackend;

use super::canvas::{Anchor, Canvas, Drawn, text_width};
use super::colour::Role;
use super::plot_area::{LABEL_SIZE, LABELS, PlotArea};
use super::value_axis::round_step;

/// The axis of days: each has a slot of the same width, reported or not.
#[derive(Debug, Clone, Copy)]
pub(crate) struct DateAxis {
    first: NaiveDate,
    /// Days in a slot: 1, or 7 when each is an ISO week.
    slot_days: i64,
    pub(crate) slots: i64,
    left: f64,
    width: f64,
}

impl DateAxis {
    /// From the earliest of `dates` to the latest, both included; none if there are no dates.
    pub(crate) fn of(
        dates: impl Iterator<Item = NaiveDate> + Clone,
        slot_days: i64,
        area: PlotArea,
    ) -> Option<Self> {
        let (first, last) = (dates.clone().min()?, dates.max()?);
        Some(Self {
            first,
            slot_days,
            slots: (last - first).num_days() / slot_days + 1,
            left: area.left,
            width: area.width(),
        })
    }

    /// The first day, and the last of the last slot.
    pub(crate) fn ends(&self) -> (NaiveDate, NaiveDate) {
        let days = Days::new((self.slots * self.slot_days - 1) as u64);
        let last = self.first.checked_add_days(days).unwrap_or(NaiveDate::MAX);
        (self.first, last)
    }

    /// Which slot a date falls into, from 0.
    pub(crate) fn slot(&self, date: NaiveDate) -> i64 {
        ((date - self.first).num_days().div_euclid(self.slot_days)).clamp(0, self.slots - 1)
    }

    /// Pixels a slot is wide.
    pub(crate) fn pitch(&self) -> f64 {
        self.width / self.slots as f64
    }

    /// Where the middle of a date's slot is, in pixels.
    pub(crate) fn x(&self, date: NaiveDate) -> f64 {
        self.left + (self.slot(date) as f64 + 0.5) * self.pitch()
    }

    /// Ticks on round dates, as many as have room to be read side by side.
    fn ticks(&self) -> Vec<DateTick> {
        let day = self.width / (self.slots * self.slot_days) as f64;
        let every = Every::closest(day, self.slot_days);
        let (_, last) = self.ends();
        let mut year = None;
        let mut ticks = Vec::new();
        for date in every.dates(self.first, last) {
            let new_year = year.replace(date.year()) != Some(date.year());
            let label = match every {
                Every::Days(_) => date.format("%-d %b").to_string(),
                Every::Months(_) => date.format("%b").to_string(),
                Every::Years(_) => date.year().to_string(),
            };
            let below = new_year && !matches!(every, Every::Years(_));
            ticks.push(DateTick {
                // Within a slot of a week, a month begins where it begins.
                x: match every {
                    Every::Days(_) => self.x(date),
                    _ => self.left + ((date - self.first).num_days() as f64 + 0.5) * day,
                },
                label,
                year: below.then(|| date.year().to_string()),
            });
        }
        ticks
    }

    /// Small ticks below the plot with their dates, the year under the first of it.
    pub(crate) fn draw<DB: DrawingBackend>(
        &self,
        bottom: f64,
        canvas: &mut Canvas<'_, DB>,
    ) -> Drawn<DB> {
        let ticks = self.ticks();
        for tick in &ticks {
            let line = [(tick.x, bottom), (tick.x, bottom + 5.0)];
            canvas.line(&line, Role::Axis.colour(), 1.0)?;
        }
        let edge = canvas.width() - 1.0;
        for tick in &ticks {
            let half = text_width(&tick.label, LABEL_SIZE) / 2.0;
            let x = tick.x.min(edge - half).max(half);
            canvas.text(&tick.label, (x, bottom + 17.0), Anchor::Middle, LABELS)?;
            if let Some(year) = &tick.year {
                canvas.text(year, (x, bottom + 31.0), Anchor::Middle, LABELS)?;
            }
        }
        Ok(())
    }
}

struct DateTick {
    x: f64,
    label: String,
    year: Option<String>,
}

/// How far ticks are apart.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Every {
    Days(i32),
    Months(u32),
    Years(i32),
}

impl Every {
    /// The closest that still leaves room for the labels, where a day is `day` pixels wide.
    fn closest(day: f64, slot_days: i64) -> Self {
        let days = [1, 2, 7, 14]
            .into_iter()
            .filter(|&n| i64::from(n) >= slot_days)
            .find(|&n| f64::from(n) * day >= 58.0)
            .map(Self::Days);
        let months = || {
            let fits = |n: &u32| f64::from(*n) * 28.0 * day >= 44.0;
            [1, 2, 3, 6].into_iter().find(fits).map(Self::Months)
        };
        let years = || round_step(56.0 / (365.0 * day)).clamp(1.0, 100_000.0) as i32;
        days.or_else(months).unwrap_or_else(|| Self::Years(years()))
    }

    /// The tick dates from `first` to `last`: Mondays, firsts of a month, or new years.
    fn dates(self, first: NaiveDate, last: NaiveDate) -> Vec<NaiveDate> {
        let mut dates = Vec::new();
        match self {
            Self::Days(n) => {
                // Day 1 of the common era was a Monday.
                let past = (first.num_days_from_ce() - 1).rem_euclid(n);
                let wait = (n - past) % n;
                let mut next = first.checked_add_days(Days::new(wait as u64));
                while let Some(date) = next.filter(|date| *date <= last) {
                    dates.push(date);
                    next = date.checked_add_days(Days::new(n as u64));
                }
            }
            Self::Months(n) => {
                for year in first.year()..=last.year() {
                    for month in (1..=12).step_by(n as usize) {
                        dates.extend(NaiveDate::from_ymd_opt(year, month, 1));
                    }
                }
            }
            Self::Years(n) => {
                let from = first.year().div_euclid(n) * n;
                for year in (from..=last.year()).step_by(n as usize) {
                    dates.extend(NaiveDate::from_ymd_opt(year, 1, 1));
                }
            }
        }
        dates.retain(|date| (first..=last).contains(date));
        dates
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn area(width: f64, height: f64) -> PlotArea {
        PlotArea::below(40.0, width, height)
    }

    fn day(text: &str) -> NaiveDate {
        text.parse().expect("a date")
    }

    #[test]
    fn dates_never_overlap_whatever_the_span() {
        let first = day("2021-03-17");
        for width in [200.0, 400.0, 960.0] {
            for days in [1, 3, 10, 30, 45, 90, 180, 365, 730, 2_000, 10_000, 80_000] {
                let last = first + Days::new(days);
                for slot in [1, 7] {
                    let ticks = DateAxis::of([first, last].into_iter(), slot, area(width, 300.0));
                    let ticks = ticks.map(|axis| axis.ticks()).unwrap_or_default();
                    for two in ticks.windows(2) {
                        let room = two[1].x - two[0].x;
                        let needed = (text_width(&two[0].label, LABEL_SIZE)
                            + text_width(&two[1].label, LABEL_SIZE))
                            / 2.0;
                        assert!(
                            room > needed + 3.0,
                            "{width} px, {days} days: {}",
                            two[0].label
                        );
                    }
                    assert!(ticks.len() < 30);
                }
            }
        }
    }

    #[test]
    fn weeks_are_ticked_on_mondays() {
        let dates = Every::Days(7).dates(day("2022-03-01"), day("2022-03-20"));
        assert_eq!(dates, [day("2022-03-07"), day("2022-03-14")]);
    }
}
