//! What may be kept of an answer, and what conditions on it tell.

use axum::{body::Body, http::Request};

use super::{SECRET_PLACE, of_birch, plain, two_departments};
use crate::{
    Config,
    tests::{
        crossover::{
            TABLE,
            visitors::{everybody, filled_in},
        },
        portal::{Answer, Browser, TestPortal},
    },
};

/// The answer in full, without what is new each time.
fn whole(answer: &Answer) -> String {
    let mut head: Vec<_> = answer
        .headers
        .iter()
        .filter(|(name, _)| !["date", "ratelimit", "set-cookie"].contains(&name.as_str()))
        .filter(|(name, _)| *name != "content-security-policy")
        .map(|(name, value)| format!("{name}: {}\n", String::from_utf8_lossy(value.as_bytes())))
        .collect();
    head.sort();
    let text = format!("{}\n{}\n{}", answer.status, head.concat(), plain(answer));
    match text.split_once("urn:uuid:") {
        Some((before, after)) => format!("{before}{}", after.get(36..).unwrap_or_default()),
        None => text,
    }
}

/// Whatever is different for somebody else is nobody else's to keep.
#[tokio::test]
async fn whatever_depends_on_who_asks_is_kept_for_nobody_else() {
    let portal = TestPortal::start_with(|config| Config {
        site_dir: "public".into(),
        ..config
    })
    .await;
    let (mut visitors, parts) = everybody(&portal).await;
    for (_, route, _) in TABLE.iter().filter(|(method, _, _)| *method == "GET") {
        let path = filled_in(route, &parts);
        let mut answers = Vec::new();
        for visitor in &mut visitors {
            answers.push(visitor.ask("GET", &path, "").await);
        }
        let depends = answers.iter().any(|answer| {
            answer.status != answers[0].status || whole(answer) != whole(&answers[0])
        });
        for answer in &answers {
            let kept = answer.header("cache-control");
            assert!(!depends || kept.contains("private"), "{route}: {kept}");
            assert!(!kept.contains("s-maxage"), "{route}: {kept}");
            // What is kept at all is asked for anew by whoever shows another key.
            let varies = answer.header("vary").to_lowercase();
            let by_key = kept.contains("no-store") || varies.contains("authorization");
            assert!(!depends || by_key, "{route}: {kept}, {varies}");
            assert!(
                answer.headers.get_all("set-cookie").iter().count() == 0
                    || kept.contains("no-store"),
                "{route}: a session is kept"
            );
        }
    }
}

const FILES: [&str; 6] = [
    "/api/v1/observations",
    "/api/v1/locations",
    "/api/v1/forecasts",
    "/api/v1/runs",
    "/api/v1/usage",
    "/data/daily.csv",
];

async fn with(
    browser: &mut Browser,
    path: &str,
    key: Option<&str>,
    name: &str,
    value: &str,
) -> Answer {
    browser.call("GET", path, key, &[(name, value)]).await
}

/// Both have reported the same, so that an edition of what is said alone would be the same too.
#[tokio::test]
async fn an_edition_of_another_departments_answer_is_unknown() {
    let portal = TestPortal::start().await;
    let mut keys = Vec::new();
    for id in ["alder", "birch"] {
        let department = portal.onboard(id).await;
        department.reports("north", "2026-03-01", &[4_815]).await;
        keys.push(department.key);
    }
    let mut program = portal.browser();
    let mut editions = 0;
    for path in FILES {
        let theirs = program.get_with_key(path, &keys[1]).await;
        let own = program.get_with_key(path, &keys[0]).await;
        assert_eq!(
            (theirs.status, own.status),
            (theirs.status, theirs.status),
            "{path}"
        );
        let tag = theirs.header("etag");
        if tag.is_empty() {
            continue;
        }
        editions += 1;
        assert_ne!(tag, own.header("etag"), "{path}");
        for tags in [
            tag.to_owned(),
            format!("\"x\", {tag}"),
            tag.replace("W/", ""),
        ] {
            let answer = with(&mut program, path, Some(&keys[0]), "if-none-match", &tags).await;
            assert_eq!(answer.status, 200, "{path}: {tags}");
            assert_eq!(answer.text, own.text, "{path}");
            let known = with(&mut program, path, Some(&keys[1]), "if-none-match", &tags).await;
            assert_eq!(known.status, 304, "{path}: {tags}");
        }
    }
    assert!(editions > 0, "nothing has an edition");
}

