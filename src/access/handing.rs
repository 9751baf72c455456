//! How an invitation's link gets to whom it is for: by e-mail where there is a server for that, and
//! by whoever invites anywhere else.

use super::invitation::Token;
use crate::{
    Config,
    clock::Now,
    post::{Letter, one_line},
};

/// Whom an invitation is for, and what it is to.
#[derive(Clone, Copy)]
pub struct Invitee<'a> {
    /// Their e-mail address.
    pub email: &'a str,
    /// To be what, as people say it.
    pub role: &'a str,
    /// The department's name; none for the staff.
    pub department: Option<&'a str>,
    /// Who invites them.
    pub by: &'a str,
}

/// What became of an invitation's link.
pub enum Handed {
    /// It was sent to this address.
    Sent(String),
    /// It is to be handed over.
    ByHand {
        /// The link.
        link: String,
        /// Whether it should have gone out by e-mail, and did not.
        failed: bool,
    },
}

/// Sends an invitation, or gives its link to hand over. For an invitation that is committed: a
/// letter cannot be called back.
pub async fn hand_over(config: &Config, invitee: Invitee<'_>, token: Token) -> Handed {
    let until = token.until();
    let link = format!("{}/invitation/{}", config.origin, token.reveal());
    let Some(post) = config.post.clone() else {
        let failed = false;
        return Handed::ByHand { link, failed };
    };
    let letter = letter(invitee, &link, until);
    let to = letter.to.clone();
    // In a task of its own, so that it goes out even where whoever invites leaves the page.
    let sent = tokio::spawn(async move { post.send(letter).await }).await;
    match sent.unwrap_or_else(|fault| Err(fault.to_string())) {
        Ok(()) => Handed::Sent(to),
        Err(cause) => {
            tracing::warn!(cause, "an invitation could not be sent");
            let failed = true;
            Handed::ByHand { link, failed }
        }
    }
}

fn letter(invitee: Invitee<'_>, link: &str, until: Now) -> Letter {
    let (by, role) = (one_line(invitee.by), invitee.role);
    let place = invitee.department.map(one_line);
    let place = place.as_deref().unwrap_or("the staff of Cordon").trim();
    let until = until.format("%-d %B %Y, %H:%M UTC");
    Letter {
        to: invitee.email.trim().to_lowercase(),
        subject: format!("Invitation to {place}"),
        text: format!(
            "You are invited to {place}, as {role}, by {by}.\n\n\
             Choose a password here, and you are in:\n\n\
             {link}\n\n\
             The link works once, until {until}. Keep it to yourself: whoever has it\n\
             can answer in your place.\n\n\
             If you did not expect this, ask {by}, or do nothing and nothing happens.\n"
        ),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn whatever_a_department_calls_itself_it_adds_no_line() {
        let written = |department: &str| {
            let invitee = Invitee {
                email: " New@Alder.example ",
                role: "lead",
                department: Some(department),
                by: "lead@alder.example",
            };
            let until = "2026-04-14T12:00:00Z".parse().expect("a moment");
            letter(invitee, "https://cases.example/invitation/0", until)
        };
        let usual = written("Alder");
        assert_eq!(usual.to, "new@alder.example");
        assert_eq!(usual.subject, "Invitation to Alder");
        assert!(usual.text.contains("until 14 April 2026, 12:00 UTC."));
        let hostile = written("Alder\r\n\r\nBcc: a@b.example\nGo to evil.example\u{85}");
        assert_eq!(hostile.text.lines().count(), usual.text.lines().count());
        assert!(!hostile.subject.contains(char::is_control));
    }
}
