//! What PostgreSQL tells of how it did something. Whoever can send it statements of their own learns
//! numbers of rows that way, and what its statistics say of a value they name: SECURITY says so. What
//! they do not name, they are not told.

use std::fmt::Write as _;

use super::{SECRET_CASES, SECRET_PLACE, lines, of_birch, two_departments};
use crate::tests::{
    behind::{attempt, readable_columns, tenant_tables},
    portal::TestPortal,
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
