//! Whoever brings departments on looks for what these report.

use sqlx::AssertSqlSafe;

use super::{OWN_CASES, SECRET_CASES, stands_alone, two_departments};
use crate::{
    database::Hat,
    tests::{
        behind::{attempt, tables},
        crossover::{TABLE, visitors::filled_in},
        portal::{Browser, TestPortal},
    },
};

/// Every count of everybody's, however it might be written.
fn counts() -> Vec<String> {
    OWN_CASES
        .iter()
        .chain(&SECRET_CASES)
        .flat_map(|count| {
            [
                count.to_string(),
                format!("{},{:03}", count / 1_000, count % 1_000),
            ]
        })
        .chain(["hemlock".to_owned(), "NORTH".to_owned()])
        .collect()
}

#[tokio::test]
async fn who_onboards_finds_no_count_no_place_and_no_note_on_any_page_they_open() {
    let portal = TestPortal::start().await;
    let (alder, _) = two_departments(&portal).await;
    let mut staff: Browser = portal.onboarding_staff().await;
    let mut opened = 0;
    for tenant in ["alder", "birch"] {
        let parts = [
            ("{tenant}", tenant.to_owned()),
            ("{upload}", "1".to_owned()),
            ("{token}", alder.invitation.clone()),
            ("{run_id}", uuid::Uuid::new_v4().to_string()),
            ("{*file}", "cordon.js".to_owned()),
        ];
        for (_, route, _) in TABLE.iter().filter(|(method, _, _)| *method == "GET") {
            let path = filled_in(route, &parts);
            for path in [
                path.clone(),
                format!("{path}?tenant={tenant}&q=hemlock&location=north"),
            ] {
                let answer = staff.get(&path).await;
                opened += u32::from(answer.status == 200);
                for count in counts() {
                    // What they asked for themselves may stand in the page again.
                    let asked = count == "hemlock" && path.contains("q=hemlock");
                    let told = stands_alone(&answer.text, &count);
                    assert!(asked || !told, "{count} on {path}");
                }
            }
        }
    }
    assert!(opened > 20, "{opened}");
}

/// Whatever is granted to them in time to come: nothing they can read holds a count.
#[tokio::test]
async fn nothing_that_the_hat_of_onboarding_reads_holds_a_count_or_a_place() {
    let portal = TestPortal::start().await;
    two_departments(&portal).await;
    let mut owner = portal.owner().await;
    let mut columns_read = 0;
    for table in tables(&mut owner).await {
        let columns: Vec<String> = sqlx::query_scalar(
            "select quote_ident(attname) from pg_attribute
             where attrelid = $1::regclass and attnum > 0 and not attisdropped
                 and has_column_privilege('cordon_registrar', attrelid, attnum, 'select')",
        )
        .bind(&table)
        .fetch_all(&mut owner)
        .await
        .expect("columns");
        for column in columns {
            let begun = portal.app.pools.begin_registrar().await;
            let mut tx = begun.expect("a transaction");
            let all = format!("select coalesce(string_agg({column}::text, ' '), '') from {table}");
            let all: String = sqlx::query_scalar(AssertSqlSafe(all))
                .fetch_one(tx.conn())
                .await
                .expect("rows");
            columns_read += 1;
            for count in counts() {
                // An id or a moment may hold any four digits.
                let word = all
                    .split([' ', '"', ',', '{', '}', ':'])
                    .any(|word| word == count);
                assert!(!word, "{count} in {table}.{column}");
            }
        }
    }
    assert!(columns_read > 20, "{columns_read}");
    // Nor by writing: what a row would change to is not shown, and a function computes nothing.
    let pools = portal.app.pools.each();
    let (_, pool) = pools
        .iter()
        .find(|(hat, _)| *hat == Hat::Registrar)
        .expect("a pool");
    for statement in [
        "insert into tenants (tenant_id, name, contact_email, onboarding_id, created_at)
         select 'cedar', sum(new_cases)::text, 'a@b.example', gen_random_uuid(), now() from observations",
        "select (select count(*) from observations)",
        "select 1 where exists (select from observations)",
        "select query_to_xml('select * from observations', true, false, '')",
        "select table_to_xml('observations', true, false, '')",
        "select database_to_xml(true, false, '')",
        "select ts_stat('select to_tsvector(new_cases::text) from observations')",
        "copy observations to stdout",
        "lock table observations",
        "select nextval('observations')",
    ] {
        let mut tx = pool.begin().await.expect("a transaction");
        let refused = attempt(&mut tx, statement).await;
        let empty = statement.contains("database_to_xml");
        assert!(refused.is_err() || empty, "{statement}");
    }
}
