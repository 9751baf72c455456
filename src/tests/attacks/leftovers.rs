//! What a statement that was smuggled into alder's transaction leaves on the connection, for whoever
//! is next on it: birch.

use sqlx::AssertSqlSafe;

use super::{OWN_CASES, lines, two_departments};
use crate::{
    database::{Guard, Pools},
    tenancy::{TenantId, TenantTx},
    tests::{
        behind::{NOT_ALLOWED, attempt, count, refusal},
        portal::TestPortal,
    },
};

/// One connection, so that it is the same one that comes back.
fn one_connection(portal: &TestPortal) -> Pools {
    Pools::open_guarded(&portal.server, 1, Guard::On)
}

async fn begin(pools: &Pools, tenant: &str) -> TenantTx {
    let tenant = TenantId::parse(tenant).expect("an id");
    TenantTx::begin(pools, &tenant)
        .await
        .expect("a transaction")
}

/// Does `smuggled` in a transaction of alder's, commits it, and begins one of birch's.
async fn after(pools: &Pools, smuggled: &str) -> TenantTx {
    let mut tx = begin(pools, "alder").await;
    sqlx::raw_sql(AssertSqlSafe(smuggled.to_owned()))
        .execute(tx.parts().1)
        .await
        .unwrap_or_else(|error| panic!("{smuggled}: {error}"));
    tx.commit().await.expect("committed");
    begin(pools, "birch").await
}

#[tokio::test]
async fn a_cursor_that_was_left_open_shows_the_next_department_nothing() {
    let portal = TestPortal::start().await;
    two_departments(&portal).await;
    let pools = one_connection(&portal);
    let mut tx = after(
        &pools,
        "declare left_open scroll cursor with hold for select new_cases::text from observations",
    )
    .await;
    let open = lines(
        tx.parts().1,
        "select name from pg_cursors where is_holdable",
    )
    .await;
    assert_eq!(open.expect("cursors"), [""; 0]);
    let fetched = lines(tx.parts().1, "fetch all from left_open").await;
    assert_eq!(refusal(fetched), "34000", "the cursor is there");
}

#[tokio::test]
async fn a_setting_that_was_left_behind_changes_nothing_for_the_next_department() {
    let portal = TestPortal::start().await;
    two_departments(&portal).await;
    let pools = one_connection(&portal);
    let settings = "select string_agg(name || '=' || coalesce(setting, ''), ' ' order by name)
        from pg_settings where source in ('session', 'client')
            and name not in ('app.current_tenant', 'app.tenant_proof')";
    let mut tx = begin(&pools, "birch").await;
    let before = lines(tx.parts().1, settings).await.expect("settings");
    drop(tx);
    for smuggled in [
        "set search_path = pg_temp, pg_catalog",
        "set row_security = off",
        "set statement_timeout = '1ms'",
        "set default_transaction_read_only = on",
        "set session characteristics as transaction isolation level serializable",
        "set plan_cache_mode = force_generic_plan",
        "set enable_indexscan = off",
        "set datestyle = 'German'",
        "set timezone = 'Pacific/Kiritimati'",
        "set client_min_messages = debug5",
        "set standard_conforming_strings = off",
        "set app.seen = 'something of alder'",
        "select set_config('app.seen', 'something of alder', false)",
        // Its own tenant, which would be bound already when birch's is.
        "select set_config('app.current_tenant', 'alder', false),
            set_config('app.tenant_proof', current_setting('app.tenant_proof'), false)",
    ] {
        let mut tx = after(&pools, smuggled).await;
        assert_eq!(
            lines(tx.parts().1, settings).await.expect("settings"),
            before,
            "{smuggled}"
        );
        let read = lines(tx.parts().1, "select distinct tenant_id from observations").await;
        assert_eq!(read.expect("rows"), ["birch"], "{smuggled}");
        let seen = "select coalesce(current_setting('app.seen', true), '')";
        assert_eq!(
            lines(tx.parts().1, seen).await.expect("a setting"),
            [""],
            "{smuggled}"
        );
    }
}

#[tokio::test]
async fn a_tenant_that_was_left_bound_is_nobodys_when_the_next_binds_none() {
    let portal = TestPortal::start().await;
    let (alder, _) = two_departments(&portal).await;
    let pools = one_connection(&portal);
    let mut tx = TenantTx::begin(&pools, &alder.tenant)
        .await
        .expect("a transaction");
    let smuggled = "select set_config('app.current_tenant', 'alder', false),
        set_config('app.tenant_proof', current_setting('app.tenant_proof'), false)";
    attempt(tx.parts().1, smuggled).await.expect("set");
    tx.commit().await.expect("committed");
    let mut tx = pools.begin_unbound().await.expect("a transaction");
    let read = count(tx.conn(), "select count(*) from observations").await;
    assert_eq!(refusal(read), crate::tests::behind::UNBOUND);
}

