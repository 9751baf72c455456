//! What was done is recorded with it, by whom and from where, and nobody can change the record.

use axum::http::StatusCode;
use sqlx::{AssertSqlSafe, Executor as _};

use super::{
    behind::{NOT_ALLOWED, attempt, count, refusal},
    commands::{Csv, type_in},
    portal::TestPortal,
};
use crate::{
    Result,
    audit::{
        self,
        chain::Line,
        check::{Ends, check, read},
        head::{Head, Signer},
        written::{json_lines, read_json_lines},
    },
    database::Hat,
};

/// Reads every chain and follows it.
async fn checked(portal: &TestPortal, heads: &[Head]) -> Result<Ends> {
    let mut tx = portal.app.pools.begin_operator().await?;
    let lines = read(&mut tx, None).await?;
    check(&lines, heads, &signer(portal).public_key())
}

fn signer(portal: &TestPortal) -> Signer {
    Signer::of(portal.server.secret()).expect("a signer")
}

/// How far each chain is, signed.
async fn heads(portal: &TestPortal) -> Vec<Head> {
    let ends = checked(portal, &[]).await.expect("chains that hold");
    let now = portal.app.clock.now();
    ends.iter()
        .map(|(chain, end)| signer(portal).sign(chain, end, now))
        .collect()
}

/// A portal where two departments' people, a program and staff did something.
async fn portal_in_use() -> TestPortal {
    let portal = TestPortal::start().await;
    for id in ["alder", "birch"] {
        let department = portal.onboard(id).await;
        department.reports("north", "2026-03-01", &[1]).await;
        department.notes("2026-03-01", "a storm", None, false).await;
        department.epidemiologist().await;
    }
    portal.admin().await;
    portal
}

#[tokio::test]
async fn every_line_is_linked_into_its_departments_chain_or_the_platforms() {
    let portal = portal_in_use().await;
    let ends = checked(&portal, &[]).await.expect("chains that hold");
    assert_eq!(ends.keys().collect::<Vec<_>>(), ["", "alder", "birch"]);
    let mut owner = portal.owner().await;
    for (chain, end) in ends {
        let table = match chain.as_str() {
            "" => "platform_audit".to_owned(),
            tenant => format!("audit where tenant_id = '{tenant}'"),
        };
        let lines = count(&mut owner, &format!("select count(*) from {table}")).await;
        assert_eq!(end.seq, lines.expect("lines"), "{chain}");
        assert!(end.seq > 1, "{chain}");
    }
}

#[tokio::test]
async fn lines_that_are_written_at_once_are_linked_one_behind_the_other() {
    let portal = TestPortal::start().await;
    let alder = portal.onboard("alder").await;
    let before = checked(&portal, &[]).await.expect("it holds")["alder"].seq;
    let writing: Vec<_> = (0..24)
        .map(|turn| {
            let (pools, tenant) = (portal.app.pools.clone(), alder.tenant.clone());
            let now = portal.app.clock.now();
            tokio::spawn(async move {
                let mut tx = pools.begin_gate().await?;
                for _ in 0..2 {
                    audit::record(&mut tx, &tenant, now, "test", "thing.done", "it").await?;
                }
                if turn % 3 == 0 {
                    // Taken back: no line, and no gap where it would have been.
                    return Ok(0);
                }
                tx.commit().await?;
                Ok::<i64, crate::Error>(2)
            })
        })
        .collect();
    let mut written = 0;
    for work in writing {
        written += work.await.expect("it ended").expect("written");
    }
    assert_eq!(written, 32);
    let after = checked(&portal, &[]).await.expect("it holds")["alder"].seq;
    assert_eq!(after - before, written);
}

