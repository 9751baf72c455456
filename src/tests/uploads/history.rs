//! What is known on any day, whatever was uploaded, taken back and brought back before.

use std::collections::BTreeMap;

use chrono::{Days, NaiveDate, TimeDelta};
use rand::{RngExt as _, SeedableRng as _, rngs::StdRng};

use super::{finished, reporting, upload};
use crate::{
    Error,
    surveillance::uploads::{
        Batch, NewUpload, Source, register,
        store::store_rows,
        undo::{turn, undo_or_redo},
    },
    tests::portal::{Department, TestPortal},
};

const PLACES: [&str; 2] = ["north", "south"];
const FIRST: &str = "2026-03-01";

/// A value; withheld numbers have none.
type Value = Option<i32>;
type Cell = (&'static str, NaiveDate);

/// What is known, as simply as can be: of each place and day the days on which it changed, and
/// what each upload that stands says.
#[derive(Default)]
struct Model {
    /// `None` is the end of what was known.
    known: BTreeMap<Cell, BTreeMap<NaiveDate, Option<Value>>>,
    /// The day from which on undos have said what is known.
    undone: BTreeMap<Cell, NaiveDate>,
    /// What uploads changed, in the order of their decisions.
    said: Vec<(i32, NaiveDate, BTreeMap<Cell, Value>)>,
    taken_back: Vec<(i32, NaiveDate, BTreeMap<Cell, Value>)>,
}

impl Model {
    fn known(&self, cell: &Cell, on: NaiveDate) -> Option<Value> {
        let changes = self.known.get(cell)?;
        *changes.range(..=on).next_back()?.1
    }

    /// False where it comes too late.
    fn upload(&mut self, upload_no: i32, as_of: NaiveDate, rows: &BTreeMap<Cell, Value>) -> bool {
        let late = |cell: &Cell| self.undone.get(cell).is_some_and(|undone| *undone > as_of);
        if rows.keys().any(late) {
            return false;
        }
        let mut said = BTreeMap::new();
        for (cell, value) in rows {
            if self.known(cell, as_of) != Some(*value) {
                self.known
                    .entry(*cell)
                    .or_default()
                    .insert(as_of, Some(*value));
                said.insert(*cell, *value);
            }
        }
        self.said.push((upload_no, as_of, said));
        self.taken_back.clear();
        true
    }

    fn turn_back(&mut self, today: NaiveDate, redo: bool) {
        let cells: Vec<Cell> = if redo {
            let upload = self.taken_back.pop().expect("something");
            let cells = upload.2.keys().copied().collect();
            self.said.push(upload);
            cells
        } else {
            let upload = self.said.pop().expect("something");
            let cells = upload.2.keys().copied().collect();
            self.taken_back.push(upload);
            cells
        };
        for cell in cells {
            // `max_by_key` gives the last of equals: the one that was decided on last.
            let said = self
                .said
                .iter()
                .filter(|(_, _, said)| said.contains_key(&cell));
            let wanted = said
                .max_by_key(|(_, as_of, _)| *as_of)
                .map(|(_, _, said)| said[&cell]);
            if self.known(&cell, today) != wanted {
                self.known.entry(cell).or_default().insert(today, wanted);
                self.undone.insert(cell, today);
            }
        }
    }
}

async fn store(
    portal: &TestPortal,
    alder: &Department<'_>,
    as_of: NaiveDate,
    rows: &BTreeMap<Cell, Value>,
) -> Result<i32, Error> {
    let now = portal.app.clock.now();
    let new = NewUpload {
        source: Source::Page,
        file_name: "x.csv",
        as_of,
        by: "test",
        idempotency_key: None,
        undoes: None,
    };
    let mut tx = alder.begin().await;
    register::take_turn(&mut tx).await?;
    let upload_no = register::open(&mut tx, &new, now).await?;
    let mut batch = Batch::default();
    for ((place, date), value) in rows {
        batch.push(place, *date, 1, *value);
    }
    let tally = store_rows(&mut tx, &batch, as_of, upload_no).await?;
    register::accept(&mut tx, upload_no, tally, 0, "test", now).await?;
    tx.commit().await?;
    Ok(upload_no)
}

/// What the department knows of a day.
async fn known(alder: &Department<'_>, on: NaiveDate) -> BTreeMap<(String, NaiveDate), Value> {
    let mut tx = alder.begin().await;
    let (tenant, connection) = tx.parts();
    let rows: Vec<(String, NaiveDate, Value)> = sqlx::query_as(
        r#"
        select location_id, date, new_cases
        from observations
        where tenant_id = $1 and as_of <= $2 and superseded_on > $2 and kind <> 'withdrawn'
        "#,
    )
    .bind(tenant)
    .bind(on)
    .fetch_all(connection)
    .await
    .expect("rows");
    let count = rows.len();
    let known: BTreeMap<_, _> = rows
        .into_iter()
        .map(|(place, date, value)| ((place, date), value))
        .collect();
    assert_eq!(known.len(), count, "a place and day is known once");
    known
}

#[tokio::test]
async fn what_is_known_on_any_day_is_what_a_simple_model_says() {
    for seed in 0..6 {
        let portal = TestPortal::start().await;
        let alder = portal.onboard("alder").await;
        sqlx::raw_sql(
            "insert into locations (tenant_id, location_id, name)
             values ('alder', 'north', 'North'), ('alder', 'south', 'South')",
        )
        .execute(&mut portal.owner().await)
        .await
        .expect("places");
        let first: NaiveDate = FIRST.parse().expect("a day");
        let start = portal.app.clock.now().date_naive();
        let mut random = StdRng::seed_from_u64(seed);
        let mut model = Model::default();
        let mut kept = 0;
        for step in 0..60 {
            let today = portal.app.clock.now().date_naive();
            let said = format!("seed {seed}, step {step}");
            match random.random_range(0..10) {
                0 | 1 => portal.wait(TimeDelta::days(1)),
                2..=4 => {
                    let mut tx = alder.begin().await;
                    let now = turn(&mut tx).await.expect("a turn");
                    assert_eq!(now.undo, model.said.last().map(|said| said.0), "{said}");
                    assert_eq!(
                        now.redo,
                        model.taken_back.last().map(|said| said.0),
                        "{said}"
                    );
                    let redo = now.redo.filter(|_| random.random_bool(0.5));
                    let Some(upload_no) = redo.or(now.undo) else {
                        continue;
                    };
                    undo_or_redo(&mut tx, upload_no, "test", portal.app.clock.now())
                        .await
                        .unwrap_or_else(|error| panic!("{said}: {error}"));
                    tx.commit().await.expect("committed");
                    model.turn_back(today, redo.is_some());
                }
                _ => {
                    let as_of = today - Days::new(random.random_range(0..4));
                    let mut rows = BTreeMap::new();
                    for _ in 0..random.random_range(1..5) {
                        let place = PLACES[random.random_range(0..2)];
                        let date = first + Days::new(random.random_range(0..3));
                        let value = random.random_bool(0.8).then(|| random.random_range(0..3));
                        rows.insert((place, date), value);
                    }
                    match store(&portal, &alder, as_of, &rows).await {
                        Ok(upload_no) => {
                            assert!(model.upload(upload_no, as_of, &rows), "{said}: too late");
                        }
                        Err(Error::Invalid(why)) => {
                            assert!(!model.upload(0, as_of, &rows), "{said}: {why}");
                        }
                        Err(error) => panic!("{said}: {error:?}"),
                    }
                }
            }
            let today = portal.app.clock.now().date_naive();
            for on in (start - Days::new(5))
                .iter_days()
                .take_while(|on| *on <= today)
            {
                let mut expected = BTreeMap::new();
                for cell in model.known.keys() {
                    if let Some(value) = model.known(cell, on) {
                        expected.insert((cell.0.to_owned(), cell.1), value);
                    }
                }
                assert_eq!(known(&alder, on).await, expected, "{said}, on {on}");
            }
            let (rows, overlapping): (i64, i64) = sqlx::query_as(
                r#"
                select count(*), coalesce(sum((
                    select count(*)
                    from observations other
                    where (other.tenant_id, other.location_id, other.date) = (o.tenant_id, o.location_id, o.date)
                        and (other.as_of, other.upload_no) <> (o.as_of, o.upload_no)
                        and other.as_of < o.superseded_on and o.as_of < other.superseded_on
                        and other.as_of < other.superseded_on and o.as_of < o.superseded_on
                )), 0)::bigint
                from observations o
                "#,
            )
            .fetch_one(&mut portal.owner().await)
            .await
            .expect("counts");
            assert!(rows >= kept, "{said}: something was deleted");
            assert_eq!(overlapping, 0, "{said}: intervals overlap");
            kept = rows;
        }
    }
}

#[tokio::test]
async fn an_upload_that_was_superseded_before_it_came_is_taken_back_too() {
    let portal = TestPortal::start().await;
    let alder = reporting(&portal, "alder").await;
    let day: NaiveDate = "2026-03-01".parse().expect("a day");
    let today = portal.app.clock.now().date_naive();
    let rows = |value| BTreeMap::from([(("4831", day), Some(value))]);
    let early = store(&portal, &alder, today, &rows(10))
        .await
        .expect("stored");
    let late = store(&portal, &alder, today - Days::new(2), &rows(7))
        .await
        .expect("stored");
    let mut browser = alder.epidemiologist().await;
    for upload_no in [late, early] {
        let undo = format!("/data/uploads/{upload_no}/undo");
        assert_eq!(browser.post(&undo, &[]).await.status, 303);
    }
    let known = known(&alder, today).await;
    assert!(!known.contains_key(&("4831".to_owned(), day)));
}

#[tokio::test]
async fn after_a_file_was_taken_back_an_older_one_is_not_stored_in_vain() {
    let portal = TestPortal::start().await;
    let alder = reporting(&portal, "alder").await;
    let mut browser = alder.epidemiologist().await;
    let send = |value: &str| format!("location_id,date,new_cases\n4831,2026-03-01,{value}\n");
    let (to, _) = upload(&mut browser, "wrong.csv", send("5").as_bytes()).await;
    let yesterday = [("as_of", "2026-03-30")];
    browser.post(&format!("{to}/reading"), &yesterday).await;
    finished(&mut browser, &to).await;
    for deed in ["accept", "undo"] {
        browser.post(&format!("{to}/{deed}"), &[]).await;
        finished(&mut browser, &to).await;
    }
    let (to, _) = upload(&mut browser, "right.csv", send("6").as_bytes()).await;
    browser.post(&format!("{to}/reading"), &yesterday).await;
    let page = finished(&mut browser, &to).await;
    assert!(page.text.contains("was taken back"), "{}", page.text);
    assert!(!page.text.contains("/accept"));
    let today = [("as_of", "2026-03-31")];
    browser.post(&format!("{to}/reading"), &today).await;
    finished(&mut browser, &to).await;
    browser.post(&format!("{to}/accept"), &[]).await;
    finished(&mut browser, &to).await;
    let days = browser
        .get("/data/daily.csv?from=2026-03-01&location=4831")
        .await;
    assert!(days.text.contains("2026-03-01,6"), "{}", days.text);
}

#[tokio::test]
async fn of_two_files_of_one_day_the_one_that_was_stored_last_comes_back() {
    let portal = TestPortal::start().await;
    let alder = reporting(&portal, "alder").await;
    let mut browser = alder.epidemiologist().await;
    let send = |value: &str| format!("location_id,date,new_cases\n4831,2026-03-01,{value}\n");
    let (one, _) = upload(&mut browser, "one.csv", send("11").as_bytes()).await;
    let (two, _) = upload(&mut browser, "two.csv", send("12").as_bytes()).await;
    for to in [&two, &one] {
        browser.post(&format!("{to}/accept"), &[]).await;
        finished(&mut browser, to).await;
    }
    let (three, _) = upload(&mut browser, "three.csv", send("13").as_bytes()).await;
    browser.post(&format!("{three}/accept"), &[]).await;
    finished(&mut browser, &three).await;
    browser.post(&format!("{three}/undo"), &[]).await;
    let days = browser
        .get("/data/daily.csv?from=2026-03-01&location=4831")
        .await;
    assert!(days.text.contains("2026-03-01,11"), "{}", days.text);
}
