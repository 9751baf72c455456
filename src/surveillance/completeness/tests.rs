use chrono::{Datelike, Days, Weekday};
use proptest::prelude::*;

use super::*;

fn day(text: &str) -> NaiveDate {
    text.parse().unwrap_or_default()
}

/// What uploads on every day teach.
fn learn_daily(changes: &[Change], as_of: NaiveDate) -> Completeness {
    let days = Window::ending(as_of, 260).iter().collect();
    learn(changes, &days, as_of)
}

fn after(date: NaiveDate, days: u64) -> NaiveDate {
    date.checked_add_days(Days::new(days)).unwrap_or(date)
}

/// Days that are reported the same way: at each age, what is known by then.
fn reported(days: u64, known: &[(u64, i64)], as_of: NaiveDate) -> Vec<Change> {
    let last = learnt_from(as_of).last();
    let mut changes = Vec::new();
    for back in (0..days).rev() {
        let date = last.checked_sub_days(Days::new(back)).unwrap_or(last);
        let mut before = 0;
        for (at, (age, cases)) in known.iter().enumerate() {
            changes.push(Change {
                date,
                as_of: after(date, *age),
                new_cases: cases - before,
                reporting: i64::from(at == 0),
            });
            before = *cases;
        }
    }
    changes
}

fn median(completeness: &Completeness, age: usize) -> Option<f64> {
    completeness.ages[age].shares.map(|shares| shares.median)
}

#[test]
fn a_count_that_doubles_after_two_days_is_half_complete_until_then() {
    let today = day("2026-03-31");
    let learnt = learn_daily(&reported(30, &[(0, 50), (2, 100)], today), today);
    assert_eq!(learnt.days, 30);
    assert_eq!(
        [0, 1, 2, 28].map(|age| median(&learnt, age)),
        [Some(0.5), Some(0.5), Some(1.0), Some(1.0)]
    );
    assert_eq!(learnt.complete_from, Some(2));
    let expected = learnt.expected(day("2026-03-30"), 40.0);
    assert_eq!(
        expected,
        Some(Expected {
            low: 80.0,
            median: 80.0,
            high: 80.0
        })
    );
    assert_eq!(learnt.is_incomplete(day("2026-03-29")), Some(false));
    assert_eq!(learnt.expected(day("2026-03-29"), 40.0), None);
}

#[test]
fn an_age_without_a_report_is_a_gap_and_not_a_small_share() {
    let today = day("2026-03-31");
    let learnt = learn_daily(&reported(30, &[(3, 80), (5, 100)], today), today);
    assert_eq!((learnt.ages[2].days, learnt.ages[2].reported), (30, 0));
    assert_eq!(median(&learnt, 2), None);
    assert_eq!(median(&learnt, 3), Some(0.8));
    // Younger than anything seen before: not believed to be complete, and no band.
    assert_eq!(learnt.is_incomplete(day("2026-03-30")), Some(true));
    assert_eq!(learnt.expected(day("2026-03-30"), 10.0), None);
}

#[test]
fn a_weekly_upload_teaches_what_its_uploads_say_and_not_what_stood_in_between() {
    // Uploaded on Wednesdays. That day's own count is half of what a later upload says.
    let today = day("2026-04-01");
    let is_wednesday = |date: &NaiveDate| date.weekday() == Weekday::Wed;
    let uploads: BTreeSet<NaiveDate> = Window::ending(today, 260)
        .iter()
        .filter(is_wednesday)
        .collect();
    let next_upload = |from: NaiveDate| uploads.range(from..).next().copied().unwrap_or(from);
    let changes: Vec<Change> = learnt_from(today)
        .iter()
        .flat_map(|date| {
            let first = next_upload(date);
            let change = |as_of, new_cases, reporting| Change {
                date,
                as_of,
                new_cases,
                reporting,
            };
            if first == date {
                vec![
                    change(first, 5, 1),
                    change(first + TimeDelta::days(7), 5, 0),
                ]
            } else {
                vec![change(first, 10, 1)]
            }
        })
        .collect();
    let learnt = learn(&changes, &uploads, today);
    assert_eq!(learnt.days, LEARNT_DAYS as usize);
    assert_eq!((learnt.ages[0].days, learnt.ages[0].reported), (24, 24));
    assert_eq!(median(&learnt, 0), Some(0.5));
    // Three days later: none of those Wednesdays had an upload then.
    let third = learnt.ages[3].shares;
    assert!(
        third.is_some_and(|shares| shares.lowest == 1.0),
        "{third:?}"
    );
    assert_eq!(learnt.complete_from, Some(1));
}

#[test]
fn counts_that_shrink_have_shares_above_one() {
    let today = day("2026-03-31");
    let learnt = learn_daily(&reported(20, &[(0, 120), (4, 100)], today), today);
    assert_eq!(median(&learnt, 0), Some(1.2));
    // Too many is not too few: nothing more is expected to arrive.
    assert_eq!(learnt.complete_from, Some(0));
}

#[test]
fn what_is_revised_after_the_final_age_teaches_nothing() {
    let today = day("2026-03-31");
    let changes = reported(40, &[(0, 90), (1, 100), (29, 500)], today);
    assert_eq!(median(&learn_daily(&changes, today), 0), Some(0.9));
}