#[tokio::test]
async fn no_hat_changes_the_record_or_its_links() {
    let portal = portal_in_use().await;
    for (hat, pool) in portal.app.pools.each() {
        for table in ["audit", "platform_audit"] {
            for statement in [
                format!("update {table} set subject = 'nothing'"),
                format!("update {table} set outcome = 'done'"),
                format!("delete from {table}"),
                format!("truncate {table} cascade"),
                format!("alter table {table} disable trigger link"),
                format!("drop trigger link on {table}"),
                format!("update {table}_links set hash = sha256('x')"),
                format!("delete from {table}_links"),
                format!("insert into {table}_links select * from {table}_links"),
            ] {
                let mut tx = pool.begin().await.expect("a transaction");
                if hat == Hat::Tenant {
                    let binding = portal.app.pools.binding();
                    binding.bind(&mut tx, "alder").await.expect("bound");
                }
                let tried = attempt(&mut tx, &statement).await;
                assert_eq!(refusal(tried), NOT_ALLOWED, "{hat:?}: {statement}");
            }
        }
        for statement in [
            "select from app.audit_heads",
            "update app.audit_heads set seq = 0",
            "select app.link('birch', gen_random_uuid(), now(), 'x', 'x', 'x.x', 'x', 'done')",
            "select app.audit_hash('', 'x')",
            "set session_replication_role = replica",
        ] {
            let mut tx = pool.begin().await.expect("a transaction");
            let tried = attempt(&mut tx, statement).await;
            assert_eq!(refusal(tried), NOT_ALLOWED, "{hat:?}: {statement}");
        }
    }
}

#[tokio::test]
async fn what_the_owner_of_the_database_does_to_the_record_is_found() {
    const UNGUARDED: &str = "set local session_replication_role = replica";
    for (words, tampering, found) in [
        (
            "a line that says something else",
            "update audit a set subject = 'nothing' from audit_links l
             where l.audit_id = a.audit_id and l.tenant_id = 'alder' and l.seq = 2",
            "line 2 of the record of alder is not what was written",
        ),
        (
            "another who",
            "update audit a set actor = 'somebody@else.example' from audit_links l
             where l.audit_id = a.audit_id and l.tenant_id = 'birch' and l.seq = 1",
            "line 1 of the record of birch is not what was written",
        ),
        (
            "a line of the platform's",
            "update platform_audit set origin = '192.0.2.1' where action = 'session.started'",
            "of the platform's record is not what was written",
        ),
        (
            "a line that is gone",
            "with gone as (delete from audit_links where tenant_id = 'alder' and seq = 2 returning audit_id)
             delete from audit using gone where audit.audit_id = gone.audit_id",
            "line 2 of the record of alder is missing",
        ),
        (
            "a line without its link",
            "delete from audit_links where tenant_id = 'alder' and seq = 2",
            "line 2 of the record of alder is missing",
        ),
        (
            "a line that was put in",
            "insert into audit values ('alder', gen_random_uuid(), now(), 'x', 'x.x', 'x', 'x', 'done')",
            "a line that was never linked",
        ),
        (
            "two lines in each other's place",
            "update audit_links set seq = case seq when 1 then -2 else -1 end
                where tenant_id = 'alder' and seq in (1, 2);
             update audit_links set seq = -seq where seq < 0",
            "line 1 of the record of alder is not what was written",
        ),
        (
            "a line of another department's",
            "update audit set tenant_id = 'alder' where tenant_id = 'birch' and action = 'user.added';
             update audit_links set tenant_id = 'alder', seq = 1000
                where audit_id in (select audit_id from audit where tenant_id = 'alder') and tenant_id = 'birch'",
            "is missing",
        ),
    ] {
        let portal = portal_in_use().await;
        let mut owner = portal.owner().await;
        let sql = format!("begin; {UNGUARDED}; {tampering}; commit");
        sqlx::raw_sql(AssertSqlSafe(sql))
            .execute(&mut owner)
            .await
            .expect(words);
        let reason = checked(&portal, &[]).await.expect_err(words).to_string();
        assert!(reason.contains(found), "{words}: {reason}");
    }
}

