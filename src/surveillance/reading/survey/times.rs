//! How dates and weeks are written, and what is asked where the file leaves it open.

use super::super::{Code, DateForm, FileFault, Period, Problem, Topic, columns, dates, judge};
use super::{Surveyor, answer};

impl Surveyor<'_> {
    pub(super) fn decide_dates(&mut self) -> Result<(), FileFault> {
        let found = &self.dates;
        let weeks = found.weeks();
        let most = [found.year_first, found.year_last, found.serial, weeks];
        let most = most.into_iter().max().unwrap_or(0);
        if most == 0 {
            // Nothing is a date: each row says so.
            return Ok(());
        }
        if found.year_first == most {
            self.reading.date_form = DateForm::YearMonthDay;
        } else if found.year_last == most {
            self.decide_order();
        } else if found.serial == most {
            self.offer_serial();
        } else {
            return self.decide_weeks();
        }
        self.ask_weekday();
        Ok(())
    }

    /// Which of the first two numbers is the day.
    fn decide_order(&mut self) {
        use DateForm::{DayMonthYear, MonthDayYear};
        let found = &self.dates;
        let given = Some(self.reading.date_form)
            .filter(|form| matches!(form, DayMonthYear | MonthDayYear))
            .filter(|_| self.reading.confirmed.contains(&Topic::DateForm));
        let (form, text, example, proposed) = match (&found.day_first, &found.month_first) {
            (Some(day_first), None) => (
                DayMonthYear,
                format!(
                    "Dates are written with the day first: `{day_first}` can be nothing else. Is that so?"
                ),
                day_first.clone(),
                true,
            ),
            (None, Some(month_first)) => (
                MonthDayYear,
                format!(
                    "Dates are written with the month first: `{month_first}` can be nothing else. Is that so?"
                ),
                month_first.clone(),
                true,
            ),
            (Some(day_first), Some(month_first)) => (
                DayMonthYear,
                format!(
                    "Some dates have the day first, as `{day_first}`, and some the month, as \
                     `{month_first}`. Which is meant? Rows of the other kind are refused."
                ),
                found
                    .open_example
                    .clone()
                    .unwrap_or_else(|| day_first.clone()),
                false,
            ),
            (None, None) => {
                let example = found.open_example.clone().unwrap_or_default();
                (
                    DayMonthYear,
                    format!(
                        "Is the day or the month first in `{example}`? No date of the file tells."
                    ),
                    example,
                    // Nobody writes the month first with dots.
                    found.dots == found.year_last,
                )
            }
        };
        let certain = found.day_first.is_some() != found.month_first.is_some();
        match given {
            // The department's habit, or this person's answer, that the file does not refute.
            Some(given) if !certain || given == form => {
                self.reading.date_form = given;
                return;
            }
            _ => {
                self.reading.confirmed.remove(&Topic::DateForm);
            }
        }
        self.reading.date_form = form;
        // Both readings, always: of a date that is open, and of the one that proves the order.
        let open = self.dates.open_example.clone();
        let mut examples: Vec<String> = open.into_iter().chain([example]).collect();
        examples.dedup();
        let one = |of: DateForm, label: &str| {
            let read =
                examples.iter().map(
                    |example| match dates::read(example, None, of, Period::Day) {
                        Ok(day) => format!("`{example}` is {}", day.format("%-d %B %Y")),
                        Err(_) => format!("`{example}` is no date"),
                    },
                );
            let read: Vec<String> = read.collect();
            answer(word(of), label, &read.join(", "), proposed && of == form)
        };
        let answers = vec![
            one(DayMonthYear, "Day first"),
            one(MonthDayYear, "Month first"),
        ];
        self.ask(Topic::DateForm, text, answers);
    }

    fn offer_serial(&mut self) {
        let known = self.reading.date_form == DateForm::ExcelSerial;
        self.reading.date_form = DateForm::ExcelSerial;
        if !known {
            self.reading.confirmed.remove(&Topic::DateForm);
        }
        let example = self.dates.example.clone().unwrap_or_default();
        let day = dates::read(&example, None, DateForm::ExcelSerial, Period::Day);
        let day = day
            .map(|day| day.format("%-d %B %Y").to_string())
            .unwrap_or_default();
        let text = format!(
            "Dates are numbers, as a spreadsheet counts days: `{example}` would be {day}. Read \
             them so?"
        );
        let example = format!("`{example}` is {day}");
        let answers = vec![answer(
            "excel_serial",
            "Read them as a spreadsheet's days",
            &example,
            true,
        )];
        self.ask(Topic::DateForm, text, answers);
    }

    fn decide_weeks(&mut self) -> Result<(), FileFault> {
        let known = (self.reading.date_form == DateForm::Week).then_some(self.reading.period);
        self.reading.date_form = DateForm::Week;
        let name = columns::key(&self.reading.columns.date);
        let found = &self.dates;
        if found.weeks_alone > found.weeks() / 2 && self.reading.columns.year.is_none() {
            return Err(judge::missing_column(&self.sample.header, "year"));
        }
        let said = |words: &[&str]| words.iter().any(|word| name.contains(word));
        let period =
            if found.iso_weeks > found.mmwr_weeks || said(&["iso", "kw", "woche", "semaine"]) {
                Some(Period::IsoWeek)
            } else if found.mmwr_weeks > 0 || said(&["mmwr", "epi"]) {
                Some(Period::MmwrWeek)
            } else {
                known.filter(|period| {
                    *period != Period::Day && self.reading.confirmed.contains(&Topic::Period)
                })
            };
        let example = found.example.clone().unwrap_or_default();
        let Some(period) = period else {
            self.reading.period = Period::IsoWeek;
            self.reading.confirmed.remove(&Topic::Period);
            let answers = vec![
                answer(
                    "iso_week",
                    "Monday to Sunday (ISO 8601)",
                    &self.week(&example, Period::IsoWeek),
                    false,
                ),
                answer(
                    "mmwr_week",
                    "Sunday to Saturday (MMWR)",
                    &self.week(&example, Period::MmwrWeek),
                    false,
                ),
            ];
            self.ask(
                Topic::Period,
                format!("Which weeks are meant by `{example}`?"),
                answers,
            );
            return Ok(());
        };
        self.reading.period = period;
        self.notices.push(Problem::warning(
            Code::Weekly,
            format!(
                "the file counts whole weeks: {}; they are stored as weeks and never spread to days",
                self.week(&example, period)
            ),
            "",
        ));
        Ok(())
    }

    /// A week in words, as far as the text alone tells it.
    fn week(&self, text: &str, period: Period) -> String {
        let first = dates::read(text, None, DateForm::Week, period);
        let days = if period == Period::IsoWeek {
            "Monday to Sunday"
        } else {
            "Sunday to Saturday"
        };
        match first {
            Ok(day) => format!("`{text}` is the week from {day}, {days}"),
            Err(_) => format!("`{text}` is a week from {days}"),
        }
    }

    /// Dates that all fall on one day of the week may stand for weeks.
    fn ask_weekday(&mut self) {
        let weekday = self.dates.only_weekday(self.reading.date_form);
        let Some(weekday) = weekday else {
            self.reading.period = Period::Day;
            return;
        };
        if self.reading.confirmed.contains(&Topic::Period) {
            return;
        }
        self.reading.period = match weekday {
            chrono::Weekday::Mon => Period::IsoWeek,
            chrono::Weekday::Sun | chrono::Weekday::Sat => Period::MmwrWeek,
            _ => Period::Day,
        };
        let example = self.dates.example.clone().unwrap_or_default();
        let week = |period| {
            dates::read(&example, None, self.reading.date_form, period)
                .map(|day| format!("`{example}` lies in the week from {day}"))
                .unwrap_or_default()
        };
        let answers = vec![
            answer(
                "iso_week",
                "Weeks, Monday to Sunday (ISO 8601)",
                &week(Period::IsoWeek),
                false,
            ),
            answer(
                "mmwr_week",
                "Weeks, Sunday to Saturday (MMWR)",
                &week(Period::MmwrWeek),
                false,
            ),
            answer("day", "Single days", "", false),
        ];
        let text = format!(
            "All dates are {}s. Do the numbers count whole weeks?",
            weekday_name(weekday)
        );
        self.ask(Topic::Period, text, answers);
    }
}

fn word(form: DateForm) -> &'static str {
    match form {
        DateForm::YearMonthDay => "year_month_day",
        DateForm::DayMonthYear => "day_month_year",
        DateForm::MonthDayYear => "month_day_year",
        DateForm::ExcelSerial => "excel_serial",
        DateForm::Week => "week",
    }
}

fn weekday_name(weekday: chrono::Weekday) -> &'static str {
    use chrono::Weekday::{Fri, Mon, Sat, Sun, Thu, Tue, Wed};
    match weekday {
        Mon => "Monday",
        Tue => "Tuesday",
        Wed => "Wednesday",
        Thu => "Thursday",
        Fri => "Friday",
        Sat => "Saturday",
        Sun => "Sunday",
    }
}
