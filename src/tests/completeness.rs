//! How complete first reports are, learnt by the database from what was uploaded when.

use std::collections::BTreeMap;

use chrono::{NaiveDate, TimeDelta};

use super::{
    portal::{Department, TestPortal},
    real_data::shared,
};
use crate::surveillance::{
    LocationId, Window,
    annotation::{self, Kind, NewAnnotation},
    completeness::{self, AgeShares, Completeness},
    uploads::{
        Batch, NewUpload, Source,
        places::{self, NewPlace},
        register,
        store::store_rows,
    },
};

/// Stores values as an upload of `as_of`: location, day, new cases.
pub async fn upload(
    portal: &TestPortal,
    department: &Department<'_>,
    as_of: NaiveDate,
    values: &[(&str, NaiveDate, i32)],
) {
    let mut tx = department.begin().await;
    let mut ids: Vec<NewPlace> = values
        .iter()
        .map(|(location, ..)| NewPlace::unnamed(LocationId::parse(location).expect("an id")))
        .collect();
    ids.sort_by(|a, b| a.location.cmp(&b.location));
    ids.dedup();
    places::add(&mut tx, &ids, "test", portal.app.clock.now())
        .await
        .expect("places");
    let new = NewUpload {
        source: Source::Command,
        file_name: "counts.csv",
        as_of,
        by: "test",
        idempotency_key: None,
        undoes: None,
    };
    let now = portal.app.clock.now();
    let number = register::open(&mut tx, &new, now).await.expect("a number");
    let mut batch = Batch::default();
    for (location, date, new_cases) in values {
        batch.push(location, *date, 1, Some(*new_cases));
    }
    let tally = store_rows(&mut tx, &batch, as_of, number)
        .await
        .expect("stored");
    register::accept(&mut tx, number, tally, 0, "test", now)
        .await
        .expect("accepted");
    tx.commit().await.expect("committed");
}

/// Uploads each day from `first` on what is known that day: half of a day's 100 cases on the
/// day itself, 80 the day after, all of them two days later.
pub async fn slow_reports(
    portal: &TestPortal,
    department: &Department<'_>,
    location: &str,
    first: NaiveDate,
    days: i64,
) {
    for after in 0..days {
        let today = first + TimeDelta::days(after);
        let values: Vec<_> = [50, 80, 100]
            .into_iter()
            .zip(0..=after)
            .map(|(cases, age)| (location, today - TimeDelta::days(age), cases))
            .collect();
        upload(portal, department, today, &values).await;
    }
}

fn day(text: &str) -> NaiveDate {
    text.parse().unwrap_or_default()
}

async fn learnt(department: &Department<'_>, on: Option<&str>, of: &[&str]) -> Completeness {
    let locations: Vec<LocationId> = of
        .iter()
        .map(|id| LocationId::parse(id).expect("an id"))
        .collect();
    let mut tx = department.begin().await;
    completeness::read(&mut tx, on.map(day), &locations)
        .await
        .expect("an answer")
}

fn medians(learnt: &Completeness) -> Vec<Option<f64>> {
    let median = |age: &AgeShares| age.shares.map(|shares| shares.median);
    learnt.ages.iter().map(median).take(4).collect()
}

#[tokio::test]
async fn a_department_learns_from_its_own_uploads() {
    let portal = TestPortal::start().await;
    let alder = portal.onboard("alder").await;
    let birch = portal.onboard("birch").await;
    slow_reports(&portal, &alder, "north", day("2026-01-01"), 50).await;
    upload(
        &portal,
        &birch,
        day("2026-02-19"),
        &[("north", day("2026-02-19"), 7)],
    )
    .await;

    let known = learnt(&alder, None, &[]).await;
    assert_eq!((known.as_of, known.uploads), (day("2026-02-19"), 50));
    assert_eq!(known.days, 22);
    assert_eq!(
        medians(&known),
        [Some(0.5), Some(0.8), Some(1.0), Some(1.0)]
    );
    assert_eq!(known.complete_from, Some(2));
    let expected = known.expected(day("2026-02-18"), 40.0);
    assert_eq!(expected.map(|expected| expected.median), Some(50.0));

    // As it was known then, there was too little to learn from.
    let before = learnt(&alder, Some("2026-02-07"), &[]).await;
    assert_eq!(
        (before.uploads, before.days, before.complete_from),
        (38, 10, None)
    );
    // Another department's history is not this one's.
    let others = learnt(&birch, None, &[]).await;
    assert_eq!(
        (others.uploads, others.days, others.complete_from),
        (1, 0, None)
    );
}