#[tokio::test]
async fn a_record_whose_end_was_cut_off_or_written_anew_does_not_reach_its_signed_head() {
    let portal = portal_in_use().await;
    let kept = heads(&portal).await;
    let alder = kept
        .iter()
        .find(|head| head.chain == "alder")
        .expect("a head");
    // What comes after a head leaves it true.
    portal.signed_in("epi@alder.example").await;
    checked(&portal, &kept).await.expect("it holds");
    let mut owner = portal.owner().await;
    let cut = format!(
        "begin; set local session_replication_role = replica;
         delete from audit using audit_links l
            where l.audit_id = audit.audit_id and l.tenant_id = 'alder' and l.seq >= {seq};
         delete from audit_links where tenant_id = 'alder' and seq >= {seq};
         update app.audit_heads h set seq = l.seq, hash = l.hash from audit_links l
            where h.chain = 'alder' and l.tenant_id = 'alder' and l.seq = {seq} - 1;
         commit",
        seq = alder.seq
    );
    owner.execute(AssertSqlSafe(cut)).await.expect("cut off");
    checked(&portal, &[]).await.expect("what is left holds");
    let reason = checked(&portal, &kept).await.expect_err("cut off");
    let missing = format!("line {} of the record of alder is missing", alder.seq);
    assert_eq!(reason.to_string(), missing);
    // Something else is done in its place.
    portal.signed_in("epi@alder.example").await;
    checked(&portal, &[]).await.expect("it holds in itself");
    let reason = checked(&portal, &kept).await.expect_err("written anew");
    assert!(
        reason.to_string().contains("is not what was written"),
        "{reason}"
    );
    // A head of somebody else's making proves nothing.
    let mut forged = kept.clone();
    forged[0].seq = 1;
    let reason = checked(&portal, &forged).await.expect_err("forged");
    assert!(
        reason.to_string().contains("not signed by this key"),
        "{reason}"
    );
}

#[tokio::test]
async fn the_record_is_verified_without_the_database() {
    let portal = portal_in_use().await;
    let mut epi = portal.signed_in("epi@alder.example").await;
    let own = epi.get("/audit/lines.jsonl").await;
    assert_eq!(own.header("content-type"), "application/jsonl");
    let kept = Csv::of(&json_lines(&heads(&portal).await[1..2]).expect("heads"));
    let key = signer(&portal).public_key().to_string();
    let verify = async |file: &Csv| {
        let words = [
            "audit",
            "verify",
            file.path(),
            "--heads",
            kept.path(),
            "--key",
            &key,
        ];
        type_in(&portal, &words).await
    };
    verify(&Csv::of(&own.text)).await.expect("it holds");
    let lines: Vec<Line> = read_json_lines(&own.text, "a line").expect("lines");
    assert!(lines.iter().all(|line| line.chain == "alder"));
    let changed = own.text.replace("tenant.onboarded", "tenant.forgotten");
    let reason = verify(&Csv::of(&changed)).await.expect_err("changed");
    assert_eq!(
        reason.to_string(),
        "line 2 of the record of alder is not what was written"
    );
    let cut: String = own
        .text
        .lines()
        .take(1)
        .map(|line| format!("{line}\n"))
        .collect();
    let reason = verify(&Csv::of(&cut)).await.expect_err("cut");
    assert_eq!(
        reason.to_string(),
        "line 2 of the record of alder is missing"
    );
    let reason = verify(&Csv::of("nonsense\n")).await.expect_err("nonsense");
    assert!(
        reason
            .to_string()
            .starts_with("line 1 is not a line of the record"),
        "{reason}"
    );
}

