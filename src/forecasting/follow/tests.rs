use proptest::prelude::*;

use super::*;
use crate::forecasting::{
    days::{Count, Unseen},
    prior::{Prior, baseline},
    quantiles::MEDIAN,
};

mod experiment;

fn first() -> NaiveDate {
    NaiveDate::from_ymd_opt(2026, 1, 5).expect("a day")
}

fn settings() -> Settings {
    Settings {
        members: 20,
        ..Settings::default()
    }
}

/// What is believed before any case was seen, the same in every test.
fn drawn(settings: &Settings) -> Ensemble {
    let mut draws = draws(settings.seed, "", first(), "baseline");
    baseline(&Prior::default(), settings.members, &mut draws)
}

fn series(days: Vec<Day>) -> Series {
    Series::new(first(), days).expect("days")
}

fn counted(cases: f64) -> Day {
    Day::Counted(Count::complete(cases))
}

/// What a model says that followed these, one after the other.
fn after(all: &[Series]) -> (Option<Twin>, Option<Ahead>) {
    let settings = settings();
    let baseline = drawn(&settings);
    let mut follower = Follower::new("north", Some(1e5), &settings, &baseline);
    for series in all {
        follower.follow(series.clone()).expect("an observation");
    }
    (follower.twin().cloned(), follower.ahead())
}

#[test]
fn nothing_is_said_before_there_was_a_case() {
    assert_eq!(after(&[series(vec![counted(0.0); 50])]), (None, None));
}

#[test]
fn steady_cases_go_on_by_all_they_know() {
    let days = (0..70).map(|day| counted(if day % 7 < 5 { 28.0 } else { 0.0 }));
    let (_, ahead) = after(&[series(days.collect())]);
    let ahead = ahead.expect("a forecast");
    assert_eq!(ahead.flat.recent_week, 140.0);
    let week = ahead.twin.weeks[0];
    assert!(week[1] < 140.0 && 140.0 < week[21], "{week:?}");
    assert!((100.0..190.0).contains(&week[MEDIAN]), "{week:?}");
    // The series ends on a Sunday; nobody reports at the next weekend.
    let weekend = ahead.twin.days[5][MEDIAN];
    assert!(
        weekend < 0.2 * ahead.twin.days[1][MEDIAN],
        "{:?}",
        ahead.twin.days
    );
    assert!((0.1..0.9).contains(&ahead.twin.rises));
}

#[test]
fn weeks_reported_as_one_number_are_followed_like_their_days() {
    let daily = series(vec![counted(20.0); 70]);
    let weekly = (0..70).map(|day| match day % 7 {
        6 => Day::Week(140.0),
        _ => Day::Unseen(Unseen::Missing),
    });
    let (_, daily) = after(&[daily]);
    let (_, weekly) = after(&[series(weekly.collect())]);
    let [daily, weekly] = [daily, weekly].map(|ahead| ahead.expect("a forecast").twin.weeks[0]);
    let ratio = weekly[MEDIAN] / daily[MEDIAN];
    assert!((0.8..1.25).contains(&ratio), "{ratio}");
}

/// Cases that nobody reported are no zeros.
#[test]
fn days_without_a_report_leave_what_is_believed() {
    let mut days = vec![counted(20.0); 60];
    days.extend([Day::Unseen(Unseen::Excluded); 10]);
    let (_, ahead) = after(&[series(days)]);
    assert_eq!(ahead, None, "the flat line has no week to carry on");
    let mut days = vec![counted(20.0); 70];
    for day in [40, 50, 51, 61, 66] {
        days[day] = Day::Unseen(Unseen::Suppressed);
    }
    let (_, gaps) = after(&[series(days)]);
    let median = gaps.expect("a forecast").twin.weeks[0][MEDIAN];
    assert!((105.0..175.0).contains(&median), "{median}");
}

/// Half of a day is known: the model takes it for the whole.
#[test]
fn an_incomplete_day_is_read_by_what_is_usually_known_of_it() {
    let mut days = vec![counted(20.0); 70];
    days[69] = Day::Counted(Count {
        new_cases: 10.0,
        share: 0.5,
        share_spread: 0.1,
    });
    let (_, half) = after(&[series(days.clone())]);
    days[69] = counted(10.0);
    let (_, fall) = after(&[series(days)]);
    let [half, fall] = [half, fall].map(|ahead| ahead.expect("a forecast"));
    assert_eq!(half.flat.recent_week, 140.0);
    assert_eq!(fall.flat.recent_week, 130.0);
    assert!(half.twin.weeks[0][MEDIAN] > fall.twin.weeks[0][MEDIAN] + 5.0);
}

fn any_day() -> impl Strategy<Value = Day> {
    prop_oneof![
        8 => (0_u16..60).prop_map(|cases| counted(f64::from(cases))),
        2 => (0_u16..60, 0.2..1.2_f64, 0.0..0.4_f64).prop_map(|(cases, share, share_spread)| {
            Day::Counted(Count { new_cases: f64::from(cases), share, share_spread })
        }),
        1 => (0_u16..300).prop_map(|cases| Day::Week(f64::from(cases))),
        2 => Just(Day::Unseen(Unseen::Missing)),
        1 => Just(Day::Unseen(Unseen::TooYoung)),
    ]
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(48))]

    /// However it came to know what it knows: day by day, with days corrected long after, or
    /// all at once.
    #[test]
    fn a_model_that_followed_is_to_the_bit_one_that_began_anew(
        days in prop::collection::vec(any_day(), 40..90),
        changes in prop::collection::vec((any::<prop::sample::Index>(), any_day()), 1..6),
        steps in 1_usize..4,
    ) {
        let mut days = days;
        let Some(mut known) = Series::new(first(), days[..30].to_vec()).map(|known| vec![known]) else {
            return Ok(());
        };
        for (index, day) in &changes {
            let at = index.index(days.len());
            days[at] = *day;
            known.extend(Series::new(first(), days[..30 + at % (days.len() - 30)].to_vec()));
        }
        let ends = (30..=days.len()).step_by(steps);
        known.extend(ends.filter_map(|end| Series::new(first(), days[..end].to_vec())));
        let anew = known.last().cloned();
        prop_assert_eq!(after(&known), after(anew.as_slice()));
    }

    #[test]
    fn whatever_is_reported_forecasts_rise_with_their_level(
        days in prop::collection::vec(any_day(), 40..90),
    ) {
        let Some(series) = Series::new(first(), days) else { return Ok(()) };
        if let (_, Some(ahead)) = after(&[series]) {
            let weeks = ahead.twin.weeks.iter().chain(&ahead.flat.weeks);
            for quantiles in weeks.chain(&ahead.twin.days).chain(&ahead.flat.days) {
                prop_assert!(quantiles.is_sorted() && quantiles[0] >= 0.0, "{:?}", quantiles);
                prop_assert!(quantiles.iter().all(|quantile| quantile.is_finite()));
            }
        }
    }
}
