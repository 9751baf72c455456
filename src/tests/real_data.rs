//! Reports of real departments, where the folder with them stands beside the repository.
//!
//! CC BY 4.0, COVID-19 Canada Open Data Working Group; cite Berry et al. 2021,
//! doi:10.1038/s41597-021-00955-2.

use std::{collections::BTreeMap, io::Write as _, path::PathBuf};

use super::{
    commands::{Csv, type_in},
    portal::TestPortal,
};

/// A file of `../shared/data`. Where the folder is absent the test says so, past the capture
/// of what tests print.
pub fn shared(name: &str) -> Option<String> {
    let path = PathBuf::from("../shared/data").join(name);
    let text = std::fs::read_to_string(path).ok();
    if text.is_none() {
        let said = writeln!(
            std::io::stderr(),
            "SKIPPED: ../shared is not here, and {name} with it"
        );
        said.expect("said");
    }
    text
}

/// The file's parts by its first column, each with the header.
fn by_department(text: &str) -> BTreeMap<&str, String> {
    let mut lines = text.lines();
    let header = lines.next().unwrap_or_default();
    let mut parts = BTreeMap::new();
    for line in lines {
        let department = line.split(',').next().unwrap_or_default();
        let part: &mut String = parts
            .entry(department)
            .or_insert_with(|| format!("{header}\n"));
        part.push_str(line);
        part.push('\n');
    }
    parts
}

/// Rows and their sum, as counted with awk.
const KNOWN: [(&str, u64, i64); 3] = [
    ("ca-ab", 1_825, 356_862),
    ("ca-bc", 1_825, 227_359),
    ("ca-qc", 6_570, 719_291),
];

#[tokio::test]
async fn three_real_departments_are_imported_to_the_last_case() {
    let Some(text) = shared("demo_3_departments.csv") else {
        return;
    };
    let portal = TestPortal::start().await;
    let parts = by_department(&text);
    assert_eq!(parts.len(), KNOWN.len());
    for (id, rows, sum) in KNOWN {
        let department = portal.onboard(id).await;
        let file = Csv::of(&parts[id]);
        type_in(&portal, &["import", id, file.path()])
            .await
            .expect("every row is good");
        let new: i64 =
            sqlx::query_scalar("select sum(new_rows)::bigint from uploads where tenant_id = $1")
                .bind(id)
                .fetch_one(&mut portal.owner().await)
                .await
                .expect("a count");
        assert_eq!(new.unsigned_abs(), rows, "{id}");
        let file = department
            .epidemiologist()
            .await
            .get("/data/daily.csv?from=2000-01-01")
            .await;
        let total: i64 = file
            .text
            .lines()
            .skip(1)
            .filter_map(|row| row.split(',').nth(1)?.parse::<i64>().ok())
            .sum();
        assert_eq!(total, sum, "{id}");
    }
}

#[tokio::test]
async fn real_corrections_are_named_by_line_and_taken_when_declared() {
    let (Some(text), Some(places)) = (
        shared("ca_health_regions_daily.csv"),
        shared("ca_health_regions_locations.csv"),
    ) else {
        return;
    };
    let portal = TestPortal::start().await;
    let part = Csv::of(&by_department(&text)["ca-ns-1204"]);
    let places = Csv::of(&places);
    let department = portal.onboard("ca-ns-1204").await;
    let words = [
        "import",
        "ca-ns-1204",
        part.path(),
        "--locations",
        places.path(),
    ];
    let refusal = type_in(&portal, &words)
        .await
        .expect_err("negatives are refused")
        .to_string();
    assert_eq!(
        refusal.matches("are fewer than none").count(),
        47,
        "{refusal}"
    );
    type_in(&portal, &[&words[..], &["--corrections"]].concat())
        .await
        .expect("they are declared");
    let corrections: i64 =
        sqlx::query_scalar("select count(*) from observations where kind = 'correction'")
            .fetch_one(&mut portal.owner().await)
            .await
            .expect("counted");
    assert_eq!(corrections, 47);
    let page = department
        .epidemiologist()
        .await
        .get("/?from=2000-01-01")
        .await;
    assert_eq!(page.status, axum::http::StatusCode::OK);
}

/// Three of Ontario's health units that report daily. Nothing of the model was chosen on them.
const ONTARIO: [&str; 3] = ["3537", "3553", "3595"];

/// The last day that is known: after two waves, in the first weeks of the largest.
const UNTIL: &str = "2021-12-26";

/// The rows of `text` that are of [`ONTARIO`] and of one department; `location_id` is the second
/// column.
fn of_ontario(text: &str, is_wanted: impl Fn(&str) -> bool) -> String {
    let rows = text.lines().skip(1).filter_map(|row| row.split_once(','));
    let rows = rows.map(|(_, rest)| rest).filter(|rest| {
        let location = rest.split(',').next().unwrap_or_default();
        ONTARIO.contains(&location) && is_wanted(rest)
    });
    let header = text.lines().next().and_then(|row| row.split_once(','));
    let header = header.map(|(_, rest)| rest).unwrap_or_default();
    rows.fold(format!("{header}\n"), |text, row| text + row + "\n")
}

#[tokio::test]
async fn forecasts_of_real_places_earn_a_record_better_than_the_flat_lines() {
    let (Some(text), Some(places)) = (
        shared("ca_health_regions_daily.csv"),
        shared("ca_health_regions_locations.csv"),
    ) else {
        return;
    };
    let portal = TestPortal::start().await;
    portal.onboard("ontario").await;
    let known = |row: &str| {
        let date = row.split(',').nth(1).unwrap_or_default();
        ("2020-06-01"..=UNTIL).contains(&date)
    };
    let counts = Csv::of(&of_ontario(&text, known));
    let places = Csv::of(&of_ontario(&places, |_| true));
    let import = ["import", "ontario", counts.path(), "--as-of", UNTIL];
    let import = [
        &import[..],
        &["--locations", places.path(), "--corrections"],
    ]
    .concat();
    type_in(&portal, &import).await.expect("imported");
    type_in(&portal, &["forecast", "ontario", "--hindcast"])
        .await
        .expect("replayed");
    let records: Vec<(String, i32, f64, f64, f64)> = sqlx::query_as(
        "select location_id, origins, relative_wis, relative_log_wis, coverage_95
         from outlooks where state_id = (select state_id from outlooks order by state_id desc limit 1)",
    )
    .fetch_all(&mut portal.owner().await)
    .await
    .expect("records");
    // And the department as a whole.
    assert_eq!(records.len(), ONTARIO.len() + 1, "{records:?}");
    for (place, origins, wis, log_wis, coverage) in records {
        let said = format!("{place:?}: {origins} {wis:.3} {log_wis:.3} {coverage:.3}");
        assert!(origins >= 45, "{said}");
        assert!(wis <= 0.9 && log_wis <= 0.9, "{said}");
        assert!((0.85..=0.99).contains(&coverage), "{said}");
    }
}
