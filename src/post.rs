//! The post: letters by e-mail, where the environment names a server for that.

use std::{net::IpAddr, time::Duration};

use lettre::{
    Address, AsyncSmtpTransport, AsyncTransport as _, Message, Tokio1Executor,
    message::{
        Mailbox,
        header::{ContentType, HeaderName, HeaderValue},
    },
    transport::smtp::{AsyncSmtpTransportBuilder, extension::ClientId},
};
use url::{Host, Url};
use uuid::Uuid;

use crate::{Error, Result};

/// How long a mail server may take: somebody waits for the page.
const PATIENCE: Duration = Duration::from_secs(15);

/// A mail server, and whom its letters are from. `Debug` is silent about the password.
#[derive(Clone, Debug)]
pub struct Post {
    server: AsyncSmtpTransport<Tokio1Executor>,
    from: Mailbox,
}

/// A letter of plain text to one person.
#[derive(Clone, Debug)]
pub struct Letter {
    /// Their e-mail address.
    pub to: String,
    /// What it is about, in a line.
    pub subject: String,
    /// What it says.
    pub text: String,
}

impl Post {
    /// The post that `CORDON_SMTP` and `CORDON_SMTP_FROM` describe; none where neither is set.
    ///
    /// # Errors
    /// Names the variable that is wrong or missing, and never says what it holds: that may be a
    /// password.
    pub fn of(server: Option<&str>, from: Option<&str>) -> Result<Option<Self>> {
        let wrong = |words: &str| Error::Setup(words.to_owned());
        let Some(server) = server else {
            return match from {
                None => Ok(None),
                Some(_) => Err(wrong(
                    "CORDON_SMTP_FROM is set and CORDON_SMTP is not: set both, or neither",
                )),
            };
        };
        let server = transport(server.trim()).ok_or_else(|| {
            wrong(
                "CORDON_SMTP should be like smtps://user:password@mail.example or \
                 smtp://mail.example:587, with what is special in the password percent-encoded",
            )
        })?;
        let from: Option<Mailbox> = from.and_then(|text| text.trim().parse().ok());
        let from = from.ok_or_else(|| {
            wrong(
                "CORDON_SMTP_FROM should be whom invitations are from, such as \
                 Cordon <cordon@cases.example>",
            )
        })?;
        // A server may refuse whoever calls itself localhost.
        let name = ClientId::Domain(from.email.domain().to_owned());
        Ok(Some(Self {
            server: server.hello_name(name).timeout(Some(PATIENCE)).build(),
            from,
        }))
    }

    /// Sends a letter.
    ///
    /// # Errors
    /// Why it did not go, for the log: no secret, and nothing that the server said.
    pub async fn send(&self, letter: Letter) -> Result<(), String> {
        let message = self.written(letter)?;
        let sent = tokio::time::timeout(PATIENCE, self.server.send(message));
        let late = |_| format!("the mail server took longer than {PATIENCE:?}");
        match sent.await.map_err(late)? {
            Ok(_) => Ok(()),
            Err(error) => Err(match error.status() {
                Some(code) => format!("the mail server answered {code}"),
                None if error.is_response() => "the mail server made no sense".to_owned(),
                None => error.to_string(),
            }),
        }
    }

    fn written(&self, letter: Letter) -> Result<Message, String> {
        let id = format!("<{}@{}>", Uuid::new_v4(), self.from.email.domain());
        let automatic = HeaderName::new_from_ascii_str("Auto-Submitted");
        Message::builder()
            .from(self.from.clone())
            .to(letter.to.parse::<Address>().map_err(words)?.into())
            .subject(one_line(&letter.subject))
            .message_id(Some(id))
            .raw_header(HeaderValue::new(automatic, "auto-generated".to_owned()))
            .header(ContentType::TEXT_PLAIN)
            .body(letter.text)
            .map_err(words)
    }
}

/// Text that may stand within a line: what could end the line becomes a space.
pub fn one_line(text: &str) -> String {
    text.replace(char::is_control, " ")
}

fn words(error: impl std::fmt::Display) -> String {
    error.to_string()
}

