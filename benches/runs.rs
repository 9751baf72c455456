//! Runs of the model in the portal, from the release build: how long the daily update of a large
//! department takes, and what readers of pages notice of a night in which a hundred departments
//! are forecast.
//!
//! The database is a new one, and gone afterwards.

use std::time::{Duration, Instant};

use chrono::NaiveDate;
use cordon::{
    Config,
    clock::Clock,
    database::{
        Pools, Server,
        embedded::{Durability, Embedded},
        migrate::connect_as_owner,
    },
    forecasting::runs::{Kind, Request, request, schedule},
    secret::Secret,
    tenancy::{TenantId, TenantTx},
};
use sqlx::{Connection as _, Executor as _, PgConnection};

use crate::{
    Outcome,
    comparison::Table,
    portal::{Portal, forget, sign_in},
    reader,
};

/// `CORDON_DATA_DIR` of this measurement alone.
const DATA_DIR: &str = "target/bench-runs";

/// A department as large as Canada's health regions together, and for how long it has reported.
const LARGE: &str = "regions";
const REGIONS: i32 = 86;
const REGIONS_DAYS: i32 = 1_095;

/// Departments of a night, the places of each, and for how long they have reported.
const DEPARTMENTS: usize = 100;
const PLACES: i32 = 10;
const DAYS: i32 = 365;

/// A night ends after this long, however slow the machine.
const LONGEST: Duration = Duration::from_secs(900);

/// Measures the update of a large department, and a night of a hundred.
pub async fn measure(table: &mut Table) -> Outcome {
    forget(DATA_DIR)?;
    let portal = Portal::start(DATA_DIR, &[])?;
    let config = Config::from_lookup(|name| (name == "CORDON_DATA_DIR").then(|| DATA_DIR.into()))?;
    let secret = Secret::of(&config)?;
    let embedded = Embedded::start(&config.data_dir, &secret, Durability::Full)?;
    let server = embedded.server(secret);
    let mut owner = connect_as_owner(&server).await?;
    bring_on(&mut owner).await?;
    update(&server, &mut owner, table).await?;
    night(&portal, &server, &mut owner, table).await?;
    owner.close().await?;
    portal.stop()?;
    embedded.leave();
    forget(DATA_DIR)
}

/// A day arrives at all regions, beside the first run, which takes in three years.
async fn update(server: &Server, owner: &mut PgConnection, table: &mut Table) -> Outcome {
    ask(server, LARGE).await?;
    all_done(owner).await?;
    let first = latest(owner).await?;
    arrive(owner, 2).await?;
    ask(server, LARGE).await?;
    all_done(owner).await?;
    let [daily, cpu] = latest(owner).await?;
    table.compare(
        ("daily update of 86 regions, stored", daily),
        ("their first run, over 3 years", first[0]),
        |seconds| format!("{seconds:.2} s"),
        "< 2 s",
    );
    table.state("of which computing", format!("{cpu:.2} s"), "");
    Ok(())
}

/// A hundred departments are forecast while somebody reads pages.
async fn night(
    portal: &Portal,
    server: &Server,
    owner: &mut PgConnection,
    table: &mut Table,
) -> Outcome {
    let cookie = sign_in(portal.addr, server, "dept_001").await?;
    let working = async {
        let started = Instant::now();
        let (pools, clock) = (Pools::open(server, 2), Clock::system());
        let asked = schedule::ask(&pools, &clock, clock.now(), schedule::PACE).await?;
        pools.close().await;
        if asked != DEPARTMENTS {
            return Err(format!("{asked} departments were due").into());
        }
        all_done(owner).await?;
        Ok(started.elapsed().as_secs_f64())
    };
    let (took, p99) = reader::meanwhile(portal.addr, cookie, working).await?;
    table.compare(
        (
            "cases page during a night of 100 departments, p99",
            p99.busy,
        ),
        ("idle", p99.idle),
        |seconds| format!("{:.1} ms", 1e3 * seconds),
        "≤ 2",
    );
    table.state(
        "that night: 1,000 places, a year each",
        format!("{took:.0} s"),
        "",
    );
    Ok(())
}

