//! Days and weeks as people write them.

use chrono::{Datelike, Days, NaiveDate, Weekday};

use super::{DateForm, Period};

/// Why a text is not a date.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum NoDate {
    /// Not written in the form that the file uses.
    Form,
    /// Written well, and there is no such day or week: 30 February.
    Calendar,
}

/// What a text looks like, before it is known how the file writes its dates.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Looks {
    /// `2021-07-31`
    YearFirst,
    /// `31/07/2021`: the first two numbers, and whether dots stand between them.
    YearLast(u32, u32, bool),
    /// `44408`
    Serial,
    /// `2021-W30`
    IsoWeek,
    /// `2021-MW30`, `2021EW30`
    MmwrWeek,
    /// `202130`, `2021-30`: a week of one kind or the other.
    AnyWeek,
    /// `30`, `W30`, `KW30`: a week whose year stands elsewhere.
    WeekAlone,
    /// No date.
    Nothing,
}

/// What the text looks like.
pub(super) fn looks(text: &str) -> Looks {
    if is_iso(text.as_bytes()) {
        return Looks::YearFirst;
    }
    let text = without_time(text.trim());
    if numbers(text).is_some_and(|(n, _)| n[0].len == 4) || compact(text).is_some() {
        return Looks::YearFirst;
    }
    if let Some((n, separator)) = numbers(text) {
        return Looks::YearLast(n[0].value, n[1].value, separator == b'.');
    }
    if serial(text).is_some() {
        return Looks::Serial;
    }
    match week(text) {
        Some(Week {
            year: Some(_),
            kind: Some(Period::MmwrWeek),
            ..
        }) => Looks::MmwrWeek,
        Some(Week {
            year: Some(_),
            kind: Some(_),
            ..
        }) => Looks::IsoWeek,
        Some(Week {
            year: Some(_),
            kind: None,
            ..
        }) => Looks::AnyWeek,
        Some(_) => Looks::WeekAlone,
        None => Looks::Nothing,
    }
}

/// `2021-07-31`, by its shape.
fn is_iso(text: &[u8]) -> bool {
    text.len() == 10
        && text.iter().enumerate().all(|(at, byte)| match at {
            4 | 7 => *byte == b'-',
            _ => byte.is_ascii_digit(),
        })
}

/// Reads a day, or the first day of the week it lies in.
pub(super) fn read(
    text: &str,
    year: Option<&str>,
    form: DateForm,
    period: Period,
) -> Result<NaiveDate, NoDate> {
    let day = if form == DateForm::Week {
        return first_of_week(text.trim(), year, period);
    } else {
        day(text, form)?
    };
    Ok(start(day, period))
}

/// The first day of the period in which the day lies.
pub(super) fn start(day: NaiveDate, period: Period) -> NaiveDate {
    let back = match period {
        Period::Day => 0,
        Period::IsoWeek => day.weekday().num_days_from_monday(),
        Period::MmwrWeek => day.weekday().num_days_from_sunday(),
    };
    day.checked_sub_days(Days::new(u64::from(back)))
        .unwrap_or(day)
}

fn day(text: &str, form: DateForm) -> Result<NaiveDate, NoDate> {
    // The good path: 2021-07-31.
    if let &[y1, y2, y3, y4, b'-', m1, m2, b'-', d1, d2] = text.as_bytes()
        && [y1, y2, y3, y4, m1, m2, d1, d2]
            .iter()
            .all(u8::is_ascii_digit)
    {
        let two = |a: u8, b: u8| u32::from(a - b'0') * 10 + u32::from(b - b'0');
        let year = two(y1, y2) * 100 + two(y3, y4);
        return calendar(year, two(m1, m2), two(d1, d2));
    }
    let text = without_time(text.trim());
    if form == DateForm::ExcelSerial
        && let Some(day) = serial(text)
    {
        return Ok(day);
    }
    if let Some((year, month, day)) = compact(text) {
        return calendar(year, month, day);
    }
    let ([a, b, c], _) = numbers(text).ok_or(NoDate::Form)?;
    if a.len == 4 {
        return calendar(a.value, b.value, c.value);
    }
    let year = if c.len == 2 { 2000 + c.value } else { c.value };
    match form {
        DateForm::DayMonthYear => calendar(year, b.value, a.value),
        DateForm::MonthDayYear => calendar(year, a.value, b.value),
        _ => Err(NoDate::Form),
    }
}

fn calendar(year: u32, month: u32, day: u32) -> Result<NaiveDate, NoDate> {
    NaiveDate::from_ymd_opt(year.cast_signed(), month, day).ok_or(NoDate::Calendar)
}

#[derive(Clone, Copy)]
struct Number {
    value: u32,
    len: usize,
}

