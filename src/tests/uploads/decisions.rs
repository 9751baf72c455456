//! What a person can decide of an upload, and who can decide at all.

use super::{PLACES, finished, reporting, torture::plain, upload};
use crate::tests::portal::TestPortal;

const FILE: &str = "location_id,date,new_cases\n4831,2026-03-01,5\n4832,2026-03-01,<5\nnowhere,2026-03-01,9\n4833,2026-03-01,-4\n";

#[tokio::test]
async fn a_file_is_looked_at_before_anything_is_stored() {
    let portal = TestPortal::start().await;
    let alder = reporting(&portal, "alder").await;
    let mut browser = alder.epidemiologist().await;
    let (to, page) = upload(&mut browser, "march.csv", FILE.as_bytes()).await;
    assert_eq!(to, "/data/uploads/6");
    for said in [
        "Store 2 values without the 2 refused",
        "negative_count",
        "nowhere",
        "Download the refused rows",
    ] {
        assert!(page.text.contains(said), "{said}: {}", plain(&page.text));
    }
    let idle = browser.get(&format!("{to}/progress")).await;
    assert_eq!(idle.text, r#"{"percent":null}"#);
    let count = "/data/daily.csv?from=2026-03-01&location=4831";
    assert!(!browser.get(count).await.text.contains("2026-03-01,5"));
    browser.post(&format!("{to}/accept"), &[]).await;
    let page = finished(&mut browser, &to).await;
    assert!(page.text.contains("2 new, 2 refused"), "{}", page.text);
    assert!(browser.get(count).await.text.contains("2026-03-01,5"));
    let withheld = browser
        .get("/data/daily.csv?from=2026-03-01&location=4832")
        .await;
    assert!(
        withheld.text.contains("2026-03-01,,,suppressed"),
        "{}",
        withheld.text
    );

    let refused = browser.get(&format!("{to}/refused.csv")).await;
    assert_eq!(refused.text.lines().count(), 3, "{}", refused.text);
    assert!(
        refused
            .text
            .starts_with("reason,location_id,date,new_cases\n")
    );
    assert!(
        refused.text.contains("nowhere,2026-03-01,9"),
        "{}",
        refused.text
    );
}

#[tokio::test]
async fn a_file_known_before_what_is_stored_says_what_it_displaces() {
    let portal = TestPortal::start().await;
    let alder = reporting(&portal, "alder").await;
    let mut browser = alder.epidemiologist().await;
    let file = b"location_id,date,new_cases\n4831,2026-03-01,5\n";
    for (as_of, said) in [("2026-03-31", false), ("2026-03-05", true)] {
        let sent = browser
            .upload("/data/uploads", &[("as_of", as_of)], "late.csv", file)
            .await;
        let page = finished(&mut browser, sent.location()).await;
        let says = page.text.contains("up to 31 March 2026 is stored already");
        assert_eq!(says, said, "{as_of}: {}", plain(&page.text));
    }
}

#[tokio::test]
async fn the_same_file_again_has_nothing_to_store_and_says_so() {
    let portal = TestPortal::start().await;
    let alder = reporting(&portal, "alder").await;
    let mut browser = alder.epidemiologist().await;
    let file = b"location_id,date,new_cases\n4831,2026-03-01,5\n";
    let (to, _) = upload(&mut browser, "march.csv", file).await;
    browser.post(&format!("{to}/accept"), &[]).await;
    finished(&mut browser, &to).await;
    let (again, page) = upload(&mut browser, "march.csv", file).await;
    assert!(
        page.text.contains("everything in it is known already"),
        "{}",
        page.text
    );
    assert!(!page.text.contains("/accept"));
    let pressed = browser.post(&format!("{again}/accept"), &[]).await;
    assert_eq!(pressed.status, 303);
    let page = finished(&mut browser, &again).await;
    assert!(page.text.contains("known already"));
}

#[tokio::test]
async fn a_decision_is_made_once() {
    let portal = TestPortal::start().await;
    let alder = reporting(&portal, "alder").await;
    let mut browser = alder.epidemiologist().await;
    let file = b"location_id,date,new_cases\n4831,2026-03-01,5\n";
    let (to, _) = upload(&mut browser, "march.csv", file).await;
    browser.post(&format!("{to}/accept"), &[]).await;
    finished(&mut browser, &to).await;
    for deed in ["cancel", "accept", "reading", "check"] {
        let answer = browser.post(&format!("{to}/{deed}"), &[]).await;
        assert!(
            [303, 409].contains(&answer.status.as_u16()),
            "{deed}: {}",
            answer.status
        );
        let page = finished(&mut browser, &to).await;
        assert!(page.text.contains("1 new"), "{deed}: {}", page.text);
    }
    let (to, _) = upload(
        &mut browser,
        "other.csv",
        b"location_id,date,new_cases\n4831,2026-03-01,6\n",
    )
    .await;
    browser.post(&format!("{to}/cancel"), &[]).await;
    browser.post(&format!("{to}/accept"), &[]).await;
    let page = finished(&mut browser, &to).await;
    assert!(
        page.text.contains("Nothing of it was stored"),
        "{}",
        page.text
    );
    let kept: i64 = sqlx::query_scalar("select count(*) from upload_chunks")
        .fetch_one(&mut portal.owner().await)
        .await
        .expect("a count");
    assert_eq!(kept, 0, "what was decided keeps no text");
}

#[tokio::test]
async fn a_place_that_is_new_is_added_with_its_name_and_population() {
    let portal = TestPortal::start().await;
    let alder = portal.onboard("alder").await;
    let mut browser = alder.epidemiologist().await;
    let (to, page) = upload(
        &mut browser,
        "first.csv",
        b"location_id,date,new_cases\nnorth,2026-03-01,5\nsouth,2026-03-01,6\n",
    )
    .await;
    assert!(
        page.text.contains("Your department has no places yet"),
        "{}",
        page.text
    );
    let fields = [
        ("add.0", "on"),
        ("id.0", "north"),
        ("name.0", "The North"),
        ("population.0", "12,000"),
        ("parent.0", ""),
        ("add.1", "on"),
        ("id.1", "south"),
        ("name.1", ""),
        ("population.1", ""),
        ("parent.1", "north"),
    ];
    let added = browser.post(&format!("{to}/locations"), &fields).await;
    assert_eq!(added.status, 303, "{}", added.text);
    let page = finished(&mut browser, &to).await;
    assert!(page.text.contains("Store 2 values"), "{}", page.text);
    let places: Vec<String> = sqlx::query_scalar(
        "select concat_ws('|', location_id, name, population, parent_id) from locations order by 1",
    )
    .fetch_all(&mut portal.owner().await)
    .await
    .expect("places");
    assert_eq!(places, ["north|The North|12000", "south|south|north"]);
    let wrong = [("add.0", "on"), ("id.0", "x"), ("population.0", "many")];
    let refused = browser.post(&format!("{to}/locations"), &wrong).await;
    assert_eq!(refused.status, 400);
    assert!(refused.text.contains("whole number"), "{}", refused.text);
}

#[tokio::test]
async fn columns_that_were_chosen_once_are_remembered() {
    let portal = TestPortal::start().await;
    let alder = reporting(&portal, "alder").await;
    let mut browser = alder.epidemiologist().await;
    let file = |n: u32| format!("where,when,confirmed,probable\n4831,2026-03-0{n},5,7\n");
    let (to, _) = upload(&mut browser, "a.csv", file(1).as_bytes()).await;
    let fields = [
        ("location", "where"),
        ("date", "when"),
        ("new_cases", "probable"),
    ];
    browser.post(&format!("{to}/reading"), &fields).await;
    let page = finished(&mut browser, &to).await;
    assert!(page.text.contains("Store 1 value"), "{}", plain(&page.text));
    browser.post(&format!("{to}/accept"), &[]).await;
    finished(&mut browser, &to).await;
    let (to, page) = upload(&mut browser, "b.csv", file(2).as_bytes()).await;
    assert!(page.text.contains("Store 1 value"), "{}", plain(&page.text));
    browser.post(&format!("{to}/accept"), &[]).await;
    finished(&mut browser, &to).await;
    let days = browser
        .get("/data/daily.csv?from=2026-03-01&location=4831")
        .await;
    assert!(days.text.contains("2026-03-02,7"), "{}", days.text);
}

#[tokio::test]
async fn anothers_upload_looks_exactly_like_one_that_does_not_exist() {
    let portal = TestPortal::start().await;
    let (alder, birch) = (
        reporting(&portal, "alder").await,
        reporting(&portal, "birch").await,
    );
    let (mut theirs, mut own) = (alder.epidemiologist().await, birch.epidemiologist().await);
    let (to, _) = upload(&mut theirs, "march.csv", FILE.as_bytes()).await;
    for path in ["", "/progress", "/refused.csv"] {
        let other = own.get(&format!("{to}{path}")).await;
        let unknown = own.get(&format!("/data/uploads/77{path}")).await;
        let nothing = own.get(&format!("/data/uploads/seven{path}")).await;
        assert_eq!(
            (other.status, unknown.status),
            (unknown.status, nothing.status)
        );
        assert_eq!(other.status, 404);
        assert_eq!(
            other.text.replace(&to, ""),
            unknown.text.replace("/data/uploads/77", "")
        );
    }
    for deed in ["check", "reading", "accept", "cancel", "undo"] {
        let other = own.post(&format!("{to}/{deed}"), &[]).await;
        assert_eq!(other.status, 404, "{deed}: {}", other.text);
    }
    // The same file at the same moment: the same number, and each has its own.
    let (number, page) = upload(&mut own, "march.csv", FILE.as_bytes()).await;
    assert_eq!(number, to);
    assert!(page.text.contains("Store 2 values"));
}

#[tokio::test]
async fn a_line_list_is_counted_and_its_people_are_never_kept() {
    let portal = TestPortal::start().await;
    let alder = reporting(&portal, "alder").await;
    let mut browser = alder.epidemiologist().await;
    let file = "case_id,name,date_report,location_id,age,sex\n\
        C-771,Mia Canarybird,2026-03-01,4831,31,f\n\
        C-772,Tom Canarybird,2026-03-01,4831,52,m\n\
        C-773,Ada Canarybird,2026-03-02,4831,7,f\n";
    let (to, page) = upload(&mut browser, "cases.csv", file.as_bytes()).await;
    assert!(
        !page.text.contains("Canarybird") && !page.text.contains("C-771"),
        "{}",
        page.text
    );
    browser
        .post(
            &format!("{to}/reading"),
            &[("answers", "yes"), ("line_list", "yes")],
        )
        .await;
    let page = finished(&mut browser, &to).await;
    assert!(page.text.contains("Store 2 values"), "{}", page.text);
    let contents = crate::tests::behind::contents(&mut portal.owner().await).await;
    let kept = format!("{contents:?}");
    let hex = crate::secret::hex(b"Canarybird");
    assert!(!kept.contains("Canarybird") && !kept.contains(&hex) && !kept.contains("C-77"));
    browser.post(&format!("{to}/accept"), &[]).await;
    finished(&mut browser, &to).await;
    let days = browser
        .get("/data/daily.csv?from=2026-03-01&location=4831")
        .await;
    assert!(
        days.text.contains("2026-03-01,2") && days.text.contains("2026-03-02,1"),
        "{}",
        days.text
    );
}

#[tokio::test]
async fn what_is_no_file_or_too_large_is_said_on_the_page_itself() {
    let portal = TestPortal::start_with(|config| crate::Config {
        largest_upload: 2_000_000,
        ..config
    })
    .await;
    let alder = reporting(&portal, "alder").await;
    let mut browser = alder.epidemiologist().await;
    let nothing = browser.upload("/data/uploads", &[], "", b"").await;
    assert_eq!(nothing.status, 400);
    assert!(nothing.text.contains("hoose a file"), "{}", nothing.text);
    let huge = vec![b'x'; 2_000_001];
    let large = browser.upload("/data/uploads", &[], "x.csv", &huge).await;
    assert_eq!(large.status, 413);
    assert!(large.text.contains("at most 2 MB"), "{}", large.text);
    let tomorrow = browser
        .upload("/data/uploads", &[("as_of", "2026-04-01")], "x.csv", b"a")
        .await;
    assert_eq!(tomorrow.status, 400);
    let list = browser.get("/data").await;
    assert!(
        list.text.contains("cancelled, nothing stored"),
        "{}",
        list.text
    );
    assert_eq!(PLACES.len(), 5);
}
