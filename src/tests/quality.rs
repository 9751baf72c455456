//! What in the counts somebody should look at, as a page and in real data.

use std::collections::BTreeMap;

use chrono::NaiveDate;

use super::{portal::TestPortal, real_data::shared};
use crate::surveillance::quality::{Count, Series, What, findings};

#[tokio::test]
async fn each_finding_leads_to_its_days() {
    let portal = TestPortal::start().await;
    let alder = portal.onboard("alder").await;
    alder.reports("north", "2026-01-01", &[40; 20]).await;
    alder.reports("north", "2026-01-24", &[40; 20]).await;
    alder.reports("south", "2026-01-01", &[40; 20]).await;
    let mut browser = alder.epidemiologist().await;
    let page = browser.get("/data/quality").await.text;
    for words in [
        "2 things to look at in the reports from 1 January 2026 to 12 February 2026",
        "Gaps (1)",
        "/?location=north&amp;from=2026-01-07&amp;to=2026-02-06",
        "3 days not reported",
        "Silent locations (1)",
        "silent for 23 days; it used to report every day",
    ] {
        assert!(page.contains(words), "{words}: {page}");
    }
    let cases = browser
        .get("/?location=north&from=2026-01-07&to=2026-02-06")
        .await;
    assert_eq!(cases.status, 200);
    for (query, status) in [("days=90", 200), ("days=all", 200), ("days=x", 400)] {
        let answer = browser.get(&format!("/data/quality?{query}")).await;
        assert_eq!(answer.status.as_u16(), status, "{query}");
    }
}

#[tokio::test]
async fn a_department_has_its_own_findings_and_none_is_said_in_words() {
    let portal = TestPortal::start().await;
    let (alder, birch) = (portal.onboard("alder").await, portal.onboard("birch").await);
    let empty = alder.epidemiologist().await.get("/data/quality").await.text;
    assert!(empty.contains("Nothing has been reported yet"), "{empty}");
    alder.reports("north", "2026-01-01", &[40; 20]).await;
    birch.reports("south", "2026-01-01", &[40; 20]).await;
    birch.reports("south", "2026-01-24", &[40; 20]).await;
    let page = alder.epidemiologist().await.get("/data/quality").await.text;
    assert!(
        page.contains("Nothing to look at in the reports from"),
        "{page}"
    );
    assert!(!page.contains("SOUTH"));
}

/// 86 health regions of Canada over three years. The negatives are 192, as counted with awk.
#[test]
fn what_is_known_of_real_regions_is_found() {
    let (Some(text), Some(places)) = (
        shared("ca_health_regions_daily.csv"),
        shared("ca_health_regions_locations.csv"),
    ) else {
        return;
    };
    let populations: BTreeMap<&str, i64> = places
        .lines()
        .skip(1)
        .filter_map(|line| {
            let fields: Vec<&str> = line.split(',').collect();
            Some((*fields.get(1)?, fields.last()?.parse().ok()?))
        })
        .collect();
    let mut regions: BTreeMap<&str, Vec<Count>> = BTreeMap::new();
    for line in text.lines().skip(1) {
        let fields: Vec<&str> = line.split(',').collect();
        let [_, location, date, cases] = fields[..] else {
            panic!("{line}");
        };
        regions.entry(location).or_default().push(Count {
            date: date.parse().expect("a date"),
            days: 1,
            new_cases: Some(cases.parse().expect("a number")),
        });
    }
    assert_eq!(regions.len(), 86);
    let latest: NaiveDate = "2023-01-07".parse().expect("a date");
    let mut kinds: BTreeMap<&str, usize> = BTreeMap::new();
    let (mut negative_days, mut weekly, mut spikes) = (0, Vec::new(), Vec::new());
    for (location, mut counts) in regions {
        counts.sort_by_key(|count| count.date);
        let series = Series {
            location_id: location.to_owned(),
            name: location.to_owned(),
            population: populations.get(location).copied(),
            counts,
        };
        for found in findings(&series, latest) {
            let kind = match found.what {
                What::Gap { .. } => "gap",
                What::Spike { .. } => "spike",
                What::Weekly { .. } => "weekly",
                What::Stale { .. } => "stale",
                What::Negative { .. } => "negative",
                What::TooMany { .. } => "too many",
                What::SuddenZero { .. } => "zero",
            };
            *kinds.entry(kind).or_default() += 1;
            match found.what {
                What::Weekly { weeks } if weeks >= 40 => weekly.push(found.name),
                What::Spike { .. } => spikes.push((found.name, found.first_day.to_string())),
                What::Negative { .. } => {
                    negative_days += (found.last_day - found.first_day).num_days() + 1;
                }
                _ => {}
            }
        }
    }
    // New Brunswick's seven and Manitoba's five report once a week from March 2022 on; others do
    // for shorter.
    for region in [
        1301, 1302, 1303, 1304, 1305, 1306, 1307, 4601, 4602, 4603, 4604, 4605,
    ] {
        assert!(weekly.contains(&region.to_string()), "{region}: {weekly:?}");
    }
    // On 8 March 2022 Newfoundland counted weeks of rapid tests in one day.
    for region in [1011, 1012, 1013, 1014] {
        let day = (region.to_string(), "2022-03-08".to_owned());
        assert!(spikes.contains(&day), "{region}: {spikes:?}");
    }
    // About one spike a region in three years: few enough to be looked at.
    assert_eq!(
        kinds.into_iter().collect::<Vec<_>>(),
        [
            ("negative", 100),
            ("spike", 97),
            ("stale", 56),
            ("weekly", 15),
            ("zero", 12)
        ]
    );
    assert_eq!(negative_days, 192);
}
