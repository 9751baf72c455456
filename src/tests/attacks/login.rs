//! At the door: what its answers, and the time they take, tell of who has an account; and where it
//! leads.

use std::time::{Duration, Instant};

use axum::{body::Body, http::Request};

use super::two_departments;
use crate::{
    Config,
    access::user::NewRole,
    tenancy::TenantId,
    tests::portal::{Answer, Browser, PASSWORD, TestPortal},
};

/// A try to sign in that comes from `sender`, as a proxy of ours says.
async fn sign_in_from(browser: &mut Browser, sender: &str, fields: &[(&str, &str)]) -> Answer {
    let headers = [
        ("sec-fetch-site", "same-origin"),
        ("x-forwarded-for", sender),
    ];
    browser.post_with("/login", fields, &headers).await
}

/// How likely it is that something of `a` is more than something of `b`, plus half of how likely they
/// are the same: a half where nothing tells them apart (the statistic of Mann and Whitney).
fn how_often_more(a: &[Duration], b: &[Duration]) -> f64 {
    let wins: f64 = a
        .iter()
        .flat_map(|a| b.iter().map(move |b| a.cmp(b)))
        .map(|order| match order {
            std::cmp::Ordering::Greater => 1.0,
            std::cmp::Ordering::Equal => 0.5,
            std::cmp::Ordering::Less => 0.0,
        })
        .sum();
    wins / (a.len() * b.len()) as f64
}

#[test]
fn the_ranks_tell_two_times_apart_where_they_differ() {
    let times = |from: u64| -> Vec<_> { (from..from + 100).map(Duration::from_micros).collect() };
    assert!((how_often_more(&times(0), &times(0)) - 0.5).abs() < 1e-9);
    assert!(how_often_more(&times(50), &times(0)) > 0.8);
    assert!(how_often_more(&times(0), &times(500)) < 0.01);
}

/// A thousand tries by turns, at addresses that have an account and at ones that have none. How long
/// either takes is of this machine; that neither is longer than the other is of the portal.
#[tokio::test]
async fn how_long_a_refusal_takes_does_not_tell_who_has_an_account() {
    const ACCOUNTS: usize = 25;
    const TRIES: usize = 500;
    let portal = TestPortal::start_with(|config| Config {
        proxies: vec![std::net::Ipv4Addr::LOCALHOST.into()],
        ..config
    })
    .await;
    portal.onboard("alder").await;
    let alder = TenantId::parse("alder").expect("an id");
    for number in 0..ACCOUNTS {
        let email = format!("known{number:02}@alder.example");
        portal
            .add_person(&email, NewRole::Epidemiologist(alder.clone()))
            .await;
    }
    let mut browser = portal.browser();
    let mut took: [Vec<Duration>; 2] = Default::default();
    for number in 0..TRIES {
        // By turns, and each of them first as often as second.
        for known in [number % 2 == 0, number % 2 == 1] {
            let name = if known { "known" } else { "other" };
            let email = format!("{name}{:02}@alder.example", number % ACCOUNTS);
            let sender = format!("10.{}.{}.{}", u8::from(known), number / 250, number % 250);
            let fields = [("email", &*email), ("password", "wrong")];
            let began = Instant::now();
            let answer = sign_in_from(&mut browser, &sender, &fields).await;
            took[usize::from(known)].push(began.elapsed());
            assert_eq!(answer.status, 401, "{email}: {}", answer.text);
        }
    }
    let [unknown, known] = took;
    let more = how_often_more(&known, &unknown);
    assert!(
        (0.4..=0.6).contains(&more),
        "known addresses take longer {more} of the time"
    );
}

/// However it is written, it is the same account, and wrong tries at it count together.
#[tokio::test]
async fn another_spelling_of_an_address_is_no_new_allowance() {
    let portal = TestPortal::start().await;
    portal.onboard("alder").await;
    let mut browser = portal.browser();
    let mut statuses = Vec::new();
    for number in 0..40 {
        let email = match number % 5 {
            0 => "epi@alder.example",
            1 => "EPI@alder.example",
            2 => " epi@alder.example",
            3 => "epi@alder.example ",
            _ => "Epi@Alder.Example\t",
        };
        let fields = [("email", email), ("password", "wrong")];
        statuses.push(browser.post("/login", &fields).await.status.as_u16());
    }
    let refused = statuses.iter().position(|status| *status == 429);
    let refused = refused.expect("nobody stops the guessing");
    assert!(refused < 10, "{statuses:?}");
    assert!(
        statuses[refused..].iter().all(|status| *status == 429),
        "{statuses:?}"
    );
}

#[tokio::test]
async fn a_sender_that_is_made_up_is_no_new_allowance() {
    let portal = TestPortal::start().await;
    portal.onboard("alder").await;
    let mut browser = portal.browser();
    let mut refused = 0;
    for number in 0..20 {
        let sender = format!("192.0.2.{number}");
        let headers = [
            ("sec-fetch-site", "same-origin"),
            ("x-forwarded-for", &*sender),
            ("x-real-ip", &*sender),
            ("forwarded", "for=192.0.2.60"),
            ("client-ip", &*sender),
            ("true-client-ip", &*sender),
            ("cf-connecting-ip", &*sender),
        ];
        let fields = [("email", "epi@alder.example"), ("password", "wrong")];
        let answer = browser.post_with("/login", &fields, &headers).await;
        refused += u32::from(answer.status == 429);
    }
    assert!(refused >= 10, "{refused} of 20 were refused");
}

