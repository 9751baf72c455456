//! `cordon onboard`.

use uuid::Uuid;

use super::running::Running;
use crate::{
    Config, Error, Result,
    access::handing::{Handed, Invitee, hand_over},
    clock::Clock,
    onboarding::{self, Onboarded, Onboarding},
    secret::random_bytes,
    tenancy::TenantId,
};

/// Brings a department on: the key alone on stdout, so that a script can keep it; words on
/// stderr.
pub async fn onboard(
    config: &Config,
    running: &Running,
    tenant: &str,
    name: &str,
    contact: &str,
) -> Result<()> {
    let tenant = TenantId::parse(tenant)?;
    let new = Onboarding {
        tenant: &tenant,
        name,
        contact,
        simulated: false,
        submission: Uuid::new_v4(),
        seed: u64::from_le_bytes(random_bytes()?),
        by: "command line",
    };
    let tx = running.pools.begin_registrar().await?;
    match onboarding::onboard(tx, new, Clock::system().now()).await? {
        Onboarded::Now { key, invitation } => {
            eprintln!(
                "{tenant} is on board. Its API key follows; it may read, write and run, lasts 1 year, and is not shown again."
            );
            println!("{}", key.reveal());
            let invitee = Invitee {
                email: contact,
                role: "lead",
                department: Some(name),
                by: "whoever runs Cordon",
            };
            match hand_over(config, invitee, invitation).await {
                Handed::Sent(to) => eprintln!("The invitation was sent to {to}."),
                Handed::ByHand { link, failed } => {
                    if failed {
                        eprintln!("The e-mail with the invitation could not be sent.");
                    }
                    eprintln!("Invitation for {contact}, once, within 14 days: {link}");
                }
            }
            Ok(())
        }
        Onboarded::Before => Err(Error::Conflict(format!("{tenant} is on board already"))),
    }
}
