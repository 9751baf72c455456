//! What was known on a day can be seen again as it was known on that day.

use std::collections::{BTreeMap, BTreeSet};

use chrono::{Days, NaiveDate};
use rand::{RngExt as _, SeedableRng as _, rngs::StdRng};

use super::{
    portal::{Department, TestPortal},
    real_data::shared,
};
use crate::{
    Error,
    surveillance::{
        LocationId, Window,
        daily::daily_counts,
        uploads::{
            NewUpload, Source, undo,
            whole::{Value, store},
        },
    },
};

fn day(text: &str) -> NaiveDate {
    text.parse().expect("a day")
}

/// Uploads `location, date, new_cases` as known on `as_of`.
async fn upload(
    portal: &TestPortal,
    department: &Department<'_>,
    as_of: NaiveDate,
    rows: &[(&str, NaiveDate, i32)],
) {
    let values: Vec<Value> = rows
        .iter()
        .map(|(location, date, new_cases)| Value {
            date: *date,
            location: LocationId::parse(location).expect("a location"),
            new_cases: *new_cases,
        })
        .collect();
    let new = NewUpload {
        source: Source::Command,
        file_name: "cases.csv",
        as_of,
        by: "test",
        idempotency_key: None,
        undoes: None,
    };
    let mut tx = department.begin().await;
    store(&mut tx, &new, &values, &[], portal.app.clock.now())
        .await
        .expect("stored");
    tx.commit().await.expect("committed");
}

/// New cases of the first days of March, as the file says them on `as_of`.
async fn known(department: &Department<'_>, as_of: &str) -> Vec<String> {
    let file = department
        .epidemiologist()
        .await
        .get(&format!(
            "/data/daily.csv?from=2026-03-01&to=2026-03-03&as_of={as_of}"
        ))
        .await;
    file.text
        .lines()
        .skip(1)
        .map(|row| row.split(',').nth(1).expect("a number").to_owned())
        .collect()
}

#[tokio::test]
async fn a_second_upload_of_one_day_supersedes_the_first_and_both_are_kept() {
    let portal = TestPortal::start().await;
    let alder = portal.onboard("alder").await;
    let (first, as_of) = (day("2026-03-01"), day("2026-03-05"));
    upload(&portal, &alder, as_of, &[("north", first, 5)]).await;
    upload(&portal, &alder, as_of, &[("north", first, 7)]).await;
    upload(&portal, &alder, day("2026-03-09"), &[("north", first, 8)]).await;
    assert_eq!(known(&alder, "2026-03-04").await, [""; 0]);
    assert_eq!(known(&alder, "2026-03-05").await, ["7"]);
    assert_eq!(known(&alder, "2026-03-08").await, ["7"]);
    assert_eq!(known(&alder, "").await, ["8"]);
    let kept: Vec<i32> =
        sqlx::query_scalar("select new_cases from observations order by upload_no")
            .fetch_all(&mut portal.owner().await)
            .await
            .expect("rows");
    assert_eq!(kept, [5, 7, 8]);
}

