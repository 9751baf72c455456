//! The first lock: row-level security shows a transaction one tenant's rows, whatever the
//! query says. No query here names a tenant where it need not.

use sqlx::AssertSqlSafe;

use super::{
    behind::{
        NO_SUCH_ROW, NOT_ALLOWED, UNBOUND, attempt, count, readable_columns, refusal, tenant_tables,
    },
    portal::{Department, TestPortal},
};

/// A department with a row in every table that departments reach: as many as `days` in some,
/// so that another's are not mistaken for them.
async fn department<'a>(portal: &'a TestPortal, id: &str, days: usize) -> Department<'a> {
    let department = portal.onboard(id).await;
    department
        .reports("north", "2026-03-01", &vec![7; days])
        .await;
    for _ in 0..days {
        portal
            .browser()
            .get_with_key("/data/daily.csv", &department.key)
            .await;
    }
    let mut tx = department.begin().await;
    for insert in [
        "insert into upload_chunks (tenant_id, upload_no, chunk_no, bytes)
         select tenant_id, upload_no, 0, 'date' from uploads",
        "insert into readings (tenant_id, header_hash, reading, used_at)
         select distinct tenant_id, sha256('date'), '{}'::jsonb, now() from uploads",
        "insert into annotations (
            tenant_id, annotation_id, first_day, last_day, kind, text, excluded_from_fitting, created_at, created_by
         )
         select tenant_id, gen_random_uuid(), date, date, 'other', 'note', false, now(), 'test' from observations",
        "insert into releases (tenant_id, release_id, token_hash, figures, released_at, released_by, expires_at)
         select tenant_id, gen_random_uuid(), sha256('link'), '{}'::jsonb, now(), 'test', now() from observations",
        "insert into model_settings (tenant_id, version, settings, created_at, created_by)
         select distinct tenant_id, 1, '{}'::jsonb, now(), 'test' from uploads",
        "insert into model_runs (tenant_id, run_id, kind, cause, requested_at, requested_by)
         select tenant_id, gen_random_uuid(), 'forecast', 'command', now(), 'test' from observations",
        "insert into outlooks
            (tenant_id, state_id, location_id, origin, model, rises, recent_week, reporting, origins)
         select tenant_id, state_id, 'north', '2026-03-01', 'baseline', 0.5, 1, 1, 0 from model_states",
        "insert into reproduction_numbers (tenant_id, location_id, date, state_id, q025, q25, q50, q75, q975)
         select tenant_id, 'north', '2026-03-01', state_id, 1, 1, 1, 1, 1 from model_states",
        "insert into forecast_scores
            (tenant_id, location_id, settings_version, replayed, origin, days, ahead, as_of, twin, baseline)
         select tenant_id, location_id, 0, true, date, 1, 1, as_of,
            array_fill(1::real, array[23]), array_fill(1::real, array[23])
         from observations",
    ] {
        attempt(tx.parts().1, insert).await.expect("a row");
    }
    attempt(
        tx.parts().1,
        "insert into forecasts (tenant_id, state_id, location_id, target_date, quantile, new_cases, issued_at)
         select tenant_id, state_id, 'north', date '2026-04-01', 0.5, 1, now() from model_states",
    )
    .await
    .expect("a forecast");
    tx.commit().await.expect("committed");
    // What only administrators write.
    sqlx::raw_sql(AssertSqlSafe(
        include_str!("billed.sql").replace("$1", &format!("'{id}'")),
    ))
    .execute(&mut portal.owner().await)
    .await
    .expect("billed");
    department
}

/// Whether departments add rows to a table.
async fn may_add(owner: &mut sqlx::PgConnection, table: &str) -> bool {
    sqlx::query_scalar("select has_any_column_privilege('cordon_tenant', $1, 'insert')")
        .bind(table)
        .fetch_one(owner)
        .await
        .expect("an answer")
}

#[tokio::test]
async fn a_query_that_names_no_tenant_counts_the_bound_tenants_rows() {
    let portal = TestPortal::start().await;
    let alder = department(&portal, "alder", 2).await;
    let birch = department(&portal, "birch", 3).await;
    let mut owner = portal.owner().await;
    for table in tenant_tables(&mut owner).await {
        for department in [&alder, &birch] {
            let id = &department.tenant;
            let own = format!("select count(*) from {table} where tenant_id = '{id}'");
            let own = count(&mut owner, &own).await.expect("rows");
            assert!(own > 0, "put a row into {table} for this test to find");
            let mut tx = department.begin().await;
            let seen = count(tx.parts().1, &format!("select count(*) from {table}")).await;
            assert_eq!(seen.expect("rows"), own, "{id} in {table}");
            let others = format!("select count(*) from {table} where tenant_id <> '{id}'");
            assert_eq!(count(tx.parts().1, &others).await.expect("rows"), 0);
        }
    }
}

