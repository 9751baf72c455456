//! `cordon import`.

use std::{fs::File, path::Path};

use super::{ImportArgs, running::Running};
use crate::{
    Error, Result,
    clock::Clock,
    surveillance::{
        import::{Fault, Import, Report, read_observations, read_places, store},
        uploads::{NewUpload, Source},
    },
    tenancy::{TenantId, TenantTx},
};

/// Imports a file, or says line by line why not.
pub async fn import(running: &Running, args: &ImportArgs) -> Result<()> {
    let tenant = TenantId::parse(&args.tenant)?;
    exists(running, &tenant).await?;
    let now = Clock::system().now();
    let today = now.date_naive();
    let as_of = args.as_of.unwrap_or(today);
    let observations = read_observations(open(&args.file)?, args.corrections, today.min(as_of))
        .map_err(|faults| refuse(&args.file, &faults))?;
    let places = match &args.locations {
        Some(file) => read_places(open(file)?).map_err(|faults| refuse(file, &faults))?,
        None => Vec::new(),
    };
    let mut tx = TenantTx::begin(&running.pools, &tenant).await?;
    let import = Import {
        observations: &observations,
        places: &places,
        upload: NewUpload {
            source: Source::Command,
            file_name: &args.file.to_string_lossy(),
            as_of,
            by: "command line",
            idempotency_key: None,
            undoes: None,
        },
        now,
    };
    let report = store(&mut tx, &import)
        .await?
        .map_err(|faults| refuse(&args.file, &faults))?;
    if args.dry_run {
        eprintln!("Dry run, nothing is stored. {}", words(&report));
        return Ok(());
    }
    tx.commit().await?;
    eprintln!("{}", words(&report));
    Ok(())
}

/// The gate knows which departments there are; the tenant hat does not.
async fn exists(running: &Running, tenant: &TenantId) -> Result<()> {
    let exists: bool =
        sqlx::query_scalar("select exists (select from tenants where tenant_id = $1)")
            .bind(tenant.as_str())
            .fetch_one(running.pools.gate().await?.conn())
            .await?;
    if exists {
        return Ok(());
    }
    Err(Error::Invalid(format!(
        "there is no department {tenant}; `cordon onboard` brings one on"
    )))
}

fn open(path: &Path) -> Result<File> {
    File::open(path)
        .map_err(|error| Error::Invalid(format!("{} cannot be read ({error})", path.display())))
}

fn refuse(path: &Path, faults: &[Fault]) -> Error {
    let lines: Vec<String> = faults.iter().map(Fault::to_string).collect();
    Error::Invalid(format!(
        "nothing of {} was imported:\n{}",
        path.display(),
        lines.join("\n")
    ))
}

fn words(report: &Report) -> String {
    let mut words = format!(
        "{} new, {} changed, {} unchanged",
        report.tally.new, report.tally.changed, report.tally.unchanged
    );
    if !report.unnamed_locations.is_empty() {
        words += &format!(
            "; new locations without a name or population: {} (--locations gives them both)",
            report.unnamed_locations.join(", ")
        );
    }
    words
}
