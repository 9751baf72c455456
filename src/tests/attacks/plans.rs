//! What PostgreSQL tells of how it did something. Whoever can send it statements of their own learns
//! numbers of rows that way, and what its statistics say of a value they name: SECURITY says so. What
//! they do not name, they are not told.

use std::fmt::Write as _;

use super::{SECRET_CASES, SECRET_PLACE, lines, of_birch, two_departments};
use crate::{
    database::{Hat, programs::Programs},
    tests::{
        behind::{attempt, readable_columns, tenant_tables},
        portal::TestPortal,
    },
};

#[tokio::test]
async fn a_plan_that_was_run_quotes_no_value_of_another() {
    let portal = TestPortal::start().await;
    let (alder, _) = two_departments(&portal).await;
    let mut owner = portal.owner().await;
    // With statistics, which hold values of everybody's.
    attempt(&mut owner, "analyze").await.expect("analysed");
    for table in tenant_tables(&mut owner).await {
        let columns = readable_columns(&mut owner, &table).await;
        for format in ["text", "xml", "json", "yaml"] {
            let mut tx = alder.begin().await;
            let explain = format!(
                "explain (analyze, verbose, buffers, settings, timing off, summary off, format {format})
                 select {columns} from {table} order by {columns}"
            );
            let plan = lines_of_any_kind(tx.parts().1, &explain).await;
            assert!(plan.contains(&table), "{plan}");
            assert_eq!(of_birch(&plan), None, "{table}: {plan}");
        }
    }
}

/// What is shown as a plan is text, JSON or XML.
async fn lines_of_any_kind(connection: &mut sqlx::PgConnection, explain: &str) -> String {
    let rows = sqlx::raw_sql(sqlx::AssertSqlSafe(explain.to_owned()))
        .fetch_all(connection)
        .await
        .expect("a plan");
    rows.iter().fold(String::new(), |mut plan, row| {
        let line: &str = sqlx::Row::try_get_unchecked(row, 0).expect("a line");
        writeln!(plan, "{line}").expect("written");
        plan
    })
}

/// Were statistics consulted for these, a value that birch has would be expected more often than one
/// that nobody has, and values could be searched for by their beginning. For `=` alone they are.
#[tokio::test]
async fn an_estimate_of_a_pattern_or_a_computed_value_does_not_tell_what_another_has() {
    let portal = TestPortal::start().await;
    let (alder, birch) = two_departments(&portal).await;
    birch
        .reports(SECRET_PLACE, "2025-01-01", &vec![SECRET_CASES[0]; 300])
        .await;
    attempt(&mut portal.owner().await, "analyze")
        .await
        .expect("analysed");
    for (theirs, nobodys) in [
        (
            format!("new_cases::text = '{}'", SECRET_CASES[0]),
            "new_cases::text = '77'".to_owned(),
        ),
        (
            format!("new_cases + 0 = {}", SECRET_CASES[0]),
            "new_cases + 0 = 77".to_owned(),
        ),
        (
            format!("location_id like '{SECRET_PLACE}%'"),
            "location_id like 'nowhere-at-all%'".to_owned(),
        ),
        (
            format!("location_id ~ '^{SECRET_PLACE}'"),
            "location_id ~ '^nowhere-at-all'".to_owned(),
        ),
    ] {
        let mut expected = Vec::new();
        for filter in [&theirs, &nobodys] {
            let mut tx = alder.begin().await;
            let explain = format!("explain select from observations where {filter}");
            let plan = lines(tx.parts().1, &explain)
                .await
                .expect("a plan")
                .concat();
            let rows = plan.split("rows=").nth(1).expect("rows");
            expected.push(rows.split(' ').next().map(str::to_owned));
        }
        assert_eq!(expected[0], expected[1], "{theirs}");
    }
}

/// What a session is told of its own plans, those of functions among them, holds no key: neither half
/// of it, as a plan writes bytes.
#[tokio::test]
async fn the_plans_that_a_session_may_print_hold_no_key() {
    let portal = TestPortal::start().await;
    two_departments(&portal).await;
    let statements = format!(
        "begin; select app.bind_tenant('alder', '{}');
         set local client_min_messages = log; set local debug_print_plan = on;
         set local debug_print_parse = on; set local debug_print_rewritten = on;
         discard plans; select count(*) from observations;",
        portal.app.pools.binding().prove_now("alder")
    );
    // Not by sqlx, which leaves the detail of what it is told out.
    let role = portal.server.connect_as(Hat::Tenant);
    let psql = Programs::find()
        .expect("PostgreSQL")
        .command("psql")
        .args(["--no-psqlrc", "--quiet", "--host=127.0.0.1"])
        .arg(format!("--port={}", role.get_port()))
        .args(["--username", Hat::Tenant.role()])
        .args(["--command", &statements])
        .arg(role.get_database().expect("a database"))
        .env("PGPASSWORD", portal.server.password(Hat::Tenant))
        .output()
        .expect("psql");
    // Plans are written in lines of some width, which break numbers too.
    let said: String = String::from_utf8_lossy(&psql.stderr)
        .split_whitespace()
        .collect();
    assert!(psql.status.success(), "{said}");
    assert!(said.contains("PLANNEDSTMT"), "no plan is printed: {said}");
    let (inner, outer): (Vec<u8>, Vec<u8>) =
        sqlx::query_as("select inner_pad, outer_pad from app.binding_key")
            .fetch_one(&mut portal.owner().await)
            .await
            .expect("the key");
    for pad in [inner, outer] {
        let written: String = pad[..16].iter().map(u8::to_string).collect();
        assert!(!said.contains(&written), "half of the key is told");
    }
}
