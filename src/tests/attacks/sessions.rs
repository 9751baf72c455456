//! One connection, two departments: prepared statements, savepoints, and connections that end.

use sqlx::{AssertSqlSafe, Connection as _, PgConnection};

use super::{OWN_CASES, SECRET_CASES, lines, two_departments};
use crate::{
    Config,
    database::{Guard, Hat, Pools},
    tenancy::TenantTx,
    tests::{
        behind::{BOUND_ALREADY, UNBOUND, UNPROVED, attempt, count, refusal},
        portal::TestPortal,
    },
};

const READ: &str = "select new_cases from observations where new_cases > $1 order by 1";

async fn session(portal: &TestPortal) -> PgConnection {
    PgConnection::connect_with(&portal.server.connect_as(Hat::Tenant))
        .await
        .expect("a session")
}

/// More often than PostgreSQL needs to choose a plan that serves every tenant.
#[tokio::test]
async fn a_statement_prepared_for_one_department_reads_only_the_next_ones_rows() {
    let portal = TestPortal::start().await;
    two_departments(&portal).await;
    for mode in ["auto", "force_generic_plan", "force_custom_plan"] {
        let mut session = session(&portal).await;
        attempt(&mut session, &format!("set plan_cache_mode = {mode}"))
            .await
            .expect("set");
        attempt(
            &mut session,
            "prepare mine as select new_cases::text from observations order by 1",
        )
        .await
        .expect("prepared");
        for turn in 0..8 {
            for (tenant, own) in [("alder", &OWN_CASES[..]), ("birch", &SECRET_CASES[..])] {
                let mut tx = session.begin().await.expect("a transaction");
                portal
                    .app
                    .pools
                    .binding()
                    .bind(&mut tx, tenant)
                    .await
                    .expect("bound");
                let read: Vec<i32> = sqlx::query_scalar(READ)
                    .bind(0)
                    .fetch_all(&mut *tx)
                    .await
                    .expect("rows");
                assert_eq!(read, own, "{mode}, turn {turn}");
                let read = lines(&mut tx, "execute mine").await.expect("rows");
                let own: Vec<_> = own.iter().map(i32::to_string).collect();
                assert_eq!(read, own, "{mode}, turn {turn}");
                tx.commit().await.expect("committed");
            }
        }
        let mut tx = session.begin().await.expect("a transaction");
        let unbound = sqlx::query_scalar::<_, i32>(READ)
            .bind(0)
            .fetch_all(&mut *tx)
            .await;
        assert_eq!(refusal(unbound), UNBOUND, "{mode}");
    }
}

#[tokio::test]
async fn going_back_to_a_savepoint_goes_back_to_its_tenant_and_to_no_other() {
    let portal = TestPortal::start().await;
    two_departments(&portal).await;
    let mut session = session(&portal).await;
    let binding = portal.app.pools.binding();
    let tenants = "select distinct tenant_id from observations";
    let mut tx = session.begin().await.expect("a transaction");
    attempt(&mut tx, "savepoint unbound").await.expect("saved");
    binding.bind(&mut tx, "alder").await.expect("bound");
    attempt(&mut tx, "savepoint bound").await.expect("saved");
    assert_eq!(refusal(binding.bind(&mut tx, "birch").await), BOUND_ALREADY);
    attempt(&mut tx, "rollback to bound").await.expect("back");
    assert_eq!(lines(&mut tx, tenants).await.expect("rows"), ["alder"]);
    attempt(&mut tx, "set local app.current_tenant = 'birch'")
        .await
        .expect("set");
    assert_eq!(refusal(lines(&mut tx, tenants).await), UNPROVED);
    attempt(&mut tx, "rollback to bound").await.expect("back");
    assert_eq!(lines(&mut tx, tenants).await.expect("rows"), ["alder"]);
    attempt(&mut tx, "release bound").await.expect("released");
    assert_eq!(lines(&mut tx, tenants).await.expect("rows"), ["alder"]);
    attempt(&mut tx, "rollback to unbound").await.expect("back");
    assert_eq!(refusal(lines(&mut tx, tenants).await), UNBOUND);
}

#[tokio::test]
async fn who_unbinds_the_tenant_reads_nothing_and_binds_no_other() {
    let portal = TestPortal::start().await;
    let (alder, _) = two_departments(&portal).await;
    for unbound in [
        "set local app.current_tenant = ''",
        "set local app.current_tenant = default",
        "reset app.current_tenant",
        "reset all",
        "discard all",
        "set session authorization default",
        "select set_config('app.current_tenant', null, true)",
    ] {
        let mut tx = alder.begin().await;
        // Some of them PostgreSQL refuses in a transaction, which ends it.
        let done = attempt(tx.parts().1, unbound).await.is_ok();
        let read = lines(tx.parts().1, "select distinct tenant_id from observations").await;
        match &read {
            Ok(read) => assert_eq!(read, &["alder"], "{unbound}"),
            Err(_) => assert!(
                !done || refusal(read) == UNBOUND,
                "{unbound} is refused for another reason"
            ),
        }
        let mut tx = alder.begin().await;
        let statement = format!(
            "{unbound}; select app.bind_tenant('birch', current_setting('app.tenant_proof', true));
             select count(*) from observations"
        );
        let read = sqlx::raw_sql(AssertSqlSafe(statement))
            .execute(tx.parts().1)
            .await;
        assert!(
            read.is_err(),
            "{unbound}, and birch is read without a proof"
        );
    }
}

