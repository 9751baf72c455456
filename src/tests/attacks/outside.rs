//! Ways around the tables: files, other servers, other sessions, and functions that read a table whole.

use sqlx::AssertSqlSafe;

use super::{SECRET_PLACE, lines, of_birch, said, two_departments};
use crate::tests::{
    behind::{NOT_ALLOWED, attempt, count, readable_columns, refusal, tenant_tables},
    portal::TestPortal,
};

#[tokio::test]
async fn files_and_other_servers_are_out_of_reach() {
    let portal = TestPortal::start().await;
    let (alder, _) = two_departments(&portal).await;
    for statement in [
        "copy observations to '/tmp/cordon-observations'",
        "copy (select 1) to '/tmp/cordon-one'",
        "copy locations (tenant_id) from '/etc/passwd'",
        "copy (select 1) to program 'id'",
        "copy locations (tenant_id) from program 'id'",
        "select pg_read_file('/etc/passwd')",
        "select pg_read_binary_file('/etc/passwd')",
        "select pg_ls_dir('.')",
        "select pg_ls_logdir()",
        "select pg_ls_waldir()",
        "select pg_stat_file('PG_VERSION')",
        "select pg_current_logfile()",
        "select lo_import('/etc/passwd')",
        "select lo_export(1, '/tmp/cordon-one')",
        "load '/tmp/cordon.so'",
        "select pg_reload_conf()",
        "select pg_rotate_logfile()",
        "set session_preload_libraries = 'cordon'",
        "set log_statement = 'all'",
        "checkpoint",
        "select pg_create_physical_replication_slot('mine')",
        "create publication mine for all tables",
        "create subscription mine connection 'host=127.0.0.1' publication mine with (connect = false)",
        "create server mine foreign data wrapper postgres_fdw",
        "select rolpassword from pg_authid",
        "select * from pg_file_settings",
        "select * from pg_hba_file_rules",
    ] {
        let mut tx = alder.begin().await;
        let code = refusal(attempt(tx.parts().1, statement).await);
        // No such wrapper, or one that is not theirs to use.
        let no_wrapper = code == "42704" && statement.contains("postgres_fdw");
        assert!(code == NOT_ALLOWED || no_wrapper, "{statement}: {code}");
    }
    let mut owner = portal.owner().await;
    let remote: i64 = count(
        &mut owner,
        "select count(*) from pg_proc where proname like 'dblink%' or proname like 'postgres_fdw%'",
    )
    .await
    .expect("a count");
    assert_eq!(remote, 0, "functions that ask other servers");
}

/// All departments wear one hat, and whoever wears it reads the statements of its other sessions.
#[tokio::test]
async fn the_statements_of_other_sessions_hold_no_value() {
    let portal = TestPortal::start().await;
    let (alder, birch) = two_departments(&portal).await;
    let epi = birch.epidemiologist().await;
    for (table, path) in [
        ("locations", format!("/?location={SECRET_PLACE}")),
        (
            "observations",
            format!("/data/daily.csv?location={SECRET_PLACE}"),
        ),
        (
            "observations",
            format!("/data/revisions?location={SECRET_PLACE}&date=2026-03-01"),
        ),
        ("annotations", "/data/annotations".to_owned()),
        ("forecasts", "/forecast".to_owned()),
        ("audit", "/audit?q=hemlock".to_owned()),
    ] {
        // Birch's statement waits for this, and can be looked at meanwhile.
        let mut owner = portal.owner().await;
        let lock = format!("begin; lock table {table} in access exclusive mode");
        sqlx::raw_sql(AssertSqlSafe(lock))
            .execute(&mut owner)
            .await
            .expect("locked");
        let mut epi = epi.clone();
        let asked = tokio::spawn(async move { epi.get(&path).await.status });
        let mut tx = alder.begin().await;
        let waiting = loop {
            let waiting = lines(
                tx.parts().1,
                "select query from pg_stat_activity
                 where datname = current_database() and wait_event_type = 'Lock'
                     and usename = current_user",
            )
            .await
            .expect("sessions");
            // What is seen of other sessions is kept until the transaction ends.
            attempt(tx.parts().1, "select pg_stat_clear_snapshot()")
                .await
                .expect("forgotten");
            if !waiting.is_empty() || asked.is_finished() {
                break waiting;
            }
            tokio::task::yield_now().await;
        };
        let [query] = &waiting[..] else {
            panic!("no statement of birch's waits for {table}: {waiting:?}");
        };
        assert!(query.contains(table), "{query}");
        assert_eq!(of_birch(query), None, "{query}");
        // Nor do locks name what they are on, other than by numbers.
        let locks = lines(tx.parts().1, "select row(l.*)::text from pg_locks l").await;
        for lock in locks.expect("locks") {
            assert!(
                !lock.contains("hemlock") && !lock.contains("birch"),
                "{lock}"
            );
        }
        sqlx::raw_sql("rollback")
            .execute(&mut owner)
            .await
            .expect("released");
        assert_eq!(asked.await.expect("an answer"), 200);
    }
}

#[tokio::test]
async fn a_statement_that_writes_xml_or_json_of_all_tables_writes_ones_own() {
    let portal = TestPortal::start().await;
    let (alder, _) = two_departments(&portal).await;
    let mut owner = portal.owner().await;
    for table in tenant_tables(&mut owner).await {
        let columns = readable_columns(&mut owner, &table).await;
        for query in [
            format!("select coalesce(json_agg(row({columns}))::text, '') from {table}"),
            format!(
                "select coalesce(string_agg(ctid::text || row({columns})::text, ''), '') from {table}"
            ),
            format!("select query_to_xml('select {columns} from {table}', true, false, '')::text"),
            "select cursor_to_xml('c', 1000, true, false, '')::text".to_owned(),
        ] {
            let mut tx = alder.begin().await;
            if query.contains("cursor_to_xml") {
                let declared = format!("declare c cursor for select {columns} from {table}");
                attempt(tx.parts().1, &declared).await.expect("declared");
            }
            match lines(tx.parts().1, &query).await {
                Ok(all) => assert_eq!(of_birch(&all.concat()), None, "{query}"),
                // A server without XML, a column that is not to be read, a day without an end.
                refused => {
                    let told = said(refused).unwrap_or_default();
                    assert_eq!(of_birch(&told), None, "{query}: {told}");
                    assert!(!query.contains("json_agg"), "{query}: {told}");
                }
            }
        }
    }
    let there = "select count(*) from observations where tenant_id = 'birch'";
    let there = count(&mut owner, there).await.expect("a count");
    assert!(there > 0, "there was nothing to find");
}
