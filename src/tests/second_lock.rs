//! The second lock: each query names its tenant. The two locks hide each other's loss, so
//! here the first one is off, in this test's own database.

use super::{
    behind::{attempt, count, tenant_tables},
    portal::{Department, Published, TestPortal},
};

/// What a person and a program read of cases, and of what to expect.
const PATHS: [&str; 6] = [
    "/",
    "/data/daily.csv",
    "/charts/daily.svg",
    "/forecast",
    "/forecast/daily.csv",
    "/forecast/hubverse.csv",
];

async fn two_departments(portal: &TestPortal) -> [Department<'_>; 2] {
    let (alder, birch) = (portal.onboard("alder").await, portal.onboard("birch").await);
    alder.reports("north", "2026-03-01", &[4_815, 4_816]).await;
    // A place of the same name on the same days and some before, and one of its own.
    birch
        .reports("north", "2026-02-27", &[1_620, 1_621, 1_622, 1_623])
        .await;
    birch.reports("south", "2026-03-02", &[1_742]).await;
    for (department, median, moments) in [(&alder, 4_815.0, 30), (&birch, 1_623.0, 25)] {
        for location in ["", "north"] {
            let published = Published {
                as_of: "2026-03-02",
                location,
                median,
                ..Published::GOOD
            };
            department.forecasts(&published).await;
        }
        department
            .was_judged("2026-03-02", moments, 0.8, moments == 30)
            .await;
    }
    [alder, birch]
}

/// What a department is shown, without what differs from one answer to the next.
async fn shown(department: &Department<'_>, portal: &TestPortal) -> Vec<String> {
    let mut person = department.epidemiologist().await;
    let mut program = portal.browser();
    let mut shown = Vec::new();
    for path in PATHS {
        for path in [
            path.to_owned(),
            format!("{path}?location=north&unit=per100k"),
        ] {
            let mut answers = vec![person.get(&path).await];
            if path.contains('.') {
                answers.push(program.get_with_key(&path, &department.key).await);
            }
            for answer in answers {
                assert_eq!(answer.status, 200, "{path}: {}", answer.text);
                let nonce = answer
                    .text
                    .split_once("nonce=\"")
                    .map(|(_, rest)| rest.split('"').next().unwrap_or_default().to_owned());
                shown.push(match nonce {
                    Some(nonce) => answer.text.replace(&nonce, ""),
                    None => answer.text,
                });
            }
        }
    }
    shown
}

#[tokio::test]
async fn without_the_policy_a_department_still_reads_its_own_cases_alone() {
    let portal = TestPortal::start().await;
    let [alder, birch] = two_departments(&portal).await;
    let with_both = [shown(&alder, &portal).await, shown(&birch, &portal).await];

    let mut owner = portal.owner().await;
    for table in tenant_tables(&mut owner).await {
        let off = format!("alter table {table} disable row level security");
        attempt(&mut owner, &off).await.expect("off");
    }
    let mut tx = alder.begin().await;
    let bare = count(tx.parts().1, "select count(*) from observations").await;
    assert_eq!(bare.expect("rows"), 7, "the first lock is still on");
    drop(tx);

    assert_eq!(shown(&alder, &portal).await, with_both[0]);
    assert_eq!(shown(&birch, &portal).await, with_both[1]);
    for (texts, others) in [
        (&with_both[0], ["1623", "1,623"]),
        (&with_both[1], ["4815", "4,815"]),
    ] {
        for text in texts {
            assert!(!others.iter().any(|other| text.contains(other)), "{text}");
        }
    }
}

#[tokio::test]
async fn without_the_policy_an_import_still_changes_its_own_rows_alone() {
    let portal = TestPortal::start().await;
    let [alder, _birch] = two_departments(&portal).await;
    let mut owner = portal.owner().await;
    for table in tenant_tables(&mut owner).await {
        let off = format!("alter table {table} disable row level security");
        attempt(&mut owner, &off).await.expect("off");
    }
    // A name and a population that are not those of alder's place.
    attempt(
        &mut owner,
        "update locations set name = 'Theirs', population = 5 where tenant_id = 'birch'",
    )
    .await
    .expect("renamed");
    let theirs = "select string_agg(o::text, ';' order by o::text) || (
            select string_agg(l::text, ';' order by l::text) from locations l where tenant_id = 'birch')
         from observations o where tenant_id = 'birch'";
    let before: String = sqlx::query_scalar(theirs)
        .fetch_one(&mut owner)
        .await
        .expect("rows");
    portal.wait(chrono::TimeDelta::days(1));
    alder.reports("north", "2026-03-01", &[1, 2, 3]).await;
    let after: String = sqlx::query_scalar(theirs)
        .fetch_one(&mut owner)
        .await
        .expect("rows");
    assert_eq!(before, after);
}