#[test]
fn days_without_cases_or_too_young_do_not_teach() {
    let today = day("2026-03-31");
    for known in [[(0, 0), (1, 0)], [(0, 5), (1, -3)]] {
        assert_eq!(learn_daily(&reported(30, &known, today), today).days, 0);
    }
    let young: Vec<Change> = (0..28)
        .map(|age| Change {
            date: today.checked_sub_days(Days::new(age)).unwrap_or(today),
            as_of: today,
            new_cases: 5,
            reporting: 1,
        })
        .collect();
    assert_eq!(learn_daily(&young, today).days, 0);
}

#[test]
fn too_little_history_says_nothing() {
    let today = day("2026-03-31");
    let few = learn_daily(&reported(11, &[(0, 50), (2, 100)], today), today);
    assert_eq!((few.days, few.complete_from), (11, None));
    assert_eq!(few.is_incomplete(day("2026-03-31")), None);
    assert_eq!(few.expected(day("2026-03-31"), 5.0), None);
    assert_eq!(
        learn_daily(&reported(12, &[(0, 50), (2, 100)], today), today).complete_from,
        Some(2)
    );
}

#[test]
fn the_spread_is_that_of_the_days() {
    let today = day("2026-03-31");
    let last = learnt_from(today).last();
    // 21 days, known at first to 0.50, 0.52, …, 0.90 of the 100 they become.
    let changes: Vec<Change> = (0..21_u64)
        .rev()
        .flat_map(|at| {
            let date = last.checked_sub_days(Days::new(at)).unwrap_or(last);
            let first = 50 + 2 * at.cast_signed();
            [(0, first, 1), (1, 100 - first, 0)].map(|(age, new_cases, reporting)| Change {
                date,
                as_of: after(date, age),
                new_cases,
                reporting,
            })
        })
        .collect();
    let shares = learn_daily(&changes, today).ages[0].shares;
    let close = |a: f64, b: f64| (a - b).abs() < 1e-9;
    assert!(shares.is_some_and(|shares| close(shares.lowest, 0.52)
        && close(shares.low, 0.6)
        && close(shares.median, 0.7)
        && close(shares.high, 0.8)
        && close(shares.highest, 0.88)));
}

#[test]
fn a_zero_is_given_no_band() {
    let today = day("2026-03-31");
    let learnt = learn_daily(&reported(30, &[(0, 50), (2, 100)], today), today);
    assert_eq!(learnt.expected(today, 0.0), None);
    assert_eq!(learnt.is_incomplete(today), Some(true));
    // Days that had no case at first say nothing of one that has some.
    let mut changes = reported(30, &[(0, 50), (2, 100)], today);
    for day in changes.chunks_mut(2).take(6) {
        day[0].new_cases = 0;
        day[1].new_cases = 100;
    }
    let learnt = learn_daily(&changes, today);
    assert!(
        learnt.ages[0]
            .shares
            .is_some_and(|shares| shares.lowest == 0.0)
    );
    let expected = learnt.expected(today, 9.0);
    assert_eq!(expected.map(|expected| expected.high), Some(18.0));
}

prop_compose! {
    fn any_changes()(
        raw in prop::collection::vec((0..200_i64, 0..60_u64, -50..200_i64, -1..2_i64), 0..400)
    ) -> Vec<Change> {
        let last = day("2026-03-31");
        let mut changes: Vec<Change> = raw
            .into_iter()
            .map(|(back, age, new_cases, reporting)| {
                let date = last - TimeDelta::days(back);
                Change { date, as_of: after(date, age), new_cases, reporting }
            })
            .collect();
        changes.sort_by_key(|change| (change.date, change.as_of));
        changes
    }
}

proptest! {
    #[test]
    fn shares_are_ordered_and_bands_hold_their_middle(changes in any_changes(), cases in 1..5_000_u32) {
        let today = day("2026-03-31");
        let learnt = learn_daily(&changes, today);
        for age in &learnt.ages {
            prop_assert!(age.reported <= age.days);
            if let Some(s) = age.shares {
                prop_assert!(s.lowest <= s.low && s.low <= s.median && s.median <= s.high && s.high <= s.highest);
            }
        }
        // All days that teach end with what is known at the final age.
        prop_assert!(learnt.ages[FINAL_AGE as usize].shares.is_none_or(|s| s.lowest == 1.0 && s.highest == 1.0));
        for back in 0..40 {
            if let Some(band) = learnt.expected(today - TimeDelta::days(back), f64::from(cases)) {
                prop_assert!(0.0 < band.low && band.low <= band.median && band.median <= band.high && band.high.is_finite());
            }
        }
    }

    /// Whatever comes after the final age, or after the day that is asked about, changes nothing.
    #[test]
    fn what_was_not_known_yet_does_not_teach(changes in any_changes()) {
        let today = day("2026-03-31");
        let known: Vec<Change> = changes
            .iter()
            .filter(|change| (change.as_of - change.date).num_days() <= i64::from(FINAL_AGE))
            .copied()
            .collect();
        prop_assert_eq!(learn_daily(&changes, today), learn_daily(&known, today));
    }

    /// Twice as many cases everywhere are as complete as before.
    #[test]
    fn completeness_has_no_unit(changes in any_changes()) {
        let today = day("2026-03-31");
        let doubled: Vec<Change> = changes
            .iter()
            .map(|change| Change { new_cases: 2 * change.new_cases, ..*change })
            .collect();
        prop_assert_eq!(learn_daily(&changes, today), learn_daily(&doubled, today));
    }
}
