//! What is typed: the commands, over the portal's own database.

use std::path::PathBuf;

use clap::Parser as _;
use sqlx::ConnectOptions as _;
use uuid::Uuid;

use super::{databases::secret, portal::TestPortal};
use crate::{Config, Result, commands::Command};

/// Types a command as whoever runs the portal does, with `DATABASE_URL` set.
pub async fn type_in(portal: &TestPortal, words: &[&str]) -> Result<()> {
    let config = Config {
        database_url: Some(portal.server.connect_as_owner().to_url_lossy().into()),
        secret: Some(secret()),
        ..Config::from_lookup(|_| None)?
    };
    let command = Command::try_parse_from([&["cordon"], words].concat()).expect("a command");
    command.run(config).await
}

/// A file that is gone when the test ends.
pub struct Csv(PathBuf);

impl Csv {
    /// With this text.
    pub fn of(text: &str) -> Self {
        let path = std::env::temp_dir().join(format!("cordon-{}.csv", Uuid::new_v4().simple()));
        std::fs::write(&path, text).expect("written");
        Self(path)
    }

    /// Where it is.
    pub fn path(&self) -> &str {
        self.0.to_str().expect("a path")
    }
}

impl Drop for Csv {
    fn drop(&mut self) {
        std::fs::remove_file(&self.0).expect("removed");
    }
}

/// `as_of superseded_on new_cases`, oldest first.
async fn history(portal: &TestPortal) -> Vec<String> {
    sqlx::query_scalar(
        "select concat_ws(' ', date, as_of, superseded_on, new_cases, kind) from observations order by date, as_of",
    )
    .fetch_all(&mut portal.owner().await)
    .await
    .expect("the history")
}

#[tokio::test]
async fn a_file_is_imported_once_however_often_it_is_sent() {
    let portal = TestPortal::start().await;
    portal.onboard("alder").await;
    let file = Csv::of("date,location_id,new_cases\n2026-03-01,north,5\n2026-03-02,north,0\n");
    for _ in 0..2 {
        type_in(
            &portal,
            &["import", "alder", file.path(), "--as-of", "2026-03-03"],
        )
        .await
        .expect("imported");
    }
    assert_eq!(
        history(&portal).await,
        [
            "2026-03-01 2026-03-03 infinity 5 count",
            "2026-03-02 2026-03-03 infinity 0 count",
        ]
    );
}

#[tokio::test]
async fn one_bad_line_and_nothing_of_the_file_is_stored() {
    let portal = TestPortal::start().await;
    portal.onboard("alder").await;
    let file = Csv::of("date,location_id,new_cases\n2026-03-01,north,5\n2026-03-02,north,many\n");
    let refusal = type_in(&portal, &["import", "alder", file.path()]).await;
    let words = refusal.expect_err("refused").to_string();
    assert!(words.contains("line 3: `many`"), "{words}");
    assert!(history(&portal).await.is_empty());
}

#[tokio::test]
async fn a_negative_number_is_stored_only_as_a_declared_correction() {
    let portal = TestPortal::start().await;
    portal.onboard("alder").await;
    let file = Csv::of("date,location_id,new_cases\n2026-03-01,north,-5\n");
    let words = type_in(&portal, &["import", "alder", file.path()])
        .await
        .expect_err("refused")
        .to_string();
    assert!(
        words.contains("line 2") && words.contains("--corrections"),
        "{words}"
    );
    let declared = [
        "import",
        "alder",
        file.path(),
        "--corrections",
        "--as-of",
        "2026-03-03",
    ];
    type_in(&portal, &declared).await.expect("imported");
    assert_eq!(
        history(&portal).await,
        ["2026-03-01 2026-03-03 infinity -5 correction"]
    );
}

