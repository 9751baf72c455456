//! The process: reads the command line and the environment, and says how it ended.

use std::process::ExitCode;

use clap::Parser as _;
use cordon::{Config, commands::Command};
use tracing_subscriber::EnvFilter;

#[tokio::main]
async fn main() -> ExitCode {
    // What goes wrong is always said; what goes well is said where it is asked for.
    let filter = EnvFilter::try_from_env("CORDON_LOG")
        .unwrap_or_else(|_| EnvFilter::new("warn,cordon=info"));
    let log = tracing_subscriber::fmt()
        .with_env_filter(filter)
        .with_writer(std::io::stderr);
    if std::env::var("CORDON_LOG_FORMAT").is_ok_and(|format| format == "json") {
        log.json().init();
    } else {
        log.init();
    }
    let command = Command::parse();
    let outcome = match Config::from_env() {
        Ok(config) => command.run(config).await,
        Err(error) => Err(error),
    };
    match outcome {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            // Whoever runs the command may know the cause, unlike whoever visits a page.
            let cause = std::error::Error::source(&error).map(|cause| format!(": {cause}"));
            eprintln!("cordon: {error}{}", cause.unwrap_or_default());
            ExitCode::FAILURE
        }
    }
}
