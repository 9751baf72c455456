use std::collections::{BTreeMap, BTreeSet};

use proptest::prelude::*;

use super::*;

/// That of the Centers for Medicare & Medicaid Services.
const THRESHOLD: u32 = 11;

fn shown(counts: &[i64]) -> (Vec<Option<i64>>, Option<i64>) {
    let shown = suppress(counts, THRESHOLD);
    (shown.counts, shown.total)
}

#[test]
fn large_counts_and_zeros_are_shown() {
    assert_eq!(
        shown(&[11, 0, 250]),
        (vec![Some(11), Some(0), Some(250)], Some(261))
    );
}

#[test]
fn a_small_count_takes_a_companion_so_that_the_total_does_not_give_it_away() {
    // 70 - 30 is the sum of both and tells neither.
    assert_eq!(shown(&[10, 30, 30]), (vec![None, None, Some(30)], Some(70)));
    // The companion is the next place, not the smallest: the order of places says nothing.
    assert_eq!(
        shown(&[500, 7, 400, 12]),
        (vec![Some(500), None, None, Some(12)], Some(919))
    );
}

#[test]
fn where_nothing_can_stand_beside_a_small_count_the_total_is_hidden() {
    assert_eq!(shown(&[4]), (vec![None], None));
    assert_eq!(shown(&[4, 0, 0]), (vec![None, Some(0), Some(0)], None));
    // Twelve times one is twelve ones, and nothing else.
    assert_eq!(shown(&[1; 12]), (vec![None; 12], None));
}

#[test]
fn a_companion_that_is_too_small_to_cover_takes_another() {
    assert_eq!(
        shown(&[1, 11, 11, 90]),
        (vec![None, None, None, Some(90)], Some(113))
    );
}

/// What a hidden count may be, for somebody who knows the rule by heart and tries every week that
/// there could have been.
fn tried(places: u32, largest: i64, threshold: u32) -> Vec<(Shown, usize, BTreeSet<i64>)> {
    let mut weeks: BTreeMap<Shown, Vec<Vec<i64>>> = BTreeMap::new();
    for number in 0..(largest + 1).pow(places) {
        let counts: Vec<i64> = (0..places)
            .map(|place| number / (largest + 1).pow(place) % (largest + 1))
            .collect();
        let shown = suppress(&counts, threshold);
        weeks.entry(shown).or_default().push(counts);
    }
    let mut found = Vec::new();
    for (shown, possible) in weeks {
        // Where more is hidden than was tried, not all that is possible was tried.
        let hidden = |week: &Vec<i64>| {
            let both = week.iter().zip(&shown.counts);
            both.filter(|(_, shown)| shown.is_none())
                .map(|(count, _)| count)
                .sum::<i64>()
        };
        if possible.iter().any(|week| hidden(week) > largest) {
            continue;
        }
        for place in (0..shown.counts.len()).filter(|&place| shown.counts[place].is_none()) {
            let values = possible.iter().map(|week| week[place]).collect();
            found.push((shown.clone(), place, values));
        }
    }
    found
}

#[test]
fn somebody_who_knows_the_rule_and_tries_every_week_learns_of_no_small_count_which_one_it_is() {
    for (places, largest, threshold) in [(1, 30, 4), (2, 30, 4), (3, 24, 4), (3, 26, 5), (4, 13, 3)]
    {
        let tried = tried(places, largest, threshold);
        assert!(!tried.is_empty());
        for (shown, place, values) in tried {
            // Of one that is hidden beside a small count it may be seen that it is large.
            let could_be_small = values.iter().any(|value| *value < i64::from(threshold));
            for small in 1..i64::from(threshold) {
                assert!(
                    !could_be_small || values.contains(&small),
                    "of {shown:?} the place {place} is one of {values:?} and not {small}"
                );
            }
        }
    }
}

proptest! {
    #[test]
    fn no_small_count_is_shown_nor_left_over(counts in prop::collection::vec(0_i64..60, 1..9)) {
        let shown = suppress(&counts, THRESHOLD);
        let threshold = i64::from(THRESHOLD);
        for (count, shown) in counts.iter().zip(&shown.counts) {
            prop_assert!(shown.is_none_or(|shown| shown == *count && (shown == 0 || shown >= threshold)));
        }
        prop_assert!(shown.total.is_none_or(|total| total == 0 || total >= threshold));
        // What is left of the total when all that is shown is taken off.
        let hidden = shown.counts.iter().filter(|count| count.is_none()).count();
        if let Some(total) = shown.total {
            let left = total - shown.counts.iter().flatten().sum::<i64>();
            prop_assert!(hidden != 1);
            prop_assert!(hidden == 0 || left - i64::try_from(hidden).unwrap_or(0) >= 2 * (threshold - 1));
        }
    }

    #[test]
    fn a_small_count_could_have_been_any_other(
        counts in prop::collection::vec(0_i64..60, 1..9), place in any::<prop::sample::Index>(),
        small in 1_i64..i64::from(THRESHOLD),
    ) {
        // What is taken from one place is given to its companion, and nobody sees a difference.
        let mut counts = counts;
        let place = place.index(counts.len());
        counts[place] = small;
        let before = suppress(&counts, THRESHOLD);
        if before.total.is_some() {
            let possible = (1..i64::from(THRESHOLD)).filter(|&other| {
                (0..counts.len()).any(|companion| {
                    let mut week = counts.clone();
                    week[place] = other;
                    week[companion] += small - other;
                    companion != place && suppress(&week, THRESHOLD) == before
                })
            });
            prop_assert!(possible.count() >= 2, "{counts:?} at {place}");
        }
    }
}