#[tokio::test]
async fn an_upload_is_taken_back_and_brought_back_and_nothing_is_erased() {
    let portal = TestPortal::start().await;
    let alder = portal.onboard("alder").await;
    let days: Vec<NaiveDate> = day("2026-03-01").iter_days().take(3).collect();
    let one = [("north", days[0], 5), ("north", days[1], 6)];
    let two = [
        ("north", days[0], 50),
        ("north", days[1], 6),
        ("north", days[2], 9),
    ];
    upload(&portal, &alder, day("2026-03-05"), &one).await;
    upload(&portal, &alder, day("2026-03-06"), &two).await;
    assert_eq!(known(&alder, "").await, ["50", "6", "9"]);

    let now = portal.app.clock.now();
    let mut tx = alder.begin().await;
    assert!(matches!(
        undo::undo_or_redo(&mut tx, 1, "epi", now).await,
        Err(Error::Conflict(_))
    ));
    // Its turn ends here, and not whenever the connection is cleaned.
    tx.commit().await.expect("nothing to keep");
    for (upload_no, after) in [
        (2, vec!["5", "6"]),
        (1, vec![]),
        // Brought back in the order in which they were made.
        (1, vec!["5", "6"]),
        (2, vec!["50", "6", "9"]),
    ] {
        let mut tx = alder.begin().await;
        undo::undo_or_redo(&mut tx, upload_no, "epi", now)
            .await
            .expect("undone or redone");
        tx.commit().await.expect("committed");
        assert_eq!(known(&alder, "").await, after, "{upload_no}");
        // What was believed then was believed then.
        assert_eq!(known(&alder, "2026-03-07").await, ["50", "6", "9"]);
    }
    let mut tx = alder.begin().await;
    for unknown in [0, 7, -1] {
        assert!(matches!(
            undo::undo_or_redo(&mut tx, unknown, "epi", now).await,
            Err(Error::NotFound(_))
        ));
    }
}

/// The real archive: `(as_of, location, date, new_cases)`.
fn archive(text: &str) -> Vec<(NaiveDate, String, NaiveDate, i32)> {
    text.lines()
        .skip(1)
        .map(|row| {
            let cells: Vec<&str> = row.split(',').collect();
            (
                day(cells[3]),
                cells[1].to_owned(),
                day(cells[2]),
                cells[4].parse().expect("a number"),
            )
        })
        .collect()
}

#[tokio::test]
async fn a_real_archive_replayed_upload_by_upload_answers_every_as_of_exactly() {
    let Some(text) = shared("ca_asof_archive.csv") else {
        return;
    };
    let portal = TestPortal::start().await;
    let rows = archive(&text);
    let canada = portal.onboard("canada").await;
    let mut uploads: BTreeMap<NaiveDate, Vec<(&str, NaiveDate, i32)>> = BTreeMap::new();
    for (as_of, location, date, new_cases) in &rows {
        uploads
            .entry(*as_of)
            .or_default()
            .push((location, *date, *new_cases));
    }
    assert!(uploads.len() > 60, "{} uploads", uploads.len());
    for (as_of, rows) in &uploads {
        upload(&portal, &canada, *as_of, rows).await;
    }
    let (first, last) = (
        *uploads.keys().next().expect("an upload"),
        *uploads.keys().last().expect("an upload"),
    );
    let span = u64::try_from((last - first).num_days()).expect("in order");
    let every = Window::new(day("2019-01-01"), day("2026-01-01")).expect("in order");
    let mut random = StdRng::seed_from_u64(7);
    let mut asked = 0;
    for _ in 0..10 {
        let on = first + Days::new(random.random_range(0..=span));
        // The latest value of each place and day that was known by then.
        let mut latest: BTreeMap<(&str, NaiveDate), (NaiveDate, i64)> = BTreeMap::new();
        for (as_of, location, date, new_cases) in rows.iter().filter(|row| row.0 <= on) {
            let value = (*as_of, i64::from(*new_cases));
            let known = latest.entry((location, *date)).or_insert(value);
            *known = (*known).max(value);
        }
        // Each place by itself, as a page would ask.
        let places: BTreeSet<&str> = latest.keys().map(|(place, _)| *place).collect();
        for place in places {
            let expected: Vec<(NaiveDate, i64)> = latest
                .iter()
                .filter(|((location, _), _)| *location == place)
                .map(|((_, date), (_, new_cases))| (*date, *new_cases))
                .collect();
            let location = LocationId::parse(place).expect("an id");
            let mut tx = canada.begin().await;
            let counts = daily_counts(&mut tx, every, &[location], Some(on))
                .await
                .expect("counts");
            let found: Vec<(NaiveDate, i64)> = counts
                .iter()
                .map(|count| (count.date, count.new_cases))
                .collect();
            assert_eq!(found, expected, "{place} on {on}");
            asked += found.len();
        }
    }
    assert!(asked > 10_000, "{asked} values were compared");
}
