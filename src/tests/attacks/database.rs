//! Statements that are smuggled into a department's transaction: predicates, errors, and what else
//! PostgreSQL says besides rows.

use super::{OWN_CASES, SECRET_CASES, SECRET_PLACE, lines, of_birch, said, two_departments};
use crate::tests::{
    behind::{attempt, count, readable_columns, tenant_tables},
    portal::TestPortal,
};

/// Ways of reading a table: whichever is taken, the policy comes first.
const PLANS: [&str; 4] = [
    "set local enable_seqscan = on",
    "set local enable_indexscan = off; set local enable_bitmapscan = off; set local enable_indexonlyscan = off",
    "set local enable_seqscan = off",
    "set local max_parallel_workers_per_gather = 4; set local parallel_setup_cost = 0; \
     set local parallel_tuple_cost = 0; set local min_parallel_table_scan_size = 0",
];

/// Predicates that fail on the value they are made for, and on no other that is here. None is
/// declared leakproof, so PostgreSQL may not ask them of a row before it asks the policy.
fn failing(value: i32) -> [String; 4] {
    [
        format!("1 / (new_cases - {value}) = 0"),
        format!("case when new_cases = {value} then 1 / (new_cases - {value}) else 0 end = 1"),
        format!("(case new_cases when {value} then 'told' else '0' end)::int = 1"),
        format!("('2026-02-' || case new_cases when {value} then 30 else 1 end)::date is null"),
    ]
}

#[tokio::test]
async fn a_predicate_that_fails_on_anothers_value_never_sees_it() {
    let portal = TestPortal::start().await;
    let (alder, _) = two_departments(&portal).await;
    for plan in PLANS {
        for (value, fails) in [(SECRET_CASES[0], false), (OWN_CASES[0], true)] {
            for predicate in failing(value) {
                for query in [
                    format!("select count(*) from observations where {predicate}"),
                    format!(
                        "select count(*) from observations where {predicate} and tenant_id = 'birch'"
                    ),
                    format!("select count(*) from observations where tenant_id = 'birch' or {predicate}"),
                    format!(
                        "select count(*) from (select from observations order by {predicate}) rows"
                    ),
                    format!(
                        "select count(*) from locations l join observations o
                         on o.location_id = l.location_id and {predicate}"
                    ),
                    format!(
                        "with changed as (
                             update observations set superseded_on = superseded_on where {predicate} returning 1
                         ) select count(*) from changed"
                    ),
                ] {
                    let mut tx = alder.begin().await;
                    sqlx::raw_sql(plan).execute(tx.parts().1).await.expect("a plan");
                    let told = said(count(tx.parts().1, &query).await);
                    // Where none of alder's rows is asked for, its own need not fail either.
                    if !(fails && query.ends_with("and tenant_id = 'birch'")) {
                        assert_eq!(told.is_some(), fails, "{plan}: {query}: {told:?}");
                    }
                }
            }
        }
    }
}

#[tokio::test]
async fn an_error_that_quotes_a_row_quotes_ones_own() {
    let portal = TestPortal::start().await;
    let (alder, _) = two_departments(&portal).await;
    let mut owner = portal.owner().await;
    let mut quoted = 0;
    for table in tenant_tables(&mut owner).await {
        let columns = readable_columns(&mut owner, &table).await;
        for plan in PLANS {
            // A whole row that should be a number is quoted whole.
            let query =
                format!("select count(*) from {table} where row({columns})::text::int is null");
            let mut tx = alder.begin().await;
            sqlx::raw_sql(plan)
                .execute(tx.parts().1)
                .await
                .expect("a plan");
            if let Some(told) = said(count(tx.parts().1, &query).await) {
                assert!(told.contains("alder"), "{table}: {told}");
                assert_eq!(of_birch(&told), None, "{table}: {told}");
                quoted += 1;
            }
        }
    }
    assert!(quoted > 4, "no error quotes anything");
}

#[tokio::test]
async fn a_function_that_remembers_what_it_is_called_with_meets_ones_own_rows_alone() {
    let portal = TestPortal::start().await;
    let (alder, _) = two_departments(&portal).await;
    for plan in PLANS {
        let mut tx = alder.begin().await;
        sqlx::raw_sql(plan)
            .execute(tx.parts().1)
            .await
            .expect("a plan");
        let query = "select count(*) from observations where set_config(
            'app.seen', current_setting('app.seen', true) || ' ' || tenant_id || new_cases, true) is null";
        attempt(tx.parts().1, "set local app.seen = ''")
            .await
            .expect("set");
        count(tx.parts().1, query).await.expect("a count");
        let seen = lines(tx.parts().1, "select current_setting('app.seen')").await;
        let seen = seen.expect("a setting").concat();
        // Several processes each remember for themselves.
        let parallel = plan.contains("parallel");
        assert!(parallel || seen.contains("alder4815"), "{plan}: {seen:?}");
        assert_eq!(of_birch(&seen), None, "{plan}");
    }
}

