//! What the values of a whole file say about how they are written.

use std::collections::{BTreeSet, HashMap};

use chrono::{Datelike, NaiveDate};

use super::{
    DateForm, Period,
    counts::{self, Count},
    dates::{self, Looks},
};

/// What the dates look like.
#[derive(Debug, Default)]
pub(super) struct DateEvidence {
    pub(super) year_first: u64,
    /// `05/07/2021`: either may be the month.
    pub(super) open: u64,
    /// `31/07/2021`: only the second can be the month; the first such text.
    pub(super) day_first: Option<String>,
    /// `07/31/2021`
    pub(super) month_first: Option<String>,
    /// Of `open`, the first.
    pub(super) open_example: Option<String>,
    pub(super) year_last: u64,
    /// Dots between the numbers.
    pub(super) dots: u64,
    pub(super) serial: u64,
    pub(super) iso_weeks: u64,
    pub(super) mmwr_weeks: u64,
    pub(super) any_weeks: u64,
    pub(super) weeks_alone: u64,
    /// The first date of any kind.
    pub(super) example: Option<String>,
    /// By form: which days of the week, and up to four different days.
    weekdays: HashMap<DateForm, (u8, BTreeSet<NaiveDate>)>,
    last: String,
}

impl DateEvidence {
    pub(super) fn learn(&mut self, text: &str) {
        if text.is_empty() || text == self.last {
            return;
        }
        self.last.clear();
        self.last.push_str(text);
        let looks = dates::looks(text);
        if looks != Looks::Nothing {
            self.example.get_or_insert_with(|| text.to_owned());
        }
        match looks {
            Looks::YearFirst => {
                self.year_first += 1;
                self.weekday(text, DateForm::YearMonthDay);
            }
            Looks::YearLast(first, second, dots) => {
                self.year_last += 1;
                self.dots += u64::from(dots);
                let example = || text.to_owned();
                match (first > 12, second > 12) {
                    (true, false) => {
                        self.day_first.get_or_insert_with(example);
                    }
                    (false, true) => {
                        self.month_first.get_or_insert_with(example);
                    }
                    (false, false) => {
                        self.open += 1;
                        // 07/07/2021 says nothing either way.
                        let telling = first != second;
                        let known = self.open_example.as_deref().map(dates::looks);
                        if known.is_none_or(|known| {
                            matches!(known, Looks::YearLast(a, b, _) if a == b) && telling
                        }) {
                            self.open_example = Some(example());
                        }
                    }
                    (true, true) => {}
                }
                self.weekday(text, DateForm::DayMonthYear);
                self.weekday(text, DateForm::MonthDayYear);
            }
            Looks::Serial => {
                self.serial += 1;
                self.weekday(text, DateForm::ExcelSerial);
            }
            Looks::IsoWeek => self.iso_weeks += 1,
            Looks::MmwrWeek => self.mmwr_weeks += 1,
            Looks::AnyWeek => self.any_weeks += 1,
            Looks::WeekAlone => self.weeks_alone += 1,
            Looks::Nothing => {}
        }
    }

    fn weekday(&mut self, text: &str, form: DateForm) {
        let (mask, days) = self.weekdays.entry(form).or_default();
        // Seen on two weekdays: daily, whatever follows.
        if mask.count_ones() > 1 {
            return;
        }
        if let Ok(day) = dates::read(text, None, form, Period::Day) {
            *mask |= 1 << day.weekday().num_days_from_monday();
            if days.len() < 4 {
                days.insert(day);
            }
        }
    }

    /// The day of the week that all dates of that form have, where there are at least four.
    pub(super) fn only_weekday(&self, form: DateForm) -> Option<chrono::Weekday> {
        let (mask, days) = self.weekdays.get(&form)?;
        let one = mask.count_ones() == 1 && days.len() == 4;
        one.then(|| days.first().map(Datelike::weekday)).flatten()
    }

    /// Dates that are weeks.
    pub(super) fn weeks(&self) -> u64 {
        self.iso_weeks + self.mmwr_weeks + self.any_weeks + self.weeks_alone
    }
}

/// Whether counts go only up, as cumulative ones do.
#[derive(Debug, Default)]
pub(super) struct CountEvidence {
    places: HashMap<Box<[u8]>, usize>,
    trends: Vec<Trend>,
    /// The place of the row before.
    last: (Vec<u8>, usize),
    /// A place whose count rose: it, the earlier count, the later.
    pub(super) example: Option<(String, i32, i32)>,
}

#[derive(Debug, Default)]
struct Trend {
    last: Option<i32>,
    most: i32,
    up: u32,
    down: u32,
    level: u32,
}

/// Places beyond this many are not followed.
const MOST_PLACES: usize = 20_000;

impl CountEvidence {
    /// Takes the next count of a place, in the order of the file.
    pub(super) fn learn(&mut self, place: &[u8], cell: &[u8]) {
        let Ok(Count::Of(number)) = counts::read(cell) else {
            return;
        };
        let at = match &self.last {
            (last, at) if **last == *place => *at,
            _ => match self.places.get(place) {
                Some(at) => *at,
                None if self.trends.len() == MOST_PLACES => return,
                None => {
                    self.places.insert(place.into(), self.trends.len());
                    self.trends.push(Trend::default());
                    self.trends.len() - 1
                }
            },
        };
        if *self.last.0 != *place {
            self.last.0.clear();
            self.last.0.extend_from_slice(place);
        }
        self.last.1 = at;
        let Some(trend) = self.trends.get_mut(at) else {
            return;
        };
        match trend.last.replace(number) {
            Some(last) if last < number => {
                trend.up += 1;
                if self.example.is_none() && last > 0 {
                    self.example =
                        Some((String::from_utf8_lossy(place).into_owned(), last, number));
                }
            }
            Some(last) if last > number => trend.down += 1,
            Some(_) => trend.level += 1,
            None => {}
        }
        trend.most = trend.most.max(number);
    }

    /// At least four of five places only ever rise, or only ever fall in a file that begins
    /// with the latest day. One step in fifty may be a correction. Places with few changes say
    /// nothing.
    pub(super) fn only_up(&self) -> bool {
        let telling = self.trends.iter().filter(|trend| {
            trend.up + trend.down >= 5
                && trend.up + trend.down + trend.level >= 7
                && trend.most >= 10
        });
        let (mut all, mut one_way) = (0, 0);
        for trend in telling {
            all += 1;
            let steps = trend.up + trend.down + trend.level;
            one_way += u32::from(trend.up.min(trend.down) * 50 <= steps);
        }
        all > 0 && one_way * 5 >= all * 4
    }
}