/// The server of a URL. Where the URL says nothing of encryption, letters are encrypted or stay on
/// this machine: they open doors, and so does the password.
fn transport(text: &str) -> Option<AsyncSmtpTransportBuilder> {
    let mut url = Url::parse(text).ok()?;
    let here = match url.host()? {
        Host::Domain(name) => {
            name == "localhost" || name.parse().is_ok_and(|ip: IpAddr| ip.is_loopback())
        }
        Host::Ipv4(ip) => ip.is_loopback(),
        Host::Ipv6(ip) => ip.is_loopback(),
    };
    if url.scheme() == "smtp" && !here && !url.query_pairs().any(|(name, _)| name == "tls") {
        url.query_pairs_mut().append_pair("tls", "required");
    }
    AsyncSmtpTransport::<Tokio1Executor>::from_url(url.as_str()).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    const FROM: Option<&str> = Some("Cordon <cordon@cases.example>");

    fn post(server: &str) -> Post {
        Post::of(Some(server), FROM).expect(server).expect("post")
    }

    #[test]
    fn a_wrong_variable_is_named_and_never_shown() {
        let (server, sender) = ("CORDON_SMTP should", "CORDON_SMTP_FROM should");
        for (url, from, named) in [
            (Some("mail.example"), FROM, server),
            (Some("http://user:hunter2@mail.example"), FROM, server),
            (Some("user:hunter2@mail.example"), FROM, server),
            (Some("smtp://user:hun/ter2@mail.example"), FROM, server),
            (Some("smtp://mail.example?tls=perhaps"), FROM, server),
            (Some("smtps://user:hunter2@mail.example"), None, sender),
            (Some("smtps://mail.example"), Some("Cordon"), sender),
            (None, FROM, "CORDON_SMTP is not"),
        ] {
            let refused = Post::of(url, from).expect_err(named).to_string();
            assert!(refused.contains(named), "{url:?}: {refused}");
            assert!(!refused.contains("hun"), "{refused}");
        }
        assert!(Post::of(None, None).expect("nothing").is_none());
    }

    #[test]
    fn letters_are_encrypted_unless_they_stay_here_or_the_url_says_otherwise() {
        for (server, tls) in [
            ("smtp://mail.example", "Required"),
            ("smtp://192.0.2.7:2525", "Required"),
            ("smtp://mail.example?tls=opportunistic", "Opportunistic"),
            ("smtps://mail.example", "Wrapper"),
            ("smtp://127.0.0.1:2525", "None"),
            ("smtp://localhost:2525", "None"),
        ] {
            let shown = format!("{:?}", post(server));
            assert!(shown.contains(&format!("tls: {tls}")), "{server}: {shown}");
        }
    }

    #[test]
    fn the_password_does_not_show_itself() {
        let shown = format!("{:?}", post("smtps://cordon:hunter2@mail.example"));
        assert!(!shown.contains("hunter2"), "{shown}");
    }

    #[test]
    fn a_subject_cannot_write_a_header_and_an_address_is_one() {
        let post = post("smtp://localhost:2525");
        let letter = |to: &str, subject: String| Letter {
            to: to.to_owned(),
            subject,
            text: "Hello".to_owned(),
        };
        for end in ["\r\n", "\n", "\r", "\u{85}", "\0", "\u{2028}"] {
            let subject = format!("Alder{end}Bcc: thief@evil.example{end}{end}Hello yourself");
            let message = post.written(letter("new@alder.example", subject));
            let message = message.expect("a letter");
            assert_eq!(message.envelope().to().len(), 1);
            let text = String::from_utf8(message.formatted()).expect("ASCII");
            let (head, body) = text.split_once("\r\n\r\n").expect("a body");
            let mut names: Vec<&str> = head
                .split("\r\n")
                .filter(|line| !line.starts_with(' '))
                .filter_map(|line| line.split(':').next())
                .collect();
            names.sort_unstable();
            assert_eq!(
                names,
                [
                    "Auto-Submitted",
                    "Content-Transfer-Encoding",
                    "Content-Type",
                    "Date",
                    "From",
                    "Message-ID",
                    "Subject",
                    "To"
                ]
            );
            assert_eq!(body.trim_end(), "Hello");
        }
        for to in [
            "a@b.example\r\nBcc: c@d.example",
            "a@b.example, c@d.example",
            "",
        ] {
            assert!(post.written(letter(to, String::new())).is_err(), "{to}");
        }
    }
}
