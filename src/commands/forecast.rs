//! `cordon forecast`: runs the model now, and waits for what becomes of it.
//!
//! Runs go through the queue as all do, so that a department never has two at once. This process
//! takes turns itself; where a portal is served from the same database, that may be first.

use std::{sync::Arc, time::Duration};

use chrono::NaiveDate;
use tokio::sync::oneshot;
use uuid::Uuid;

use super::{ForecastArgs, running::Running};
use crate::{
    Error, Result,
    clock::Clock,
    forecasting::{
        recent_runs::{RecentRun, Status, run},
        runs::{Kind, Request, execute::Twins, request, worker::work},
    },
    tenancy::{TenantId, TenantTx},
};

/// Who did it, as the audit says.
const BY: &str = "command line";

/// How often it is looked what became of a run.
const LOOK: Duration = Duration::from_millis(250);

/// Asks for a run of one department, or of all that have case counts, and waits until all are
/// done.
///
/// # Errors
/// In words, when a run failed.
pub async fn forecast(running: &Running, args: &ForecastArgs) -> Result<()> {
    let clock = Clock::system();
    let kind = if args.hindcast {
        Kind::Hindcast
    } else {
        Kind::Forecast
    };
    if let Some(as_of) = args.as_of.filter(|day| *day > clock.now().date_naive()) {
        return Err(Error::Invalid(format!(
            "--as-of {as_of} lies in the future"
        )));
    }
    let tenants = tenants(running, args.tenant.as_deref()).await?;
    if tenants.is_empty() {
        eprintln!("no department has case counts yet, so there is nothing to run");
        return Ok(());
    }
    let (stop, stopped) = oneshot::channel::<()>();
    let twins = Arc::new(Twins {
        pools: running.pools.clone(),
        clock: clock.clone(),
    });
    let working = tokio::spawn(work(running.pools.clone(), clock.clone(), twins, async {
        stopped.await.ok();
    }));
    let mut failed = run_all(running, &clock, &tenants, kind, args.as_of).await?;
    if kind == Kind::Hindcast && failed == 0 {
        // The record decides whose forecast is shown.
        failed = run_all(running, &clock, &tenants, Kind::Forecast, None).await?;
    }
    // Whoever takes turns may have ended by itself.
    stop.send(()).ok();
    working.await.map_err(Error::internal)?;
    if failed > 0 {
        return Err(Error::Setup(format!(
            "{failed} of {} runs failed; what is said above tells why",
            tenants.len()
        )));
    }
    Ok(())
}

/// Asks for a run of each department, waits for all, and says how many failed.
async fn run_all(
    running: &Running,
    clock: &Clock,
    tenants: &[TenantId],
    kind: Kind,
    as_of: Option<NaiveDate>,
) -> Result<usize> {
    let mut asked = Vec::new();
    for tenant in tenants {
        asked.push((tenant, ask(running, clock, tenant, kind, as_of).await?));
    }
    let mut failed = 0;
    for (tenant, run_id) in asked {
        failed += usize::from(!wait(running, tenant, run_id).await?);
    }
    Ok(failed)
}

/// The department that was named, or all that have case counts.
async fn tenants(running: &Running, named: Option<&str>) -> Result<Vec<TenantId>> {
    let mut tx = running.pools.begin_operator().await?;
    let known: Vec<String> = sqlx::query_scalar("select tenant_id from tenants order by tenant_id")
        .fetch_all(tx.conn())
        .await?;
    tx.commit().await?;
    if let Some(named) = named {
        let tenant = TenantId::parse(named)?;
        if !known.iter().any(|known| known == named) {
            return Err(Error::Invalid(format!(
                "there is no department {named}; bring it on with `cordon onboard`"
            )));
        }
        return Ok(vec![tenant]);
    }
    let mut with_cases = Vec::new();
    for tenant in known {
        let tenant = TenantId::parse(&tenant)?;
        let mut tx = TenantTx::begin(&running.pools, &tenant).await?;
        let (id, connection) = tx.parts();
        let has: bool = sqlx::query_scalar(
            "select exists (select from uploads where tenant_id = $1 and status = 'accepted')",
        )
        .bind(id)
        .fetch_one(connection)
        .await?;
        tx.commit().await?;
        if has {
            with_cases.push(tenant);
        }
    }
    Ok(with_cases)
}

async fn ask(
    running: &Running,
    clock: &Clock,
    tenant: &TenantId,
    kind: Kind,
    as_of: Option<NaiveDate>,
) -> Result<Uuid> {
    let wanted = Request {
        kind,
        as_of,
        cause: "command",
        by: BY,
    };
    let mut tx = TenantTx::begin(&running.pools, tenant).await?;
    let run_id = request(&mut tx, wanted, clock.now()).await?;
    tx.commit().await?;
    Ok(run_id)
}

/// Waits for a run, says how far it is, and whether it was done. One that failed and is tried
/// again later is not waited for.
async fn wait(running: &Running, tenant: &TenantId, run_id: Uuid) -> Result<bool> {
    let mut said = -1;
    loop {
        let mut tx = TenantTx::begin(&running.pools, tenant).await?;
        let run = run(&mut tx, run_id).await?.ok_or(Error::NotFound("run"))?;
        tx.commit().await?;
        match run.status {
            Status::Done => {
                eprintln!("{tenant}: {}", done(&run));
                return Ok(true);
            }
            Status::Failed => {
                eprintln!("{tenant}: {}", run.problem.unwrap_or_default());
                return Ok(false);
            }
            Status::Queued if run.retry_at.is_some() => {
                eprintln!("{tenant}: {}", run.problem.unwrap_or_default());
                return Ok(false);
            }
            Status::Running if run.progress / 10 != said => {
                said = run.progress / 10;
                eprintln!("{tenant}: {} %", run.progress);
            }
            Status::Queued | Status::Running => {}
        }
        tokio::time::sleep(LOOK).await;
    }
}

fn done(run: &RecentRun) -> String {
    let seconds = f64::from(run.duration_ms.unwrap_or_default()) / 1000.0;
    let locations = run.locations.unwrap_or_default();
    format!(
        "{} of {locations} locations, in {seconds:.1} s",
        run.deed().to_lowercase()
    )
}
