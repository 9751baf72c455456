//! What it costs: `make bench`.
//!
//! Each figure stands beside a baseline that took turns with it in the same run, because a
//! ratio can be compared between machines and a figure cannot. Nothing here fails for being
//! slow; what is slow is for the reader of the table to see.
//!
//! `cargo bench` measures all of it; `cargo bench -- charts`, `filter`, `record`, `runs`,
//! `isolation`, `portal`, `storm`, `import` or `billing` a part. `CORDON_BENCH_ROWS` says how many rows are
//! imported, if not five million; `CORDON_BENCH_EVENTS` how many usage events a month has, if not
//! two million.

/// Metering, statements, and the page that shows them.
mod billing;
/// Drawing.
mod charts;
/// Turns, medians, and the table at the end.
mod comparison;
/// Two hundred departments with five million observations.
mod departments;
/// The filter, beside NumPy.
mod filter;
/// A browser's side of HTTP.
mod http;
/// Millions of rows on their way in.
mod import;
/// Row-level security.
mod isolation;
/// Pages, from the release build.
mod portal;
/// What readers of pages notice of other work.
mod reader;
/// Forecasts of real departments.
mod record;
/// Runs of the model, in the portal.
mod runs;
/// A storm of sign-ins.
mod storm;

use comparison::Table;

type Outcome<T = ()> = Result<T, Box<dyn std::error::Error>>;

#[tokio::main(flavor = "current_thread")]
async fn main() -> Outcome {
    // `cargo bench` adds flags of its own.
    let chosen: Vec<String> = std::env::args()
        .skip(1)
        .filter(|arg| !arg.starts_with('-'))
        .collect();
    let wanted = |part: &str| chosen.is_empty() || chosen.iter().any(|name| name == part);

    let mut table = Table::default();
    if wanted("charts") {
        charts::measure(&mut table).await?;
    }
    if wanted("filter") {
        filter::measure(&mut table).await?;
    }
    if wanted("record") {
        record::measure(&mut table)?;
    }
    if wanted("runs") {
        runs::measure(&mut table).await?;
    }
    if wanted("isolation") || wanted("portal") {
        let departments = departments::load().await?;
        table.machine(format!("PostgreSQL {}", departments.version));
        if wanted("isolation") {
            isolation::measure(&departments, &mut table).await?;
        }
        // The portal starts PostgreSQL itself, as it does for anybody.
        departments.leave();
        if wanted("portal") {
            portal::measure(&mut table).await?;
        }
    }
    if wanted("storm") {
        storm::measure(&mut table).await?;
    }
    if wanted("import") {
        import::measure(&mut table).await?;
    }
    if wanted("billing") {
        billing::measure(&mut table).await?;
    }
    print!("\n{table}");
    Ok(())
}