#[tokio::test]
async fn a_location_that_a_department_does_not_have_is_named_by_its_line() {
    let portal = TestPortal::start().await;
    let alder = portal.onboard("alder").await;
    alder.reports("north", "2026-03-01", &[5]).await;
    let file = Csv::of("date,location_id,new_cases\n2026-03-02,north,5\n2026-03-02,nroth,5\n");
    let words = type_in(&portal, &["import", "alder", file.path()])
        .await
        .expect_err("refused")
        .to_string();
    assert!(
        words.contains("line 3: the department has no location `nroth`"),
        "{words}"
    );
    let places = Csv::of("location_id,name,population\nnroth,Nroth,1200\nelsewhere,Elsewhere,3\n");
    type_in(
        &portal,
        &["import", "alder", file.path(), "--locations", places.path()],
    )
    .await
    .expect("imported");
    let names: Vec<(String, Option<i32>)> =
        sqlx::query_as("select name, population from locations order by location_id")
            .fetch_all(&mut portal.owner().await)
            .await
            .expect("locations");
    assert_eq!(
        names,
        [
            ("NORTH".into(), Some(100_000)),
            ("Nroth".into(), Some(1_200))
        ]
    );
}

#[tokio::test]
async fn a_dry_run_stores_nothing_and_a_stranger_is_told_there_is_no_such_department() {
    let portal = TestPortal::start().await;
    portal.onboard("alder").await;
    let file = Csv::of("date,location_id,new_cases\n2026-03-01,north,5\n");
    type_in(&portal, &["import", "alder", file.path(), "--dry-run"])
        .await
        .expect("tried");
    assert!(history(&portal).await.is_empty());
    let words = type_in(&portal, &["import", "birch", file.path()])
        .await
        .expect_err("refused")
        .to_string();
    assert!(words.contains("no department birch"), "{words}");
}

#[tokio::test]
async fn what_was_known_when_does_not_depend_on_the_order_of_arrival() {
    let reports = [
        ("2026-03-02", 5),
        ("2026-03-04", 9),
        ("2026-03-06", 9),
        ("2026-03-08", 7),
    ];
    let expected = [
        "2026-03-01 2026-03-02 2026-03-04 5 count",
        "2026-03-01 2026-03-04 2026-03-08 9 count",
        "2026-03-01 2026-03-08 infinity 7 count",
    ];
    for order in [[0, 1, 2, 3], [3, 1, 0, 2], [2, 3, 1, 0], [1, 0, 3, 2]] {
        let portal = TestPortal::start().await;
        portal.onboard("alder").await;
        for (as_of, new_cases) in order.map(|at: usize| reports[at]) {
            let file = Csv::of(&format!(
                "date,location_id,new_cases\n2026-03-01,north,{new_cases}\n"
            ));
            type_in(&portal, &["import", "alder", file.path(), "--as-of", as_of])
                .await
                .expect("imported");
        }
        let known = history(&portal).await;
        // What a day later repeats may be stored again; what is known on each day may not differ.
        let on = |day: &str| {
            known
                .iter()
                .filter(|row| {
                    let fields: Vec<&str> = row.split(' ').collect();
                    fields[1] <= day && (fields[2] == "infinity" || day < fields[2])
                })
                .map(|row| row.split(' ').nth(3).expect("a number").to_owned())
                .collect::<Vec<_>>()
        };
        for (day, new_cases) in [
            ("2026-03-02", "5"),
            ("2026-03-03", "5"),
            ("2026-03-05", "9"),
            ("2026-03-07", "9"),
            ("2026-03-09", "7"),
        ] {
            assert_eq!(on(day), [new_cases], "{order:?} on {day}");
        }
        if order == [0, 1, 2, 3] {
            assert_eq!(known, expected);
        }
    }
}

#[tokio::test]
async fn a_department_is_onboarded_once_and_the_proof_of_isolation_holds() {
    let portal = TestPortal::start().await;
    let words = [
        "onboard",
        "alder",
        "--name",
        "Alder County",
        "--contact",
        "epi@alder.example",
    ];
    type_in(&portal, &words).await.expect("on board");
    let again = type_in(&portal, &words)
        .await
        .expect_err("refused")
        .to_string();
    assert!(again.contains("taken"), "{again}");
    type_in(&portal, &["verify"]).await.expect("it holds");
    type_in(&portal, &["migrate"]).await.expect("up to date");
}