/// Three numbers with the same separator between them, the year first or last.
fn numbers(text: &str) -> Option<([Number; 3], u8)> {
    let separator = text
        .bytes()
        .find(|byte| !byte.is_ascii_digit())
        .filter(|byte| b"-/. ".contains(byte))?;
    let mut parts = text.split(char::from(separator));
    let mut next = || {
        let part = parts.next()?.trim();
        let well = (1..=4).contains(&part.len()) && part.bytes().all(|b| b.is_ascii_digit());
        well.then(|| part.parse().ok())
            .flatten()
            .map(|value| Number {
                value,
                len: part.len(),
            })
    };
    let found = [next()?, next()?, next()?];
    let [a, b, c] = found.map(|number| number.len);
    let ok = b <= 2 && ((a == 4 && c <= 2) || (a <= 2 && (c == 4 || c == 2)));
    (parts.next().is_none() && ok).then_some((found, separator))
}

/// `20210731`
fn compact(text: &str) -> Option<(u32, u32, u32)> {
    if text.len() != 8 || !text.bytes().all(|b| b.is_ascii_digit()) {
        return None;
    }
    let number: u32 = text.parse().ok()?;
    let (year, month, day) = (number / 10_000, number / 100 % 100, number % 100);
    ((1900..2100).contains(&year) && (1..=12).contains(&month) && (1..=31).contains(&day))
        .then_some((year, month, day))
}

/// A day as spreadsheets count it, from 2000 to 2099: five digits.
fn serial(text: &str) -> Option<NaiveDate> {
    let whole = text.split_once('.').map_or(text, |(whole, _)| whole);
    let all_digits = text.bytes().all(|b| b.is_ascii_digit() || b == b'.');
    let number: u64 = whole
        .parse()
        .ok()
        .filter(|_| whole.len() == 5 && all_digits)?;
    (36_526..73_051).contains(&number).then_some(())?;
    NaiveDate::from_ymd_opt(1899, 12, 30)?.checked_add_days(Days::new(number))
}

/// Without the time of day that some software adds to a date.
pub(super) fn without_time(text: &str) -> &str {
    let Some(at) = text.find(['T', ' ']) else {
        return text;
    };
    let rest = &text[at + 1..];
    if rest.starts_with(|c: char| c.is_ascii_digit()) && rest.contains(':') {
        &text[..at]
    } else {
        text
    }
}

struct Week {
    year: Option<i32>,
    number: u32,
    kind: Option<Period>,
}

/// `2021-W30`, `2021W30`, `2021-MW30`, `202130`, `2021-30`, `KW30/2021`, `W30`, `30`.
fn week(text: &str) -> Option<Week> {
    if text.len() > 12 {
        return None;
    }
    let upper = text.to_ascii_uppercase();
    if upper.len() == 6 && upper.bytes().all(|b| b.is_ascii_digit()) {
        let number: u32 = upper.parse().ok()?;
        return known_week(Some(number / 100), number % 100, None);
    }
    let mut digits = upper
        .split(|c: char| !c.is_ascii_digit())
        .filter(|group| !group.is_empty());
    let (first, second) = (digits.next()?, digits.next());
    if digits.next().is_some() {
        return None;
    }
    let mut letters: String = upper.chars().filter(char::is_ascii_alphabetic).collect();
    let others = upper
        .chars()
        .all(|c| c.is_ascii_alphanumeric() || "-/_ .".contains(c));
    if letters == "SEMAINE" || letters == "WEEK" || letters == "WOCHE" {
        letters = "W".into();
    }
    let kind = match letters.as_str() {
        "" => None,
        "W" | "KW" | "CW" | "S" => Some(Period::IsoWeek),
        "MW" | "EW" | "MMWR" => Some(Period::MmwrWeek),
        _ => return None,
    };
    if !others {
        return None;
    }
    let value = |text: &str| text.parse::<u32>().ok();
    match (first.len(), second.map(str::len)) {
        (4, Some(1 | 2)) => known_week(value(first), value(second?)?, kind),
        (1 | 2, Some(4)) => known_week(value(second?), value(first)?, kind),
        (1 | 2, None) => known_week(None, value(first)?, kind),
        _ => None,
    }
}

fn known_week(year: Option<u32>, number: u32, kind: Option<Period>) -> Option<Week> {
    let in_time = year.is_none_or(|year| (1900..2100).contains(&year));
    (in_time && (1..=53).contains(&number)).then_some(Week {
        year: year.map(u32::cast_signed),
        number,
        kind,
    })
}

fn first_of_week(text: &str, year: Option<&str>, period: Period) -> Result<NaiveDate, NoDate> {
    let Some(found) = week(text) else {
        // A file of weeks may also name the day on which the week begins.
        return day(text, DateForm::YearMonthDay).map(|day| start(day, period));
    };
    let elsewhere = || year.and_then(|year| year.trim().parse::<i32>().ok());
    let year = found.year.or_else(elsewhere).ok_or(NoDate::Form)?;
    if period == Period::MmwrWeek {
        return mmwr_week(year, found.number).ok_or(NoDate::Calendar);
    }
    NaiveDate::from_isoywd_opt(year, found.number, Weekday::Mon).ok_or(NoDate::Calendar)
}

