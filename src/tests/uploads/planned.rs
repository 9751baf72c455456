//! A large upload costs what its rows cost, however little PostgreSQL knows of the department.

use chrono::{Days, NaiveDate};

use crate::{
    surveillance::{
        LocationId,
        uploads::{
            Batch, NewUpload, Source,
            places::{self, NewPlace},
            register, store,
        },
    },
    tests::portal::TestPortal,
};

/// Values in a batch, and batches.
const VALUES: usize = 1_000;
const BATCHES: usize = 4;

fn batch<'a>(location: &'a str, from: NaiveDate) -> Batch<'a> {
    let mut batch = Batch::default();
    for date in from.iter_days().take(VALUES) {
        batch.push(location, date, 1, Some(7));
    }
    batch
}

#[tokio::test]
async fn a_departments_first_upload_is_not_sought_through_for_each_of_its_values() {
    let portal = TestPortal::start().await;
    let alder = portal.onboard("alder").await;
    let birch = portal.onboard("birch").await;
    // All that PostgreSQL knows is another department.
    alder.reports("north", "1980-01-01", &[5; 10_000]).await;
    sqlx::query("analyze observations, uploads, locations")
        .execute(&mut portal.owner().await)
        .await
        .expect("analyzed");

    let today = portal.app.clock.now().date_naive();
    let mut tx = birch.begin().await;
    let new = NewUpload {
        source: Source::Page,
        file_name: "first.csv",
        as_of: today,
        by: "test",
        idempotency_key: None,
        undoes: None,
    };
    let upload_no = register::open(&mut tx, &new, portal.app.clock.now())
        .await
        .expect("an upload");
    let south = NewPlace::unnamed(LocationId::parse("south").expect("an id"));
    places::add(&mut tx, &[south], "test", portal.app.clock.now())
        .await
        .expect("a place");
    let mut stored = store::Tally::default();
    for part in 0..BATCHES {
        let from = NaiveDate::from_ymd_opt(1990, 1, 1).expect("a date");
        let from = from + Days::new((part * VALUES) as u64);
        let batch = batch("south", from);
        let (before, already) = (fetched(&mut tx).await, part * VALUES);
        let changes = store::compare(&mut tx, &batch, today).await;
        assert_eq!(changes.expect("compared").len(), VALUES);
        let tally = store::store_rows(&mut tx, &batch, today, upload_no).await;
        stored += tally.expect("stored");
        let looked_at = fetched(&mut tx).await - before;
        assert!(
            looked_at <= VALUES as i64,
            "{looked_at} rows were looked at for {VALUES}, {already} being there"
        );
    }
    assert_eq!(stored.new, (BATCHES * VALUES) as u64);
}

/// Observations that this transaction has found by an index so far.
async fn fetched(tx: &mut crate::tenancy::TenantTx) -> i64 {
    sqlx::query_scalar(
        "select coalesce(sum(idx_tup_fetch), 0)::bigint from pg_stat_xact_user_tables
         where relname = 'observations'",
    )
    .fetch_one(tx.parts().1)
    .await
    .expect("a number")
}