#[tokio::test]
async fn when_the_server_ends_a_connection_in_the_middle_the_next_request_is_answered() {
    let portal = TestPortal::start_with(|config| Config {
        pool_size: 1,
        ..config
    })
    .await;
    let (alder, birch) = two_departments(&portal).await;
    let mut epi = alder.epidemiologist().await;
    for _ in 0..3 {
        let mut tx = birch.begin().await;
        let theirs: i32 = sqlx::query_scalar("select pg_backend_pid()")
            .fetch_one(tx.parts().1)
            .await
            .expect("a process");
        attempt(tx.parts().1, "update locations set name = 'Half done'")
            .await
            .expect("begun");
        let mut owner = portal.owner().await;
        let ended: bool = sqlx::query_scalar("select pg_terminate_backend($1, 5000)")
            .bind(theirs)
            .fetch_one(&mut owner)
            .await
            .expect("an answer");
        assert!(ended);
        assert!(
            count(tx.parts().1, "select count(*) from observations")
                .await
                .is_err()
        );
        drop(tx);
        let answer = epi.get("/data/daily.csv").await;
        assert_eq!(answer.status, 200, "{}", answer.text);
        assert!(answer.text.contains(",4815,"), "{}", answer.text);
        assert_eq!(super::of_birch(&answer.text), None);
        let half = count(
            &mut owner,
            "select count(*) from locations where name = 'Half done'",
        );
        assert_eq!(half.await.expect("a count"), 0);
    }
}

/// As when it was restarted: a few requests may meet a connection that is gone, and are told that
/// something went wrong; none is answered with anything else, and then all are answered.
#[tokio::test]
async fn when_the_server_ends_every_connection_requests_are_soon_answered_again() {
    let portal = TestPortal::start().await;
    let (alder, _) = two_departments(&portal).await;
    let mut program = portal.browser();
    let file = "/data/daily.csv";
    assert_eq!(program.get_with_key(file, &alder.key).await.status, 200);
    let ended = "select count(pg_terminate_backend(pid, 5000)) from pg_stat_activity
        where datname = current_database() and usename like 'cordon\\_%' and pid <> pg_backend_pid()
            and usename <> current_user";
    let ended = count(&mut portal.owner().await, ended)
        .await
        .expect("ended");
    assert!(ended > 1, "{ended}");
    let mut failed = 0;
    loop {
        let answer = program.get_with_key(file, &alder.key).await;
        assert_eq!(super::of_birch(&answer.text), None);
        if answer.status == 200 {
            assert!(answer.text.contains(",4815,"), "{}", answer.text);
            break;
        }
        assert!(answer.status.is_server_error(), "{answer:?}");
        failed += 1;
        assert!(
            failed <= ended,
            "a connection that is gone stays in its pool"
        );
    }
}

#[tokio::test]
async fn a_statement_that_takes_too_long_leaves_no_tenant_behind() {
    let portal = TestPortal::start().await;
    let (alder, birch) = two_departments(&portal).await;
    let pools = Pools::open_guarded(&portal.server, 1, Guard::On);
    for timeout in ["statement_timeout", "lock_timeout"] {
        let mut tx = TenantTx::begin(&pools, &birch.tenant)
            .await
            .expect("a transaction");
        let mut owner = portal.owner().await;
        sqlx::raw_sql("begin; lock table forecasts in access exclusive mode")
            .execute(&mut owner)
            .await
            .expect("locked");
        attempt(tx.parts().1, &format!("set local {timeout} = '20ms'"))
            .await
            .expect("set");
        let refused = refusal(count(tx.parts().1, "select count(*) from forecasts").await);
        assert!(["57014", "55P03"].contains(&&*refused), "{refused}");
        drop(tx);
        drop(owner);
        let mut tx = TenantTx::begin(&pools, &alder.tenant)
            .await
            .expect("a transaction");
        let read = lines(
            tx.parts().1,
            "select new_cases::text from observations order by 1",
        )
        .await;
        assert_eq!(
            read.expect("rows"),
            OWN_CASES.map(|count| count.to_string())
        );
        let mut shown = lines(tx.parts().1, &format!("show {timeout}"))
            .await
            .expect("a setting");
        assert_ne!(shown.pop().as_deref(), Some("20ms"));
    }
}

/// Two departments' requests at once over as few connections as there can be.
#[tokio::test]
async fn requests_by_turns_over_one_connection_never_change_sides() {
    let portal = TestPortal::start_with(|config| Config {
        pool_size: 1,
        ..config
    })
    .await;
    let (alder, birch) = two_departments(&portal).await;
    let mut asked = tokio::task::JoinSet::new();
    for turn in 0..60 {
        let (department, own, others) = match turn % 2 {
            0 => (&alder, ",4815,", ",1623,"),
            _ => (&birch, ",1623,", ",4815,"),
        };
        let (mut program, key) = (portal.browser(), department.key.clone());
        asked.spawn(async move {
            let answer = program.get_with_key("/data/daily.csv", &key).await;
            assert_eq!(answer.status, 200, "{}", answer.text);
            assert!(
                answer.text.contains(own) && !answer.text.contains(others),
                "{}",
                answer.text
            );
        });
    }
    asked.join_all().await;
}