/// What is refused for a row of alder's is refused in the same words whether birch has the like or
/// nobody.
#[tokio::test]
async fn a_refusal_is_the_same_whether_another_has_such_a_row_or_nobody() {
    let portal = TestPortal::start().await;
    let (alder, birch) = two_departments(&portal).await;
    birch.reports(SECRET_PLACE, "2026-03-11", &[3]).await;
    let mut owner = portal.owner().await;
    let theirs: uuid::Uuid =
        sqlx::query_scalar("select annotation_id from annotations where tenant_id = 'birch'")
            .fetch_one(&mut owner)
            .await
            .expect("a note");
    let nobodys = uuid::Uuid::new_v4().to_string();
    let theirs = theirs.to_string();
    let attempts = [
        // References across.
        (
            "insert into observations (tenant_id, location_id, date, as_of, upload_no, new_cases)
             values ('alder', '?', '2026-03-01', '2026-03-31', 1, 1)",
            SECRET_PLACE,
            "nowhere-at-all",
        ),
        (
            "update locations set parent_id = '?'",
            SECRET_PLACE,
            "nowhere-at-all",
        ),
        (
            "insert into upload_chunks (tenant_id, upload_no, chunk_no, bytes) values ('alder', ?, 0, '')",
            "2",
            "9",
        ),
        // Rows for birch that it has already, or has not.
        (
            "insert into locations (tenant_id, location_id, name) values ('birch', '?', 'x')",
            SECRET_PLACE,
            "nowhere-at-all",
        ),
        (
            "insert into locations (tenant_id, location_id, name) values ('birch', '?', 'x') on conflict do nothing",
            SECRET_PLACE,
            "nowhere-at-all",
        ),
        (
            "insert into locations (tenant_id, location_id, name) values ('birch', '?', 'x')
             on conflict (tenant_id, location_id) do update set name = 'y'",
            SECRET_PLACE,
            "nowhere-at-all",
        ),
        (
            "insert into annotations (tenant_id, annotation_id, first_day, last_day, kind, text,
                 excluded_from_fitting, created_at, created_by)
             values ('birch', '?', '2026-03-01', '2026-03-01', 'other', 'x', false, now(), 'x')",
            &theirs,
            &nobodys,
        ),
        // An order for rows to be locked.
        (
            "select 1 / count(*) from (select from locations where location_id = '?' for update nowait) rows",
            SECRET_PLACE,
            "nowhere-at-all",
        ),
    ];
    for (statement, theirs, nobodys) in attempts {
        let mut told = Vec::new();
        for value in [theirs, nobodys] {
            let mut tx = alder.begin().await;
            let tried = attempt(tx.parts().1, &statement.replace('?', value)).await;
            let words = said(tried).unwrap_or_else(|| panic!("{statement} is not refused"));
            told.push(words.replace(&format!(", {value})"), ", ?)"));
        }
        assert_eq!(told[0], told[1], "{statement}");
        assert!(!told[0].contains("hemlock"), "{}", told[0]);
    }
}

/// Whoever has no birch before them cannot find it by a name that is taken either.
#[tokio::test]
async fn names_that_another_has_taken_are_free() {
    let portal = TestPortal::start().await;
    let (alder, _) = two_departments(&portal).await;
    let mut owner = portal.owner().await;
    let theirs: uuid::Uuid =
        sqlx::query_scalar("select annotation_id from annotations where tenant_id = 'birch'")
            .fetch_one(&mut owner)
            .await
            .expect("a note");
    let mut tx = alder.begin().await;
    for statement in [
        format!("insert into locations (tenant_id, location_id, name) values ('alder', '{SECRET_PLACE}', 'x')"),
        format!(
            "insert into annotations (tenant_id, annotation_id, first_day, last_day, kind, text,
                 excluded_from_fitting, created_at, created_by)
             values ('alder', '{theirs}', '2026-03-01', '2026-03-01', 'other', 'x', false, now(), 'x')"
        ),
    ] {
        assert_eq!(said(attempt(tx.parts().1, &statement).await), None, "{statement}");
    }
}
