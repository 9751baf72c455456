//! Numbers, dates and shares in words.

use chrono::{NaiveDate, TimeDelta};
use leptos::prelude::*;

use crate::clock::Now;

/// `12,345`.
pub fn whole(number: i64) -> String {
    let digits = number.unsigned_abs().to_string();
    let mut grouped = String::with_capacity(digits.len() + digits.len() / 3 + 1);
    if number < 0 {
        grouped.push('\u{2212}');
    }
    for (at, digit) in digits.chars().enumerate() {
        if at > 0 && (digits.len() - at).is_multiple_of(3) {
            grouped.push(',');
        }
        grouped.push(digit);
    }
    grouped
}

/// `45`, `45.3`: no more digits than say something.
pub fn rounded(number: f64) -> String {
    if number.abs() >= 100.0 || number.fract() == 0.0 {
        #[expect(
            clippy::cast_possible_truncation,
            reason = "rounded, and counts are far below 2^63"
        )]
        return whole(number.round() as i64);
    }
    let text = format!("{number:.1}");
    text.strip_suffix(".0")
        .map_or(text.replace('-', "\u{2212}"), str::to_owned)
}

/// A message whose pieces between backticks are what somebody typed.
pub fn quoted(message: &str) -> impl IntoView + use<> {
    message
        .split('`')
        .enumerate()
        .map(|(at, piece)| match at % 2 {
            0 => piece.to_owned().into_any(),
            _ => view! { <code>{piece.to_owned()}</code> }.into_any(),
        })
        .collect_view()
}

/// `1.2 MB`.
pub fn bytes(bytes: u64) -> String {
    match bytes {
        ..1_000 => format!("{bytes} bytes"),
        1_000..1_000_000 => format!("{} KB", rounded(bytes as f64 / 1e3)),
        _ => format!("{} MB", rounded(bytes as f64 / 1e6)),
    }
}

/// `3 March 2026`.
pub fn day(date: NaiveDate) -> String {
    date.format("%-d %B %Y").to_string()
}

/// `3 March 2026`, `3 March 2026 to 5 April 2026`.
pub fn days(first: NaiveDate, last: NaiveDate) -> String {
    if first == last {
        return day(first);
    }
    format!("{} to {}", day(first), day(last))
}

/// `12 % more than`, `about as many as`: how a share compares.
pub fn compared(change: f64) -> String {
    let percent = (100.0 * change).round();
    if percent == 0.0 {
        return "about as many as".to_owned();
    }
    let direction = if percent > 0.0 { "more" } else { "fewer" };
    format!("{}\u{a0}% {direction} than", rounded(percent.abs()))
}

/// `+12 %`, `−3 %`.
pub fn signed_percent(change: f64) -> String {
    let percent = (100.0 * change).round();
    let sign = if percent > 0.0 { "+" } else { "" };
    format!("{sign}{}\u{a0}%", rounded(percent))
}

/// `just now`, `5 minutes ago`, `3 days ago`.
pub fn ago(then: Now, now: Now) -> String {
    let past = (now - then).max(TimeDelta::zero());
    let (number, unit) = match past {
        past if past.num_minutes() < 1 => return "just now".to_owned(),
        past if past.num_hours() < 1 => (past.num_minutes(), "minute"),
        past if past.num_days() < 1 => (past.num_hours(), "hour"),
        past => (past.num_days(), "day"),
    };
    format!("{number} {unit}{} ago", if number == 1 { "" } else { "s" })
}

/// `in 5 minutes`, `in 3 days`, to the nearest; `now` where it is past.
pub fn until(then: Now, now: Now) -> String {
    let left = then - now;
    if left <= TimeDelta::zero() {
        return "now".to_owned();
    }
    let minutes = (left + TimeDelta::seconds(30)).num_minutes().max(1);
    let hours = (left + TimeDelta::minutes(30)).num_hours();
    let (number, unit) = match (minutes, hours) {
        (..60, _) => (minutes, "minute"),
        (_, ..24) => (hours, "hour"),
        _ => ((left + TimeDelta::hours(12)).num_days(), "day"),
    };
    format!("in {number} {unit}{}", if number == 1 { "" } else { "s" })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_grouped_and_not_overdone() {
        assert_eq!(
            (whole(0), whole(999), whole(1_234_567)),
            ("0".into(), "999".into(), "1,234,567".into())
        );
        assert_eq!(whole(-1_000), "\u{2212}1,000");
        assert_eq!(
            (rounded(45.0), rounded(45.25), rounded(1234.5)),
            ("45".into(), "45.2".into(), "1,235".into())
        );
        assert_eq!(rounded(0.04), "0");
    }

    #[test]
    fn a_change_says_its_direction() {
        assert_eq!(compared(0.123), "12\u{a0}% more than");
        assert_eq!(compared(-0.5), "50\u{a0}% fewer than");
        assert_eq!(compared(0.001), "about as many as");
        assert_eq!(
            (signed_percent(0.1), signed_percent(-0.1)),
            ("+10\u{a0}%".into(), "\u{2212}10\u{a0}%".into())
        );
    }

    #[test]
    fn one_is_singular() {
        let now = Now::default();
        assert_eq!(ago(now - TimeDelta::hours(1), now), "1 hour ago");
        assert_eq!(ago(now - TimeDelta::days(40), now), "40 days ago");
        assert_eq!(ago(now + TimeDelta::days(1), now), "just now");
        assert_eq!(until(now + TimeDelta::days(1), now), "in 1 day");
        let in_seconds = |seconds| until(now + TimeDelta::seconds(seconds), now);
        assert_eq!(in_seconds(20), "in 1 minute");
        assert_eq!(in_seconds(3_590), "in 1 hour");
        assert_eq!(in_seconds(24 * 3_600 - 5), "in 1 day");
        assert_eq!(in_seconds(14 * 24 * 3_600 - 5), "in 14 days");
        assert_eq!(until(now, now), "now");
    }
}