/// Where one may not look, every condition gets the same answer.
#[tokio::test]
async fn conditions_tell_nobody_whether_there_is_something_to_keep() {
    let portal = TestPortal::start().await;
    let (alder, birch) = two_departments(&portal).await;
    let mut program = portal.browser();
    let tag = program
        .get_with_key(FILES[0], &birch.key)
        .await
        .header("etag")
        .to_owned();
    let wrong = "cordon_0000000000000000000000000000000000000000000000000";
    let mut epi = alder.epidemiologist().await;
    for (name, value) in [
        ("if-none-match", tag.as_str()),
        ("if-none-match", "*"),
        ("if-match", tag.as_str()),
        ("if-match", "*"),
        ("if-modified-since", "Wed, 01 Jan 2098 00:00:00 GMT"),
        ("if-unmodified-since", "Thu, 01 Jan 1970 00:00:00 GMT"),
        ("if-range", tag.as_str()),
        ("range", "bytes=0-10"),
        ("cache-control", "only-if-cached"),
    ] {
        for path in FILES {
            // Without a key, and with one that is none.
            for key in [None, Some(wrong)] {
                let answer = with(&mut program, path, key, name, value).await;
                let refused = answer.status == 401 || answer.location().starts_with("/login");
                assert!(refused, "{path} with {name}: {}", answer.status);
                assert!(answer.header("etag").is_empty(), "{path} with {name}");
            }
        }
        // Another's place and one that is nowhere.
        for path in [
            "/api/v1/observations?location=",
            "/api/v1/forecasts?location=",
            "/data/daily.csv?location=",
            "/charts/daily.svg?location=",
        ] {
            let key = Some(alder.key.as_str());
            let theirs = with(
                &mut program,
                &format!("{path}{SECRET_PLACE}"),
                key,
                name,
                value,
            )
            .await;
            let nobodys = with(
                &mut program,
                &format!("{path}nowhere-at-all"),
                key,
                name,
                value,
            )
            .await;
            // An edition follows from what was asked, and not from whether there is such a place.
            let [theirs, nobodys] = [theirs, nobodys].map(|mut answer| {
                answer.headers.remove("etag");
                whole(&answer)
            });
            assert_eq!(theirs, nobodys, "{path} with {name}");
        }
        let theirs = epi
            .call("GET", "/data/uploads/2", None, &[(name, value)])
            .await;
        let nobodys = epi
            .call("GET", "/data/uploads/99", None, &[(name, value)])
            .await;
        assert_eq!(whole(&theirs), whole(&nobodys), "{name}");
    }
}

/// Not even by the length that the whole would have.
#[tokio::test]
async fn asking_for_the_head_alone_tells_no_more_of_anothers() {
    let portal = TestPortal::start().await;
    let (alder, birch) = two_departments(&portal).await;
    birch.reports(SECRET_PLACE, "2026-03-11", &[3]).await;
    let note: uuid::Uuid =
        sqlx::query_scalar("select annotation_id from annotations where tenant_id = 'birch'")
            .fetch_one(&mut portal.owner().await)
            .await
            .expect("a note");
    let mut epi = alder.epidemiologist().await;
    let none = uuid::Uuid::new_v4();
    for (theirs, nobodys) in [
        ("/data/uploads/2".to_owned(), "/data/uploads/9".to_owned()),
        (
            "/data/uploads/2/refused.csv".to_owned(),
            "/data/uploads/9/refused.csv".to_owned(),
        ),
        (
            "/data/uploads/2/progress".to_owned(),
            "/data/uploads/9/progress".to_owned(),
        ),
        (
            format!("/?location={SECRET_PLACE}"),
            "/?location=nowhere-at-all".to_owned(),
        ),
        (
            format!("/charts/daily.png?location={SECRET_PLACE}"),
            "/charts/daily.png?location=nowhere-at-all".to_owned(),
        ),
        (
            format!("/data/revisions?location={SECRET_PLACE}&date=2026-03-01"),
            "/data/revisions?location=nowhere-at-all&date=2026-03-01".to_owned(),
        ),
        (
            format!("/data/annotations?removed={note}"),
            format!("/data/annotations?removed={none}"),
        ),
    ] {
        for method in ["HEAD", "OPTIONS"] {
            let theirs = epi.call(method, &theirs, None, &[]).await;
            let nobodys = epi.call(method, &nobodys, None, &[]).await;
            assert_eq!(whole(&theirs), whole(&nobodys), "{method}");
            assert!(method != "HEAD" || theirs.text.is_empty(), "{theirs:?}");
        }
    }
    let own = epi.call("HEAD", "/data/daily.csv", None, &[]).await;
    assert_eq!((own.status.as_u16(), &*own.text), (200, ""));
}

#[tokio::test]
async fn a_part_of_a_file_is_of_ones_own_file() {
    let portal = TestPortal::start().await;
    let (alder, birch) = two_departments(&portal).await;
    let mut program = portal.browser();
    for path in [
        "/data/daily.csv",
        "/data/export/file",
        "/charts/daily.svg",
        "/api/v1/observations",
        "/usage/daily.csv",
    ] {
        let own = program.get_with_key(path, &alder.key).await;
        let theirs = program.get_with_key(path, &birch.key).await;
        assert_eq!((own.status, theirs.status), (own.status, own.status));
        for range in [
            "bytes=0-40",
            "bytes=-40",
            "bytes=0-0,1-1,2-2",
            "bytes=99999999-",
            "bytes=0-18446744073709551615",
            "items=0-5",
        ] {
            let request = Request::get(path)
                .header("authorization", format!("Bearer {}", alder.key))
                .header("range", range)
                .header("if-range", theirs.header("etag"));
            let answer = program
                .send(request.body(Body::empty()).expect("a request"))
                .await;
            assert!(
                [200, 206, 416].contains(&answer.status.as_u16()),
                "{path} {range}"
            );
            assert_eq!(of_birch(&answer.text), None, "{path} {range}");
            assert!(answer.text.len() <= own.text.len() + 400, "{path} {range}");
        }
    }
}
