//! What can be typed: `cordon serve`, `cordon onboard`, and the others.

mod arrivals;
mod audit;
mod forecast;
mod import;
mod onboard;
mod running;
mod serve;
mod statement;
mod user;

use std::path::PathBuf;

use chrono::NaiveDate;
use clap::{Parser, Subcommand, ValueEnum};

use crate::{Config, Result, database::migrate::migrate, tenancy::verify::verify};
use running::Running;

/// A portal where health departments share one database and never see each other's cases.
///
/// Without DATABASE_URL, PostgreSQL is started under CORDON_DATA_DIR (default: data) for as
/// long as a command needs it.
#[derive(Debug, Parser)]
#[command(name = "cordon", version, max_term_width = 100)]
pub struct Command {
    #[command(subcommand)]
    verb: Verb,
}

#[derive(Debug, Subcommand)]
enum Verb {
    /// Serve the portal on CORDON_ADDR (default: 127.0.0.1:3000)
    Serve {
        /// Make three departments of simulated data, and print who can sign in
        #[arg(long)]
        demo: bool,
    },
    /// Bring the database up to date, as its owner
    Migrate,
    /// Bring a department on; its first API key alone goes to stdout, once
    Onboard {
        /// The id, for good: a-z, 0-9, _ and -, beginning with a letter
        tenant: String,
        /// The health department's name
        #[arg(long)]
        name: String,
        /// E-mail address of the person to invite
        #[arg(long)]
        contact: String,
    },
    /// Add people who sign in
    #[command(subcommand)]
    User(UserVerb),
    /// Import a CSV file of date, location_id, new_cases: all of it, or nothing
    Import(ImportArgs),
    /// Run a department's model, or all departments', and wait for the outcome
    Forecast(ForecastArgs),
    /// Write what a department, or every department, owes for a month, as CSV on stdout
    Statement(StatementArgs),
    /// Read, sign and verify the record of what was done
    #[command(subcommand)]
    Audit(AuditVerb),
    /// Prove the isolation of the live database; exits with 1 and the reason if it does not hold
    Verify,
}

#[derive(Debug, Subcommand)]
enum AuditVerb {
    /// Write the record, a JSON object a line, on stdout
    Export {
        /// The department (default: all of them, and the platform)
        tenant: Option<String>,
    },
    /// Write how far each chain has come, signed, on stdout: keep it elsewhere
    Heads,
    /// Print the public key that heads are signed with
    Key,
    /// Name the first line that is not what was written; exits with 1 if there is one
    Verify(VerifyArgs),
}

#[derive(Debug, clap::Args)]
struct VerifyArgs {
    /// What `export` wrote, to be verified without a database (default: the live record)
    file: Option<PathBuf>,
    /// What `heads` wrote earlier: shows a record whose end was cut off
    #[arg(long)]
    heads: Option<PathBuf>,
    /// What `key` printed (default: this installation's)
    #[arg(long)]
    key: Option<String>,
}

#[derive(Debug, Subcommand)]
enum UserVerb {
    /// Add a person, with a password read from the first line of stdin
    Add {
        /// How they sign in
        email: String,
        /// What they do here
        #[arg(long)]
        role: RoleName,
        /// The department of an epidemiologist
        #[arg(long, required_if_eq("role", "epidemiologist"))]
        tenant: Option<String>,
        /// An epidemiologist who lets colleagues in and shuts them out
        #[arg(long)]
        lead: bool,
        /// Their name, as on pages (default: what stands before the @)
        #[arg(long)]
        name: Option<String>,
        /// Read the password from stdin
        #[arg(long, required = true)]
        password_stdin: bool,
    },
    /// Take away the second factor of somebody who has lost it and their recovery codes
    ResetSecondFactor {
        /// How they sign in
        email: String,
    },
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum RoleName {
    Admin,
    Onboarding,
    Epidemiologist,
}

#[derive(Debug, clap::Args)]
struct ImportArgs {
    /// The department
    tenant: String,
    /// The file: CSV, TSV or XLSX
    file: PathBuf,
    /// A CSV file of location_id, name, population
    #[arg(long)]
    locations: Option<PathBuf>,
    /// The day on which this was known (default: today)
    #[arg(long)]
    as_of: Option<NaiveDate>,
    /// Take negative numbers as corrections of earlier days
    #[arg(long)]
    corrections: bool,
    /// Answer what the file leaves open, as TOPIC=ANSWER; the question says which
    #[arg(long = "answer", value_name = "TOPIC=ANSWER")]
    answers: Vec<String>,
    /// Store the other rows where some are refused
    #[arg(long)]
    skip_refused: bool,
    /// Say what would be stored, and store nothing
    #[arg(long)]
    dry_run: bool,
}

#[derive(Debug, clap::Args)]
struct ForecastArgs {
    /// The department (default: all that have case counts)
    tenant: Option<String>,
    /// Know only what had been reported by the end of this day (default: all that is known)
    #[arg(long)]
    as_of: Option<NaiveDate>,
    /// Replay a year of history instead, to give forecasts a record at once
    #[arg(long)]
    hindcast: bool,
}

#[derive(Debug, clap::Args)]
struct StatementArgs {
    /// The department (default: all of them)
    tenant: Option<String>,
    /// The month, such as 2026-03; one that is not closed is written as it stands so far
    #[arg(long, value_name = "YYYY-MM")]
    month: String,
}

impl Command {
    /// Does what was typed.
    ///
    /// # Errors
    /// In words for whoever typed it.
    pub async fn run(self, config: Config) -> Result<()> {
        match self.verb {
            Verb::Serve { demo } => serve::serve(Config { demo, ..config }).await,
            Verb::Migrate => {
                let running = Running::start(&config).await?;
                let migrated = migrate(&running.server).await;
                running.stop().await;
                migrated?;
                eprintln!("the database is up to date");
                Ok(())
            }
            Verb::Onboard {
                tenant,
                name,
                contact,
            } => {
                let running = Running::start_migrated(&config).await?;
                let onboarded = onboard::onboard(&config, &running, &tenant, &name, &contact).await;
                running.stop().await;
                onboarded
            }
            Verb::User(UserVerb::Add {
                email,
                role,
                tenant,
                name,
                lead,
                ..
            }) => {
                let running = Running::start_migrated(&config).await?;
                let added = user::add(
                    &running,
                    &email,
                    role,
                    lead,
                    tenant.as_deref(),
                    name.as_deref(),
                )
                .await;
                running.stop().await;
                added
            }
            Verb::User(UserVerb::ResetSecondFactor { email }) => {
                let running = Running::start_migrated(&config).await?;
                let reset = user::reset_second_factor(&running, &email).await;
                running.stop().await;
                reset
            }
            Verb::Import(args) => {
                let running = Running::start_migrated(&config).await?;
                let imported = import::import(&running, &args).await;
                running.stop().await;
                imported
            }
            Verb::Forecast(args) => {
                let running = Running::start_migrated(&config).await?;
                let forecast = forecast::forecast(&running, &args).await;
                running.stop().await;
                forecast
            }
            Verb::Statement(args) => {
                let running = Running::start_migrated(&config).await?;
                let written = statement::statement(&running, &args).await;
                running.stop().await;
                written
            }
            Verb::Audit(verb) => audit::audit(&config, &verb).await,
            Verb::Verify => {
                let running = Running::start_migrated(&config).await?;
                let proof = verify(&running.server, &running.pools).await;
                running.stop().await;
                for sentence in proof? {
                    println!("proved: {sentence}");
                }
                Ok(())
            }
        }
    }
}
