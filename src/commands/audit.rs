//! `cordon audit`: the record of what was done, to read, sign and verify.

use std::{io::Write as _, path::Path};

use super::{AuditVerb, VerifyArgs, running::Running};
use crate::{
    Config, Error, Result,
    audit::{
        chain::Line,
        check::{check, read},
        head::{Head, PublicKey, Signer},
        written::{json_lines, read_json_lines},
    },
    clock::Clock,
    secret::Secret,
    tenancy::TenantId,
};

/// Does what was typed. What needs no database starts none.
///
/// # Errors
/// In words for whoever typed it; the first line that is not what was written.
pub async fn audit(config: &Config, verb: &AuditVerb) -> Result<()> {
    match verb {
        AuditVerb::Export { tenant } => {
            let tenant = tenant.as_deref().map(TenantId::parse).transpose()?;
            write(&json_lines(&live(config, tenant.as_ref()).await?)?)
        }
        AuditVerb::Heads => {
            let signer = Signer::of(&Secret::of(config)?)?;
            let ends = check(&live(config, None).await?, &[], &signer.public_key())?;
            let now = Clock::system().now();
            let heads: Vec<Head> = ends
                .iter()
                .map(|(chain, end)| signer.sign(chain, end, now))
                .collect();
            write(&json_lines(&heads)?)
        }
        AuditVerb::Key => write(&format!("{}\n", own_key(config)?)),
        AuditVerb::Verify(args) => verify(config, args).await,
    }
}

async fn verify(config: &Config, args: &VerifyArgs) -> Result<()> {
    let lines: Vec<Line> = match &args.file {
        Some(path) => read_json_lines(&text(path)?, "a line of the record")?,
        None => live(config, None).await?,
    };
    let heads: Vec<Head> = match &args.heads {
        Some(path) => read_json_lines(&text(path)?, "a signed head")?,
        None => Vec::new(),
    };
    let key = match &args.key {
        Some(digits) => PublicKey::parse(digits)?,
        None => own_key(config)?,
    };
    for (chain, end) in check(&lines, &heads, &key)? {
        let whose = match chain.as_str() {
            "" => "the platform".to_owned(),
            tenant => tenant.to_owned(),
        };
        write(&format!(
            "{whose}: {} lines are what was written\n",
            end.seq
        ))?;
    }
    if args.heads.is_none() {
        eprintln!("no --heads were given, so a record whose end was cut off would not show");
    }
    Ok(())
}

fn own_key(config: &Config) -> Result<PublicKey> {
    Ok(Signer::of(&Secret::of(config)?)?.public_key())
}

/// What the database has.
async fn live(config: &Config, tenant: Option<&TenantId>) -> Result<Vec<Line>> {
    let running = Running::start_migrated(config).await?;
    let lines = async {
        let mut tx = running.pools.begin_operator().await?;
        let lines = read(&mut tx, tenant).await?;
        tx.commit().await?;
        Ok(lines)
    }
    .await;
    running.stop().await;
    lines
}

fn text(path: &Path) -> Result<String> {
    std::fs::read_to_string(path)
        .map_err(|error| Error::Setup(format!("{} cannot be read: {error}", path.display())))
}

fn write(text: &str) -> Result<()> {
    std::io::stdout()
        .write_all(text.as_bytes())
        .map_err(Error::internal)
}
