//! A request that is dropped half-way leaves nothing behind: no open transaction, no tenant,
//! and no half of its work.
//!
//! A browser that goes away makes the server drop what it was doing, wherever that waits.
//! Here the same work is dropped at every point at which it can wait, one after the other,
//! and after each all connections are looked at. The test decides how often a future is
//! polled, so that nothing sleeps and nothing is left to chance.

mod dropping;
mod requests;

use std::collections::HashSet;

use sqlx::PgConnection;

use self::dropping::{ENDLESS, MOMENTS, Statements, dropped_after, left_behind, remains};
use super::portal::TestPortal;
use crate::{
    Result, audit,
    clock::Now,
    database::{Guard, Pools},
    tenancy::{TenantId, TenantTx},
};

/// Who comes next, to the connections that were given back: another department, and somebody
/// at the gate, whose statements are transactions by themselves.
struct Next<'a> {
    pools: &'a Pools,
    tenant: &'a TenantId,
    acknowledged: i64,
}

impl Next<'_> {
    async fn works(&mut self) {
        let mut tx = TenantTx::begin(self.pools, self.tenant)
            .await
            .expect("a transaction");
        let (tenant, connection) = tx.parts();
        Self::store(tenant, connection).await;
        let visible: Vec<String> = sqlx::query_scalar("select distinct tenant_id from audit")
            .fetch_all(connection)
            .await
            .expect("rows");
        assert_eq!(visible, [self.tenant.as_str()]);
        tx.commit().await.expect("committed");
        let mut gate = self.pools.gate().await.expect("a connection");
        Self::store(self.tenant.as_str(), gate.conn()).await;
        self.acknowledged += 2;
    }

    async fn store(tenant: &str, connection: &mut PgConnection) {
        sqlx::query(
            "insert into audit values ($1, gen_random_uuid(), now(), 'next', 'next.worked', '', 'test', 'done')",
        )
        .bind(tenant)
        .execute(connection)
        .await
        .expect("stored");
    }

    /// How many acknowledged rows are not there, once all connections are closed.
    async fn lost(self, portal: &TestPortal) -> i64 {
        self.pools.close().await;
        let kept: i64 = sqlx::query_scalar("select count(*) from audit where actor = 'next'")
            .fetch_one(&mut portal.owner().await)
            .await
            .expect("rows");
        self.acknowledged - kept
    }
}

/// A transaction of every hat, each with a statement in it, and a commit.
async fn work(pools: &Pools, tenant: &TenantId, now: Now) -> Result<()> {
    let mut tx = TenantTx::begin(pools, tenant).await?;
    sqlx::query("select count(*) from observations")
        .execute(tx.parts().1)
        .await?;
    tx.commit().await?;
    let mut tx = pools.begin_gate().await?;
    audit::record(&mut tx, tenant, now, "dropped", "work.dropped", "").await?;
    tx.commit().await?;
    let mut tx = pools.begin_registrar().await?;
    audit::record(&mut tx, tenant, now, "dropped", "work.dropped", "").await?;
    tx.commit().await?;
    let mut tx = pools.begin_operator().await?;
    sqlx::query("select count(*) from observations")
        .execute(tx.conn())
        .await?;
    tx.commit().await
}

/// Drops [`work`] everywhere, and says what was left behind and how many acknowledged rows
/// were lost.
async fn drop_transactions(guard: Guard, size: u32) -> (Vec<String>, i64) {
    let portal = TestPortal::start().await;
    let (alder, birch) = (portal.onboard("alder").await, portal.onboard("birch").await);
    let now = portal.app.clock.now();
    let pools = Pools::open_guarded(&portal.server, size, guard);
    let mut next = Next {
        pools: &pools,
        tenant: &birch.tenant,
        acknowledged: 0,
    };
    // Opens every connection: one that is dropped while it is opened is in no pool yet.
    let mut found = left_behind(&pools, Statements::New).await;
    let cases = MOMENTS.map(|moment| Statements::ALL.map(|statements| (moment, statements)));
    for (moment, statements) in cases.into_iter().flatten() {
        for polls in 0..=ENDLESS {
            let done = dropped_after(polls, moment, work(&pools, &alder.tenant, now)).await;
            found.extend(left_behind(&pools, statements).await);
            next.works().await;
            if let Some(done) = done {
                done.expect("done");
                break;
            }
            assert_ne!(polls, ENDLESS, "the work never ends");
        }
    }
    (found, next.lost(&portal).await)
}

#[tokio::test]
async fn a_transaction_dropped_anywhere_leaves_nothing_behind() {
    for size in [1, 2] {
        let (found, lost) = drop_transactions(Guard::On, size).await;
        assert_eq!((found, lost), (vec![], 0), "with {size} connections");
    }
}

/// How often the fault is looked for before it counts as gone. A `begin` that PostgreSQL
/// answers before anybody waits for the answer cannot be dropped there, so that one round
/// finds it on most hats and not on all.
const ROUNDS: usize = 40;

#[tokio::test]
async fn without_the_guard_it_leaves_a_transaction_open_and_acknowledged_work_is_lost() {
    let (mut found, mut lost) = (HashSet::new(), 0);
    let open = ["Gate", "Tenant", "Registrar", "Operator"]
        .map(|hat| format!("{hat}: an open transaction"));
    for _ in 0..ROUNDS {
        let round = drop_transactions(Guard::Off, 1).await;
        found.extend(round.0);
        lost += round.1;
        if lost > 0 && open.iter().all(|open| found.contains(open)) {
            return;
        }
    }
    panic!("in {ROUNDS} rounds only {found:?} was found, and {lost} acknowledged rows were lost");
}

#[tokio::test]
async fn an_open_transaction_and_a_tenant_are_seen_where_they_are() {
    let portal = TestPortal::start().await;
    let alder = portal.onboard("alder").await;
    let mut tx = alder.begin().await;
    assert_eq!(
        remains(tx.parts().1).await,
        ["an open transaction", "a tenant"]
    );
    drop(tx);
    let mut tx = portal
        .app
        .pools
        .begin_unbound()
        .await
        .expect("a transaction");
    assert_eq!(remains(tx.conn()).await, ["an open transaction"]);
    drop(tx);
    let mut gate = portal.app.pools.gate().await.expect("a connection");
    assert!(remains(gate.conn()).await.is_empty());
}
