//! Dropping a future where one wants to, and looking at what it left.

use std::{future::poll_fn, pin::pin, task::Poll};

use sqlx::{Connection as _, PgConnection, Row as _};

use crate::database::Pools;

/// More often than any of this work waits.
pub const ENDLESS: usize = 500;

/// When the work is dropped.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Moment {
    /// The question is on its way, the answer is not there.
    Waiting,
    /// The answer is there, and nobody has read it.
    Answered,
}

pub const MOMENTS: [Moment; 2] = [Moment::Waiting, Moment::Answered];

/// Whether a connection knows the statements that come next. A new one is prepared first,
/// which is one more answer to wait for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Statements {
    Known,
    New,
}

impl Statements {
    pub const ALL: [Self; 2] = [Self::Known, Self::New];
}

/// Polls `work` this often and then drops it; `None` when it was not done by then.
pub async fn dropped_after<T>(
    polls: usize,
    moment: Moment,
    work: impl Future<Output = T>,
) -> Option<T> {
    let mut work = pin!(work);
    let mut left = polls;
    poll_fn(|context| {
        if left == 0 {
            return Poll::Ready(None);
        }
        left -= 1;
        match work.as_mut().poll(context) {
            Poll::Ready(done) => Poll::Ready(Some(done)),
            Poll::Pending if left == 0 && moment == Moment::Waiting => Poll::Ready(None),
            Poll::Pending => Poll::Pending,
        }
    })
    .await
}

/// What a connection carries that its last borrower should have taken along.
pub async fn remains(connection: &mut PgConnection) -> Vec<&'static str> {
    // Sent as one simple query. Outside a transaction both moments are its own start, to the
    // microsecond; inside, the first is that of an earlier statement.
    let row = sqlx::raw_sql(
        "select now() < statement_timestamp() as open,
            coalesce(current_setting('app.current_tenant', true), '')
                || coalesce(current_setting('app.tenant_proof', true), '') <> '' as bound",
    )
    .fetch_one(connection)
    .await
    .expect("an answer");
    [("open", "an open transaction"), ("bound", "a tenant")]
        .into_iter()
        .filter(|(column, _)| row.get(column))
        .map(|(_, remains)| remains)
        .collect()
}

/// The same of every connection of every pool, all of them borrowed at once. They go back
/// with their statements `next`.
pub async fn left_behind(pools: &Pools, next: Statements) -> Vec<String> {
    let mut found = Vec::new();
    for (hat, pool) in pools.each() {
        let mut borrowed = Vec::new();
        for _ in 0..pool.options().get_max_connections() {
            borrowed.push(pool.acquire().await.expect("a connection"));
        }
        for connection in &mut borrowed {
            let remains = remains(connection).await;
            found.extend(remains.iter().map(|what| format!("{hat:?}: {what}")));
            if next == Statements::New {
                connection
                    .clear_cached_statements()
                    .await
                    .expect("forgotten");
            }
        }
    }
    found
}
