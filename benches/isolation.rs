//! Row-level security: the query of the cases page with the tenant bound and the policy on,
//! against the same query without.
//!
//! Both run on one table with its indexes and both say `where tenant_id`. The one without is
//! run by a role with `bypassrls`, logged in with the same settings: a copy of the table would
//! have had caches of its own. Both stand in a transaction of the same shape: begin, a select
//! with two parameters (`app.bind_tenant`, or one that does nothing), the query, commit.

use std::time::Instant;

use chrono::NaiveDate;
use cordon::{
    database::{Binding, Hat, migrate::connect_as_owner},
    surveillance::Window,
    surveillance::daily::DAILY_COUNTS,
};
use sqlx::{Connection as _, Executor as _, PgConnection};

use crate::{
    Outcome,
    comparison::{Table, take_turns, time},
    departments::{DEPARTMENTS, Departments, LAST_DAY},
};

/// Which part of a transaction is timed.
#[derive(Clone, Copy, PartialEq)]
enum Timed {
    Whole,
    Query,
}

/// Measures the page's 90 days (and the lead before them) and a department's two years.
pub async fn measure(departments: &Departments, table: &mut Table) -> Outcome {
    let mut owner = connect_as_owner(&departments.server).await?;
    prepare_plain(&mut owner, departments).await?;
    let bound = departments.server.connect_as(Hat::Tenant);
    let mut plain = PgConnection::connect_with(&bound.clone().username(PLAIN)).await?;
    let mut bound = PgConnection::connect_with(&bound).await?;

    let binding = departments.server.binding();
    let last: NaiveDate = LAST_DAY.parse()?;
    for (days, words, rounds) in [(103, "90 days", 4_000), (730, "2 years", 1_000)] {
        let window = Window::ending(last, days);
        for (timed, part) in [
            (Timed::Whole, "its transaction"),
            (Timed::Query, "the query alone"),
        ] {
            let (bound, plain) = take_turns(
                rounds,
                async |round| {
                    let first = "select app.bind_tenant($1, $2)";
                    read(&mut bound, (first, &binding), window, round, timed).await
                },
                async |round| {
                    let first = "select $1::text, $2::text";
                    read(&mut plain, (first, &binding), window, round, timed).await
                },
            )
            .await?;
            table.compare(
                (&format!("counts of {words}, tenant bound: {part}"), bound),
                ("without a policy", plain),
                time,
                if days == 103 { "≤ 1.10" } else { "" },
            );
        }
    }
    Ok(())
}

/// A role for the baseline, of this database alone.
const PLAIN: &str = "bench_plain";

async fn prepare_plain(owner: &mut PgConnection, departments: &Departments) -> Outcome {
    let password = departments.server.password(Hat::Tenant);
    let sql = format!(
        "do $$ begin create role {PLAIN}; exception when duplicate_object then null; end $$;
         alter role {PLAIN} login bypassrls password '{password}';
         grant usage on schema public to {PLAIN};
         grant select on observations to {PLAIN}"
    );
    owner.execute(sqlx::AssertSqlSafe(sql)).await?;
    Ok(())
}

/// Reads one department's counts, another's in each round.
async fn read(
    connection: &mut PgConnection,
    (first_statement, binding): (&'static str, &Binding),
    window: Window,
    round: usize,
    timed: Timed,
) -> Outcome<f64> {
    let tenant = format!("dept_{:03}", 1 + round as i64 % DEPARTMENTS);
    let mut started = Instant::now();
    let mut tx = connection.begin().await?;
    sqlx::query(first_statement)
        .bind(&tenant)
        .bind(binding.prove_now(&tenant))
        .execute(&mut *tx)
        .await?;
    if timed == Timed::Query {
        started = Instant::now();
    }
    let counts = sqlx::query(DAILY_COUNTS[0])
        .bind(&tenant)
        .bind(window.first())
        .bind(window.last())
        .bind(Vec::<&str>::new())
        .bind(None::<chrono::NaiveDate>)
        .fetch_all(&mut *tx)
        .await?;
    let queried = started.elapsed();
    tx.commit().await?;
    let took = if timed == Timed::Query {
        queried
    } else {
        started.elapsed()
    };
    assert_eq!(counts.len() as i64, window.days());
    Ok(took.as_secs_f64())
}