#[tokio::test]
async fn a_bulk_load_of_old_days_teaches_nothing() {
    let portal = TestPortal::start().await;
    let alder = portal.onboard("alder").await;
    slow_reports(&portal, &alder, "north", day("2026-01-01"), 50).await;
    // A second location, and its past, in one file.
    let history: Vec<_> = (0..100)
        .map(|back| ("south", day("2026-02-15") - TimeDelta::days(back), 1_000))
        .collect();
    upload(&portal, &alder, day("2026-02-16"), &history).await;
    let known = learnt(&alder, None, &[]).await;
    assert_eq!(known.days, 22);
    assert_eq!(
        medians(&known),
        [Some(0.5), Some(0.8), Some(1.0), Some(1.0)]
    );
}

#[tokio::test]
async fn a_location_without_history_borrows_what_is_incomplete_and_not_how_much() {
    let portal = TestPortal::start().await;
    let alder = portal.onboard("alder").await;
    slow_reports(&portal, &alder, "north", day("2026-01-01"), 50).await;
    upload(
        &portal,
        &alder,
        day("2026-02-19"),
        &[("south", day("2026-02-19"), 7)],
    )
    .await;
    let known = learnt(&alder, None, &["south"]).await;
    assert_eq!((known.own, known.complete_from), (false, Some(2)));
    assert_eq!(known.is_incomplete(day("2026-02-18")), Some(true));
    assert_eq!(known.expected(day("2026-02-18"), 40.0), None);
}

/// Québec's 18 regions as one department. Its weekly uploads take a day's own count at its
/// half, and the next day's nearly in full. On 7 October 2022 a new case definition multiplied
/// four weeks by five: a note that excludes them leaves what reporting delays alone do.
#[tokio::test]
async fn a_real_department_has_the_completeness_that_was_counted_by_other_means() {
    let Some(text) = shared("ca_asof_archive.csv") else {
        return;
    };
    let portal = TestPortal::start().await;
    let quebec = portal.onboard("quebec").await;
    let mut uploads: BTreeMap<NaiveDate, Vec<(&str, NaiveDate, i32)>> = BTreeMap::new();
    for line in text.lines().filter(|line| line.starts_with("ca-qc")) {
        let fields: Vec<&str> = line.split(',').collect();
        let [_, location, date, as_of, cases] = fields[..] else {
            panic!("{line}");
        };
        let cases = cases.parse().expect("a number");
        let upload = uploads.entry(day(as_of)).or_default();
        upload.push((location, day(date), cases));
    }
    assert_eq!(uploads.len(), 56);
    for (as_of, values) in &uploads {
        upload(&portal, &quebec, *as_of, values).await;
    }
    let shares = |known: &Completeness, age: usize| known.ages[age].shares.expect("learnt");
    let known = learnt(&quebec, None, &[]).await;
    assert_eq!(
        (known.as_of, known.complete_from),
        (day("2022-11-16"), Some(1))
    );
    assert!((0.5..0.6).contains(&shares(&known, 0).median));
    assert!(shares(&known, 1).median > 0.98);
    assert!(shares(&known, 6).lowest < 0.5, "{:?}", known.ages[6]);

    let mut tx = quebec.begin().await;
    let note = NewAnnotation {
        id: uuid::Uuid::new_v4(),
        days: Window::new(day("2022-09-09"), day("2022-10-06")).expect("in order"),
        location: None,
        kind: Kind::CaseDefinition,
        text: "Reinfections count as cases",
        excluded_from_fitting: true,
    };
    annotation::add(&mut tx, &note, "test", portal.app.clock.now())
        .await
        .expect("noted");
    tx.commit().await.expect("committed");
    let known = learnt(&quebec, None, &[]).await;
    assert!(shares(&known, 6).lowest > 0.9, "{:?}", known.ages[6]);
}