/// Where `next` may not lead: each of these is another site to some browser, or none at all.
const ELSEWHERE: [&str; 24] = [
    "//evil.example",
    "///evil.example",
    "////evil.example/%2f..",
    "/\\evil.example",
    "\\\\evil.example",
    "\\/evil.example",
    "/\\/evil.example",
    "https:evil.example",
    "https:/evil.example",
    "https://evil.example",
    "HTTPS://evil.example",
    "javascript:alert(1)",
    "data:text/html,x",
    "\t//evil.example",
    "/\t/evil.example",
    "/\n/evil.example",
    "/\r\nset-cookie:%20cordon=mine",
    " //evil.example",
    "\u{a0}//evil.example",
    "/\u{2028}/evil.example",
    "evil.example",
    "@evil.example",
    "?next=//evil.example",
    "／／evil.example",
];

#[tokio::test]
async fn signing_in_leads_to_no_other_site_however_it_is_written() {
    let portal = TestPortal::start().await;
    portal.onboard("alder").await;
    let epi = "epi@alder.example";
    for next in ELSEWHERE {
        let mut browser = portal.browser();
        let fields = [("email", epi), ("password", PASSWORD), ("next", next)];
        let answer = browser.post("/login", &fields).await;
        assert_eq!(answer.status, 303, "{next:?}");
        assert_eq!(answer.location(), "/", "{next:?}");
        // Nor does the form lead there that comes first.
        let query = form_urlencoded::Serializer::new(String::new())
            .append_pair("next", next)
            .finish();
        let form = browser.get(&format!("/login?{query}")).await;
        assert_eq!(
            (form.status.as_u16(), form.location()),
            (303, "/"),
            "{next:?}"
        );
    }
    // Decoded once and no more, this is a page of ours that is not there.
    for (next, leads) in [
        ("%2f%2fevil.example", "/"),
        ("/%2f%2fevil.example", "/%2f%2fevil.example"),
        ("/%5cevil.example", "/%5cevil.example"),
    ] {
        let mut browser = portal.browser();
        let fields = [("email", epi), ("password", PASSWORD), ("next", next)];
        let answer = browser.post("/login", &fields).await;
        assert_eq!(answer.location(), leads);
    }
}

#[tokio::test]
async fn the_second_step_leads_to_no_other_site_either() {
    let portal = TestPortal::start().await;
    portal.onboard("alder").await;
    let epi = "epi@alder.example";
    let mut browser = portal.signed_in(epi).await;
    portal.set_up_second_factor(&mut browser, epi).await;
    for next in ELSEWHERE {
        let mut browser = portal.browser();
        let fields = [("email", epi), ("password", PASSWORD), ("next", next)];
        let half = browser.post("/login", &fields).await;
        assert!(
            half.location().starts_with("/login/second"),
            "{next:?}: {}",
            half.location()
        );
        let code = portal.code(epi);
        let answer = browser
            .post("/login/second", &[("code", &code), ("next", next)])
            .await;
        assert_eq!(
            (answer.status.as_u16(), answer.location()),
            (303, "/"),
            "{next:?}"
        );
    }
}

/// A browser sends all cookies of a name, and somebody may have planted one beside the true one.
#[tokio::test]
async fn of_two_sessions_in_one_request_no_page_mixes_the_people() {
    let portal = TestPortal::start().await;
    let (alder, birch) = two_departments(&portal).await;
    let cookie = |browser: &Browser| browser.cookie.clone().expect("a session");
    let alders = cookie(&alder.epidemiologist().await);
    let birchs = cookie(&birch.epidemiologist().await);
    let unknown = format!("{}x", &alders[..alders.len() - 1]);
    for cookies in [
        format!("{alders}; {birchs}"),
        format!("{birchs}; {alders}"),
        format!("{unknown}; {alders}"),
        format!("{alders}; {unknown}"),
        format!("cordon=; {alders}"),
        format!("__Host-cordon={}; {alders}", "A".repeat(22)),
        format!("{alders}; tenant=birch; tenant_id=birch; cordon.tenant=birch"),
    ] {
        let mut browser = portal.browser();
        let request = Request::get("/data/daily.csv").header("cookie", &cookies);
        let answer = browser
            .send(request.body(Body::empty()).expect("a request"))
            .await;
        let (own, others) = (answer.text.contains("4815"), answer.text.contains("1623"));
        match answer.status.as_u16() {
            200 => assert!(own != others, "{cookies}: {}", answer.text),
            303 => assert!(!own && !others, "{cookies}"),
            status => panic!("{cookies}: {status}"),
        }
        assert!(!others || cookies.contains(&birchs), "{cookies}");
    }
}