#[tokio::test]
async fn without_a_tenant_there_is_an_error_and_never_a_row() {
    let portal = TestPortal::start().await;
    department(&portal, "alder", 1).await;
    let mut owner = portal.owner().await;
    for table in tenant_tables(&mut owner).await {
        let columns = readable_columns(&mut owner, &table).await;
        for sql in [
            format!("select count(*) from {table}"),
            format!("select count(*) from {table} where tenant_id = 'alder'"),
            format!("select count(*) from (select from {table} limit 1) t"),
            format!(
                "with copy as (insert into {table} ({columns}) select {columns} from {table} returning 1) select count(*) from copy"
            ),
        ] {
            let mut tx = portal
                .app
                .pools
                .begin_unbound()
                .await
                .expect("a transaction");
            let refusal = refusal(count(tx.conn(), &sql).await);
            let may_not = sql.contains("insert") && !may_add(&mut owner, &table).await;
            assert_eq!(
                refusal,
                if may_not { NOT_ALLOWED } else { UNBOUND },
                "{sql}"
            );
        }
    }
}

#[tokio::test]
async fn a_row_can_neither_be_written_for_another_nor_moved_to_one() {
    let portal = TestPortal::start().await;
    let alder = department(&portal, "alder", 1).await;
    department(&portal, "birch", 1).await;
    let mut owner = portal.owner().await;
    for table in tenant_tables(&mut owner).await {
        let columns = readable_columns(&mut owner, &table).await;
        let mut tx = alder.begin().await;
        let row: serde_json::Value = sqlx::query_scalar(AssertSqlSafe(format!(
            "select to_jsonb(t) from (select {columns} from {table} limit 1) t"
        )))
        .fetch_one(tx.parts().1)
        .await
        .expect("a row");
        let forged = row.to_string().replace("\"alder\"", "\"birch\"");
        let insert = format!(
            "insert into {table} ({columns})
             select {columns} from jsonb_populate_record(null::{table}, '{forged}')"
        );
        assert_eq!(
            refusal(attempt(tx.parts().1, &insert).await),
            NOT_ALLOWED,
            "{table}"
        );
        drop(tx);
        for change in [
            format!("update {table} set tenant_id = 'birch'"),
            format!("delete from {table} where tenant_id = 'birch'"),
            format!("truncate {table}"),
        ] {
            let mut tx = alder.begin().await;
            let done = attempt(tx.parts().1, &change).await;
            // The tables from which rows are taken away again.
            let taken_away = ["sign_on_links", "upload_chunks"].contains(&table.as_str());
            if taken_away && change.starts_with("delete") {
                assert_eq!(done.expect("nothing to delete"), 0);
                continue;
            }
            assert_eq!(refusal(done), NOT_ALLOWED, "{change}");
        }
    }
    let mut tx = alder.begin().await;
    for (change, own) in [
        (
            "update locations set name = 'Ours now' where tenant_id = 'birch'",
            0,
        ),
        ("update locations set name = 'Ours now'", 1),
        (
            "update observations set superseded_on = '2026-04-01' where tenant_id <> 'alder'",
            0,
        ),
        ("update observations set superseded_on = '2026-04-01'", 1),
        ("delete from upload_chunks", 1),
    ] {
        assert_eq!(
            attempt(tx.parts().1, change).await.expect("done"),
            own,
            "{change}"
        );
    }
}

#[tokio::test]
async fn a_reference_cannot_point_into_another_department() {
    let portal = TestPortal::start().await;
    let alder = department(&portal, "alder", 1).await;
    let birch = portal.onboard("birch").await;
    birch.reports("south", "2026-03-01", &[1]).await;
    let theirs: uuid::Uuid =
        sqlx::query_scalar("select state_id from model_states where tenant_id = 'birch'")
            .fetch_one(&mut portal.owner().await)
            .await
            .expect("a state");
    let their_key: uuid::Uuid =
        sqlx::query_scalar("select key_id from api_keys where tenant_id = 'birch'")
            .fetch_one(&mut portal.owner().await)
            .await
            .expect("a key");
    for insert in [
        "insert into observations (tenant_id, location_id, date, as_of, upload_no, new_cases)
         values ('alder', 'south', '2026-03-01', '2026-03-31', 1, 1)"
            .to_owned(),
        format!(
            "insert into forecasts values ('alder', '{theirs}', 'north', '2026-04-01', 0.5, 1, now())"
        ),
        format!(
            "insert into api_keys (tenant_id, key_id, name, prefix, key_hash, scopes, replaces, created_at)
             values ('alder', gen_random_uuid(), 'x', 'x', sha256('x'), '{{read}}', '{their_key}', now())"
        ),
    ] {
        let mut tx = alder.begin().await;
        assert_eq!(
            refusal(attempt(tx.parts().1, &insert).await),
            NO_SUCH_ROW,
            "{insert}"
        );
    }
}

#[tokio::test]
async fn what_another_department_calls_its_own_is_free() {
    let portal = TestPortal::start().await;
    let (alder, birch) = (portal.onboard("alder").await, portal.onboard("birch").await);
    for department in [&alder, &birch] {
        // A key shared by all would refuse the second, and so tell it of the first.
        department.reports("north", "2026-03-01", &[1, 2]).await;
    }
    for department in [&alder, &birch] {
        let mut tx = department.begin().await;
        let seen = count(tx.parts().1, "select count(*) from observations").await;
        assert_eq!(seen.expect("rows"), 2);
    }
}