/// The Sunday with which an MMWR week begins. Week 1 is the first with four days of the year
/// in it, so that 4 January always lies in it (CDC, "MMWR Weeks").
fn mmwr_week(year: i32, week: u32) -> Option<NaiveDate> {
    let first = |year| NaiveDate::from_ymd_opt(year, 1, 4).map(|day| start(day, Period::MmwrWeek));
    let sunday = first(year)?.checked_add_days(Days::new(7 * u64::from(week.checked_sub(1)?)))?;
    (sunday < first(year + 1)?).then_some(sunday)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn on(text: &str, form: DateForm, period: Period) -> Result<String, NoDate> {
        read(text, None, form, period).map(|day| day.to_string())
    }

    #[test]
    fn one_day_is_read_in_each_form() {
        use DateForm::*;
        for (text, form) in [
            ("2021-07-31", YearMonthDay),
            ("2021/7/31", YearMonthDay),
            ("20210731", YearMonthDay),
            ("2021-07-31T00:00:00", YearMonthDay),
            ("31/07/2021", DayMonthYear),
            ("31.7.21", DayMonthYear),
            ("31-07-2021 14:05", DayMonthYear),
            ("07/31/2021", MonthDayYear),
            ("7/31/21", MonthDayYear),
            ("2021-07-31", MonthDayYear),
            ("44408", ExcelSerial),
            ("44408.0", ExcelSerial),
        ] {
            assert_eq!(
                on(text, form, Period::Day).as_deref(),
                Ok("2021-07-31"),
                "{text}"
            );
        }
    }

    #[test]
    fn what_is_no_day_is_told_from_what_is_no_date() {
        use DateForm::*;
        for (text, form, why) in [
            ("2021-02-30", YearMonthDay, NoDate::Calendar),
            ("31/07/2021", MonthDayYear, NoDate::Calendar),
            ("31/07/2021", YearMonthDay, NoDate::Form),
            ("44408", YearMonthDay, NoDate::Form),
            ("soon", YearMonthDay, NoDate::Form),
            ("2021-07-31-1", YearMonthDay, NoDate::Form),
            ("2021-54", Week, NoDate::Form),
            ("2021-W53", Week, NoDate::Calendar),
        ] {
            assert_eq!(on(text, form, Period::Day), Err(why), "{text}");
        }
    }

    #[test]
    fn weeks_begin_where_their_calendars_say() {
        // ISO 8601: 2020 has a week 53, and 2021 begins within it.
        for (text, monday) in [
            ("2021-W26", "2021-06-28"),
            ("2020-W53", "2020-12-28"),
            ("2021W01", "2021-01-04"),
            ("KW1/2021", "2021-01-04"),
            ("202101", "2021-01-04"),
        ] {
            assert_eq!(
                on(text, DateForm::Week, Period::IsoWeek).as_deref(),
                Ok(monday)
            );
        }
        // CDC's table of MMWR weeks: 2020 has 53, week 1 of 2021 ends on 2021-01-09.
        for (text, sunday) in [
            ("2021-MW01", "2021-01-03"),
            ("202053", "2020-12-27"),
            ("202126", "2021-06-27"),
        ] {
            assert_eq!(
                on(text, DateForm::Week, Period::MmwrWeek).as_deref(),
                Ok(sunday)
            );
        }
        assert_eq!(
            on("2021-MW53", DateForm::Week, Period::MmwrWeek),
            Err(NoDate::Calendar)
        );
        let with_year = read("26", Some("2021"), DateForm::Week, Period::IsoWeek);
        assert_eq!(
            with_year.map(|day| day.to_string()).as_deref(),
            Ok("2021-06-28")
        );
    }

    #[test]
    fn a_day_stands_for_its_week_in_a_weekly_file() {
        let on = |period| on("2021-07-04", DateForm::YearMonthDay, period);
        assert_eq!(on(Period::IsoWeek).as_deref(), Ok("2021-06-28"));
        assert_eq!(on(Period::MmwrWeek).as_deref(), Ok("2021-07-04"));
    }

    #[test]
    fn looks_are_told_apart() {
        for (text, expected) in [
            ("2021-07-31", Looks::YearFirst),
            ("20210731", Looks::YearFirst),
            ("31/07/2021", Looks::YearLast(31, 7, false)),
            ("1.7.2021", Looks::YearLast(1, 7, true)),
            ("44378", Looks::Serial),
            ("2021-W26", Looks::IsoWeek),
            ("2021-MW26", Looks::MmwrWeek),
            ("202126", Looks::AnyWeek),
            ("KW26", Looks::WeekAlone),
            ("26", Looks::WeekAlone),
            ("new_cases", Looks::Nothing),
            ("4831", Looks::Nothing),
        ] {
            assert_eq!(looks(text), expected, "{text}");
        }
    }
}