#[tokio::test]
async fn a_lock_that_was_left_behind_holds_nobody_up() {
    let portal = TestPortal::start().await;
    two_departments(&portal).await;
    let pools = one_connection(&portal);
    let mut tx = after(
        &pools,
        "select pg_advisory_lock(hashtextextended('cordon upload birch', 0));
         select pg_advisory_lock_shared(7)",
    )
    .await;
    let mine =
        "select locktype from pg_locks where locktype = 'advisory' and pid = pg_backend_pid()";
    assert_eq!(lines(tx.parts().1, mine).await.expect("locks"), [""; 0]);
    let free = "select pg_try_advisory_lock(hashtextextended('cordon upload birch', 0))::text";
    let free = lines(&mut portal.owner().await, free).await;
    assert_eq!(free.expect("an answer"), ["true"]);
}

#[tokio::test]
async fn a_channel_that_was_listened_to_is_not_heard_by_the_next() {
    let portal = TestPortal::start().await;
    two_departments(&portal).await;
    let pools = one_connection(&portal);
    let mut tx = after(&pools, "listen \"jobs:insert\"; listen mine").await;
    let heard = lines(tx.parts().1, "select * from pg_listening_channels()").await;
    assert_eq!(heard.expect("channels"), [""; 0]);
}

/// What the portal asks of birch's rows is prepared under names that count up. One of alder's under
/// such a name would be run in its place.
#[tokio::test]
async fn a_statement_prepared_under_a_name_of_the_portals_is_not_run_for_the_next() {
    let portal = TestPortal::start().await;
    two_departments(&portal).await;
    let pools = one_connection(&portal);
    const READ: &str = "select new_cases from observations order by 1";
    let mut tx = begin(&pools, "alder").await;
    let read: Vec<i32> = sqlx::query_scalar(READ)
        .fetch_all(tx.parts().1)
        .await
        .expect("rows");
    assert_eq!(read, OWN_CASES);
    let known: String = sqlx::query_scalar(
        "select name from pg_prepared_statements where statement = 'select new_cases from observations order by 1'",
    )
    .fetch_one(tx.parts().1)
    .await
    .expect("its name");
    let smuggled = format!("deallocate {known}; prepare {known} as select 4711 as new_cases");
    sqlx::raw_sql(AssertSqlSafe(smuggled))
        .execute(tx.parts().1)
        .await
        .expect("prepared");
    let replaced: Vec<i32> = sqlx::query_scalar(READ)
        .fetch_all(tx.parts().1)
        .await
        .expect("rows");
    assert_eq!(
        replaced,
        [4_711],
        "this is not how the portal's statements are named"
    );
    tx.commit().await.expect("committed");
    let mut tx = begin(&pools, "birch").await;
    let read: Vec<i32> = sqlx::query_scalar(READ)
        .fetch_all(tx.parts().1)
        .await
        .expect("rows");
    assert_eq!(read, super::SECRET_CASES);
}

#[tokio::test]
async fn a_table_of_ones_own_cannot_stand_in_for_the_portals() {
    let portal = TestPortal::start().await;
    two_departments(&portal).await;
    let pools = one_connection(&portal);
    for smuggled in [
        "create temporary table observations as table observations",
        "create temporary table observations (like public.observations) on commit preserve rows",
        "create table pg_temp.observations (tenant_id text)",
        "create temporary view observations as select * from public.observations",
        "select * into temporary observations from public.observations",
    ] {
        let mut tx = begin(&pools, "alder").await;
        assert_eq!(
            refusal(attempt(tx.parts().1, smuggled).await),
            NOT_ALLOWED,
            "{smuggled}"
        );
        drop(tx);
        let mut tx = begin(&pools, "birch").await;
        let read = lines(tx.parts().1, "select distinct tenant_id from observations").await;
        assert_eq!(read.expect("rows"), ["birch"]);
        // As what the portal would take it, whatever path it looks along.
        let meant = lines(
            tx.parts().1,
            "select relnamespace::regnamespace::text
            from pg_class where oid = 'observations'::regclass",
        )
        .await;
        assert_eq!(meant.expect("a schema"), ["public"]);
    }
}
