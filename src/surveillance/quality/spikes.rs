//! Days far above those around them, and zeros among many cases.

use super::{Count, Found, What, median};

/// How many days to either side a day is compared with, and how many of them it takes.
const AROUND: i64 = 14;
const ENOUGH: usize = 8;

/// A spike has more than this many times the median of the days around,
const TIMES_AROUND: f64 = 4.0;
/// more than this many times the same weekday before and after, since many departments report
/// a weekend's cases on Monday,
const TIMES_WEEKDAY: f64 = 2.5;
/// and at least so many more cases than the median: among few cases chance alone does this.
const MORE: f64 = 20.0;

/// A zero is sudden where the days around have this median or more, and none of the days next
/// to it nor the same weekday a week away is zero as well.
const MANY: f64 = 20.0;

/// Every day that stands out from the two weeks before and after.
pub fn find(counts: &[Count]) -> Vec<Found> {
    let daily: Vec<(i64, i64, &Count)> = counts
        .iter()
        .filter(|count| count.days == 1)
        .filter_map(|count| Some((day_number(count), count.new_cases?, count)))
        .collect();
    let mut found = Vec::new();
    for (at, (day, new_cases, count)) in daily.iter().enumerate() {
        let near = |other: &&(i64, i64, &Count)| other.0 != *day && (other.0 - day).abs() <= AROUND;
        let before = daily[..at].iter().rev().take_while(near);
        let after = daily[at + 1..].iter().take_while(near);
        let neighbours: Vec<(i64, i64)> = before
            .chain(after)
            .map(|(other, cases, _)| (other - day, *cases))
            .collect();
        if neighbours.len() < ENOUGH {
            continue;
        }
        let mut cases: Vec<i64> = neighbours.iter().map(|(_, cases)| *cases).collect();
        let Some(around) = median(&mut cases) else {
            continue;
        };
        let weekdays = neighbours.iter().filter(|(away, _)| away.abs() == 7);
        let spike = *new_cases as f64 > TIMES_AROUND * around
            && *new_cases as f64 >= around + MORE
            && weekdays
                .clone()
                .all(|(_, other)| *new_cases as f64 > TIMES_WEEKDAY * *other as f64);
        let mut compared = neighbours
            .iter()
            .filter(|(away, _)| matches!(away.abs(), 1 | 7));
        let sudden = *new_cases == 0 && around >= MANY && compared.all(|(_, other)| *other > 0);
        if spike {
            let what = What::Spike {
                new_cases: *new_cases,
                around,
            };
            found.push((count.date, count.date, what));
        } else if sudden {
            found.push((count.date, count.date, What::SuddenZero { around }));
        }
    }
    found
}

fn day_number(count: &Count) -> i64 {
    use chrono::Datelike as _;
    i64::from(count.date.num_days_from_ce())
}