#[tokio::test]
async fn the_commands_that_read_sign_and_verify_the_live_record_do_so() {
    let portal = portal_in_use().await;
    for words in [
        vec!["audit", "export"],
        vec!["audit", "export", "alder"],
        vec!["audit", "heads"],
        vec!["audit", "key"],
        vec!["audit", "verify"],
    ] {
        type_in(&portal, &words).await.expect("done");
    }
    type_in(&portal, &["audit", "export", "cedar"])
        .await
        .expect_err("no such department");
    portal
        .owner()
        .await
        .execute("update audit set subject = 'x' where action = 'tenant.onboarded' and tenant_id = 'alder'")
        .await
        .expect("changed");
    for words in ["verify", "heads"] {
        let reason = type_in(&portal, &["audit", words])
            .await
            .expect_err("changed");
        assert!(
            reason.to_string().contains("of the record of alder"),
            "{reason}"
        );
    }
}

#[tokio::test]
async fn a_department_reads_what_was_done_to_it_by_whom_and_from_where() {
    let portal = portal_in_use().await;
    let mut staff = portal.onboarding_staff().await;
    let issued = staff
        .post(
            "/admin/tenants/alder/keys",
            &[
                ("submission", "0195f3c2-0000-7000-8000-000000000001"),
                ("name", "by staff"),
                ("expires", "30d"),
                ("read", "on"),
            ],
        )
        .await;
    assert_eq!(issued.status, StatusCode::OK, "{}", issued.text);
    let mut epi = portal.signed_in("epi@alder.example").await;
    let page = epi.get("/audit").await;
    for words in [
        "staff@cordon.example",
        "api_key.issued",
        "127.0.0.1",
        "epi@alder.example",
    ] {
        assert!(page.text.contains(words), "{words}");
    }
    for other in ["birch", "admin@cordon.example"] {
        assert!(!page.text.contains(other), "{other}");
    }
    // What is looked for, small and capital letters alike.
    let found = epi.get("/audit?q=STAFF%40cordon").await;
    assert!(found.text.contains("api_key.issued"));
    assert!(!found.text.contains("annotation.added"));
    for nothing in [
        "/audit?q=birch",
        "/audit?from=2027-01-01",
        "/audit?to=2020-01-01",
    ] {
        let found = epi.get(nothing).await;
        assert!(
            found.text.contains("Nothing that was done matches."),
            "{nothing}"
        );
    }
    for bad in ["/audit?from=yesterday", "/audit?before=x"] {
        assert_eq!(epi.get(bad).await.status, StatusCode::BAD_REQUEST, "{bad}");
    }
    let table = epi.get("/audit/lines.csv?q=api_key.issued").await;
    assert!(table.text.lines().count() >= 2, "{}", table.text);
    assert!(
        table.text.contains("staff@cordon.example"),
        "{}",
        table.text
    );
}

#[tokio::test]
async fn an_administrator_reads_every_chain_and_page_follows_page() {
    let portal = portal_in_use().await;
    let now = portal.app.clock.now();
    let mut tx = portal.app.pools.begin_gate().await.expect("a transaction");
    for number in 1..=60 {
        let subject = format!("thing {number:02}");
        audit::record_platform(&mut tx, now, "test", "thing.done", &subject)
            .await
            .expect("recorded");
    }
    tx.commit().await.expect("committed");
    let mut admin = portal.signed_in("admin@cordon.example").await;
    let all = admin.get("/admin/audit").await;
    let older = all
        .text
        .split('"')
        .find(|text| text.starts_with("/admin/audit?before="))
        .expect("a page behind it")
        .replace("&amp;", "&");
    let behind = admin.get(&older).await;
    let subjects = |text: &str| {
        (1..=60)
            .filter(|number| text.contains(&format!("thing {number:02}")))
            .count()
    };
    assert_eq!(subjects(&all.text) + subjects(&behind.text), 60);
    assert!(subjects(&behind.text) > 0 && behind.text.contains("tenant.onboarded"));
    let alder = admin.get("/admin/audit?of=alder").await;
    assert!(alder.text.contains("annotation.added") && !alder.text.contains("thing 60"));
    let platform = admin.get("/admin/audit?of=platform&q=session").await;
    assert!(platform.text.contains("session.started") && !platform.text.contains("alder"));
}
