//! Requests that cost more than they should: answers have a size that does not grow with what was
//! asked for.

use super::{LARGEST_PAGE, two_departments};
use crate::tests::portal::TestPortal;

/// What is not understood is refused, and what is too long may be refused before it is read.
const CLEAR: [u16; 5] = [200, 400, 404, 414, 431];

#[tokio::test]
async fn a_chart_of_a_milliard_pixels_is_as_large_as_charts_get() {
    let portal = TestPortal::start().await;
    let (alder, _) = two_departments(&portal).await;
    let mut epi = alder.epidemiologist().await;
    for size in [
        "1e9",
        "1000000000",
        "99999999999999999999",
        "1e400",
        "inf",
        "Infinity",
        "NaN",
        "-1",
        "-0",
        "0",
        "1e-300",
        "0x10000",
        "１０００",
        "1_000",
        "9".repeat(5_000).as_str(),
    ] {
        for (width, height) in [(size, size), (size, "1"), ("1", size), (size, "")] {
            for kind in ["svg", "png"] {
                let query = form_urlencoded::Serializer::new(String::new())
                    .extend_pairs([("width", width), ("height", height)])
                    .finish();
                let answer = epi.get(&format!("/charts/daily.{kind}?{query}")).await;
                let status = answer.status.as_u16();
                assert!(
                    CLEAR.contains(&status),
                    "{kind} {width} by {height}: {status}"
                );
                assert!(
                    answer.bytes.len() < LARGEST_PAGE,
                    "{kind} {width} by {height}"
                );
                if status == 200 && kind == "png" {
                    let side = |at: usize| {
                        u32::from_be_bytes(answer.bytes[at..at + 4].try_into().expect("four"))
                    };
                    // Drawn for screens that have two dots for a pixel.
                    assert!(
                        side(16) <= 2 * 1_920 && side(20) <= 2 * 1_080,
                        "{} by {}",
                        side(16),
                        side(20)
                    );
                }
            }
        }
    }
}

#[tokio::test]
async fn all_days_there_ever_were_are_those_that_were_reported() {
    let portal = TestPortal::start().await;
    let (alder, _) = two_departments(&portal).await;
    let mut epi = alder.epidemiologist().await;
    for path in [
        "/",
        "/data/daily.csv",
        "/charts/daily.svg",
        "/data/export/file",
        "/data/quality",
        "/forecast",
        "/audit",
        "/usage",
    ] {
        let usual = epi.get(path).await.text.len();
        for query in [
            "from=0001-01-01&to=9999-12-31",
            "from=0001-01-01&to=9999-12-31&step=week",
            "from=-262143-01-01&to=%2B262142-12-31",
            "as_of=9999-12-31",
            "as_of=0001-01-01",
            "days=1000000",
            "days=-1",
            "days=NaN",
            "days=1e309",
            "month=9999-12",
            "month=0000-00",
            "before=-1",
        ] {
            let answer = epi.get(&format!("{path}?{query}")).await;
            assert!(
                CLEAR.contains(&answer.status.as_u16()),
                "{path}?{query}: {}",
                answer.status
            );
            assert!(
                answer.text.len() < usual + 40_000,
                "{path}?{query}: {}",
                answer.text.len()
            );
        }
    }
}

#[tokio::test]
async fn a_place_that_is_named_ten_thousand_times_is_one_place() {
    let portal = TestPortal::start().await;
    let (alder, _) = two_departments(&portal).await;
    let mut epi = alder.epidemiologist().await;
    let many = |value: &str| vec![format!("location={value}"); 10_000].join("&");
    for path in [
        "/",
        "/data/daily.csv",
        "/charts/daily.svg",
        "/charts/daily.png",
        "/data/export/file",
        "/forecast",
    ] {
        for query in [
            many("north"),
            many("nowhere"),
            many(""),
            many(&"x".repeat(64)),
            "&".repeat(60_000),
            "=".repeat(60_000),
            "%".repeat(60_000),
            format!("location={}", "%00".repeat(20_000)),
            format!("x={}", "y".repeat(60_000)),
        ] {
            let answer = epi
                .get(&format!("{path}?{}", &query[..query.len().min(65_000)]))
                .await;
            let status = answer.status.as_u16();
            let shown = &query[..query.len().min(40)];
            assert!(CLEAR.contains(&status), "{path}?{shown}: {status}");
            assert!(
                answer.bytes.len() < LARGEST_PAGE,
                "{path}?{shown}: {}",
                answer.bytes.len()
            );
        }
    }
    let mut program = portal.browser();
    for query in [
        many("north"),
        "limit=1000000000".to_owned(),
        "limit=-1".to_owned(),
        format!("cursor={}", "A".repeat(60_000)),
    ] {
        let path = format!("/api/v1/observations?{}", &query[..query.len().min(65_000)]);
        let answer = program.get_with_key(&path, &alder.key).await;
        assert!(
            [400, 404, 414, 422, 431].contains(&answer.status.as_u16()),
            "{}",
            answer.text
        );
        assert!(answer.text.len() < 2_000, "{}", answer.text);
    }
}

#[tokio::test]
async fn a_logarithmic_scale_of_zeros_and_of_the_largest_counts_is_drawn() {
    let portal = TestPortal::start().await;
    for (number, counts) in [&[0, 0, 0][..], &[0], &[i32::MAX; 3], &[0, i32::MAX, 1]]
        .iter()
        .enumerate()
    {
        let department = portal.onboard(&format!("alder{number}")).await;
        department.reports("north", "2026-03-01", counts).await;
        let mut epi = department.epidemiologist().await;
        for scale in ["log", "linear"] {
            for more in ["", "&unit=per100k", "&step=week", "&unit=per100k&step=week"] {
                for path in [
                    "/",
                    "/charts/daily.svg",
                    "/charts/daily.png",
                    "/data/daily.csv",
                ] {
                    let answer = epi.get(&format!("{path}?scale={scale}{more}")).await;
                    assert_eq!(answer.status, 200, "{path} {scale}{more} {counts:?}");
                    assert!(
                        answer.bytes.len() < LARGEST_PAGE,
                        "{path} {scale}{more} {counts:?}"
                    );
                    assert!(
                        !answer.text.contains("NaN") && !answer.text.contains("inf,"),
                        "{path} {scale}{more}"
                    );
                }
            }
        }
    }
}