/// Asks for a run, as who uploads does.
async fn ask(server: &Server, department: &str) -> Outcome {
    let pools = Pools::open(server, 2);
    let wanted = Request {
        kind: Kind::Forecast,
        as_of: None,
        cause: "data",
        by: "bench",
    };
    let mut tx = TenantTx::begin(&pools, &TenantId::parse(department)?).await?;
    request(&mut tx, wanted, Clock::system().now()).await?;
    tx.commit().await?;
    pools.close().await;
    Ok(())
}

/// Waits until no run is under way and none waits.
async fn all_done(owner: &mut PgConnection) -> Outcome {
    let started = Instant::now();
    while started.elapsed() < LONGEST {
        let (left, failed): (i64, i64) = sqlx::query_as(
            "select count(*) filter (where status in ('queued', 'running')), count(*) filter (where problem is not null)
             from model_runs",
        )
        .fetch_one(&mut *owner)
        .await?;
        if failed > 0 {
            return Err("a run failed; the portal's log says why".into());
        }
        if left == 0 {
            return Ok(());
        }
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    Err("the runs are not done after a quarter of an hour".into())
}

/// How long the large department's latest run took, and its processor time, in seconds.
async fn latest(owner: &mut PgConnection) -> Outcome<[f64; 2]> {
    let (took, cpu): (i32, i32) = sqlx::query_as(
        "select duration_ms, cpu_ms from model_runs where tenant_id = $1 order by requested_at desc limit 1",
    )
    .bind(LARGE)
    .fetch_one(owner)
    .await?;
    Ok([took, cpu].map(|ms| f64::from(ms) / 1e3))
}

/// The departments, their places, and all that they reported until the day before the last.
async fn bring_on(owner: &mut PgConnection) -> Outcome {
    owner
        .execute(
            "insert into tenants (tenant_id, name, contact_email, onboarding_id, created_at)
             select id, id, id || '@example.org', gen_random_uuid(), now()
             from (
                 select 'dept_' || lpad(d::text, 3, '0') as id from generate_series(1, 100) d
                 union all select 'regions'
             ) ids",
        )
        .await?;
    for (pattern, places) in [("dept_%", PLACES), (LARGE, REGIONS)] {
        sqlx::query(
            "insert into locations (tenant_id, location_id, name, population)
             select tenant_id, 'place-' || place, 'Place ' || place, 50000 * (1 + place % 10)
             from tenants, generate_series(1, $2) place
             where tenant_id like $1",
        )
        .bind(pattern)
        .bind(places)
        .execute(&mut *owner)
        .await?;
    }
    arrive(owner, 1).await?;
    owner.execute("vacuum (analyze)").await?;
    Ok(())
}

/// An upload of every department: the first with all but the last day, the second with that.
async fn arrive(owner: &mut PgConnection, upload_no: i32) -> Outcome {
    let today = Clock::system().now().date_naive();
    let yesterday = today.pred_opt().unwrap_or(today);
    let as_of: NaiveDate = if upload_no == 1 { yesterday } else { today };
    sqlx::query(
        "insert into uploads (
            tenant_id, upload_no, status, source, file_name, as_of,
            received_at, received_by, decided_at, decided_by
         )
         select tenant_id, $1, 'accepted', 'command', 'bench', $2, now(), 'bench', now(), 'bench'
         from tenants",
    )
    .bind(upload_no)
    .bind(as_of)
    .execute(&mut *owner)
    .await?;
    sqlx::query(
        "insert into observations (tenant_id, location_id, date, as_of, upload_no, new_cases)
         select tenant_id, location_id, $2::date - ago, $2, $1,
             (40 + 30 * sin(($2::date - ago - '2020-01-01') / 29.0) + hashtext(location_id || ago) % 10)::int
         from locations, generate_series(0, case
             when $1 > 1 then 0 when tenant_id = 'regions' then $3 - 1 else $4 - 1 end) ago",
    )
    .bind(upload_no)
    .bind(as_of)
    .bind(REGIONS_DAYS)
    .bind(DAYS)
    .execute(&mut *owner)
    .await?;
    Ok(())
}
