//! Invitations by e-mail: what a mail server is given, and what happens where it takes nothing.

use std::{
    io::{BufRead as _, BufReader, Write as _},
    net::{IpAddr, TcpListener, TcpStream},
    sync::{
        Arc, Mutex,
        mpsc::{Receiver, Sender, channel},
    },
    thread,
};

use axum::http::StatusCode;
use mail_parser::MessageParser;
use mailin::{Action, AuthMechanism, Handler, Response, SessionBuilder, response};

use super::{
    people::{LEAD, NEW, accept, link, sign_in},
    portal::{Browser, TestPortal},
};
use crate::{Config, access::user::NewRole, post::Post, tenancy::TenantId};

const USER: &str = "cordon";
const PASSWORD: &str = "a letter opener 1984";

/// A letter as it arrived.
#[derive(Clone, Default)]
struct Arrived {
    to: Vec<String>,
    bytes: Vec<u8>,
}

impl Arrived {
    /// The path of the link that it carries.
    fn link(&self) -> String {
        let text = self.text();
        let line = text.lines().find(|line| line.contains("/invitation/"));
        let (_, token) = line
            .and_then(|line| line.split_once("/invitation/"))
            .expect("a link");
        format!("/invitation/{token}")
    }

    fn text(&self) -> String {
        let letter = MessageParser::default()
            .parse(&self.bytes)
            .expect("a letter");
        letter.body_text(0).expect("text").into_owned()
    }

    fn header(&self, name: &str) -> String {
        let letter = MessageParser::default()
            .parse(&self.bytes)
            .expect("a letter");
        let value = letter.header(name).and_then(|value| value.as_text());
        value.expect(name).to_owned()
    }
}

/// A mail server on loopback, without TLS.
struct MailServer {
    port: u16,
    arrived: Receiver<Arrived>,
    /// All that it was ever told.
    heard: Arc<Mutex<String>>,
}

/// What it does with one letter.
struct Clerk {
    takes: bool,
    letter: Arrived,
    arrived: Sender<Arrived>,
}

impl Handler for Clerk {
    fn auth_plain(&mut self, _: &str, user: &str, password: &str) -> Response {
        match (user, password) {
            (USER, PASSWORD) => response::AUTH_OK,
            _ => response::INVALID_CREDENTIALS,
        }
    }

    fn rcpt(&mut self, to: &str) -> Response {
        self.letter.to.push(to.to_owned());
        match self.takes {
            true => response::OK,
            false => response::NO_MAILBOX,
        }
    }

    fn data(&mut self, line: &[u8]) -> std::io::Result<()> {
        self.letter.bytes.extend_from_slice(line);
        Ok(())
    }

    fn data_end(&mut self) -> Response {
        self.arrived.send(self.letter.clone()).ok();
        response::OK
    }
}

impl MailServer {
    fn start(takes: bool) -> Self {
        let listener = TcpListener::bind(("127.0.0.1", 0)).expect("a port");
        let port = listener.local_addr().expect("an address").port();
        let (sender, arrived) = channel();
        let heard = Arc::<Mutex<String>>::default();
        let listening = heard.clone();
        thread::spawn(move || {
            for stream in listener.incoming() {
                let clerk = Clerk {
                    takes,
                    letter: Arrived::default(),
                    arrived: sender.clone(),
                };
                converse(stream.expect("a caller"), clerk, &listening);
            }
        });
        Self {
            port,
            arrived,
            heard,
        }
    }

    /// What the environment says where this is the mail server.
    fn post(&self, more: &str) -> Option<Post> {
        let password = PASSWORD.replace(' ', "%20");
        let url = format!("smtp://{USER}:{password}@127.0.0.1:{}{more}", self.port);
        Post::of(Some(&url), Some("Cordon <cordon@cases.example>")).expect("variables")
    }

    /// The letter that arrived, and no other did.
    fn letter(&self) -> Arrived {
        let letter = self.arrived.try_recv().expect("a letter");
        assert!(self.arrived.try_recv().is_err(), "a second letter");
        letter
    }
}

fn converse(mut stream: TcpStream, clerk: Clerk, heard: &Mutex<String>) {
    let mut lines = BufReader::new(stream.try_clone().expect("the stream"));
    let mut session = SessionBuilder::new("mail.example")
        .enable_auth(AuthMechanism::Plain)
        .insecure_enable_plaintext_auth()
        .build(IpAddr::from([127, 0, 0, 1]), clerk);
    let mut answer = session.greeting();
    loop {
        if answer.action != Action::NoReply {
            let bytes = answer.buffer().expect("an answer");
            if stream.write_all(&bytes).is_err() || answer.action == Action::Close {
                return;
            }
        }
        let mut line = Vec::new();
        match lines.read_until(b'\n', &mut line) {
            Ok(1..) => {}
            _ => return,
        }
        heard
            .lock()
            .expect("ears")
            .push_str(&String::from_utf8_lossy(&line));
        answer = session.process(&line);
    }
}

/// A portal with this post, and alder's lead signed in.
async fn led(post: Option<Post>) -> (TestPortal, Browser) {
    let portal = TestPortal::start_with(|config| Config { post, ..config }).await;
    portal.onboard("alder").await;
    let alder = TenantId::parse("alder").expect("an id");
    portal.add_person(LEAD, NewRole::Lead(alder)).await;
    let lead = portal.signed_in(LEAD).await;
    (portal, lead)
}

const COLLEAGUE: [(&str, &str); 2] = [("email", " New@Alder.example "), ("lead", "on")];

#[tokio::test]
async fn an_invitation_goes_out_by_e_mail_and_its_link_lets_in() {
    let server = MailServer::start(true);
    let (portal, mut lead) = led(server.post("")).await;
    let page = lead.post("/people/invitations", &COLLEAGUE).await;
    assert_eq!(page.status, StatusCode::OK, "{}", page.text);
    assert!(
        page.text.contains("sent to new@alder.example"),
        "{}",
        page.text
    );
    assert!(!page.text.contains("/invitation/"), "the link is shown");

    let letter = server.letter();
    assert_eq!(letter.to, ["new@alder.example"]);
    assert_eq!(
        letter.header("Subject"),
        "Invitation to alder health department"
    );
    let text = letter.text();
    for part in [
        "You are invited to alder health department, as lead, by lead@alder.example.",
        "http://127.0.0.1:3000/invitation/",
        "until 14 April 2026, 12:00 UTC",
    ] {
        assert!(text.contains(part), "{part} in {text}");
    }
    let path = letter.link();
    assert_eq!(accept(&portal, &path).await.location(), "/login");
    let (mut colleague, _) = sign_in(&portal, "new@alder.example", NEW).await;
    let people = colleague.get("/people").await.text;
    assert!(people.contains("Invite a colleague"), "{people}");
    // An address is one address, and what follows a line's end goes nowhere.
    for address in [
        "a@b.example\r\nBcc: thief@evil.example",
        "a@b.example, thief@evil.example",
        "a@b.example>\r\nRCPT TO:<thief@evil.example",
    ] {
        let refused = lead
            .post("/people/invitations", &[("email", address)])
            .await;
        assert_eq!(refused.status, StatusCode::BAD_REQUEST, "{address}");
    }
    assert!(server.arrived.try_recv().is_err());
}

#[tokio::test]
async fn staff_and_a_new_departments_first_lead_get_theirs_by_e_mail() {
    let server = MailServer::start(true);
    let (portal, _) = led(server.post("")).await;
    let mut admin = portal.admin().await;
    let fields = [("email", "new@cordon.example"), ("role", "onboarding")];
    let page = admin.post("/admin/staff/invitations", &fields).await;
    assert!(
        page.text.contains("sent to new@cordon.example"),
        "{}",
        page.text
    );
    let letter = server.letter();
    assert_eq!(
        letter.header("Subject"),
        "Invitation to the staff of Cordon"
    );
    assert!(
        letter.text().contains("as onboarding staff, by admin@"),
        "{}",
        letter.text()
    );
    assert_eq!(accept(&portal, &letter.link()).await.location(), "/login");

    let mut staff = portal.onboarding_staff().await;
    let submission = uuid::Uuid::new_v4().to_string();
    let fields = [
        ("tenant", "aland"),
        ("name", "Ålands hälsobyrå"),
        ("contact", "first@aland.example"),
        ("submission", &submission),
    ];
    let page = staff.post("/admin/onboard", &fields).await;
    assert!(
        page.text.contains("sent to first@aland.example"),
        "{}",
        page.text
    );
    assert!(!page.text.contains("/invitation/"), "the link is shown");
    assert!(page.text.contains("id=\"api-key\""), "{}", page.text);
    let letter = server.letter();
    assert_eq!(letter.to, ["first@aland.example"]);
    assert_eq!(letter.header("Subject"), "Invitation to Ålands hälsobyrå");
    assert!(
        letter.text().contains("to Ålands hälsobyrå, as lead,"),
        "{}",
        letter.text()
    );
    accept(&portal, &letter.link()).await;
    let (mut first, _) = sign_in(&portal, "first@aland.example", NEW).await;
    assert_eq!(first.get("/people").await.status, StatusCode::OK);
}

#[tokio::test]
async fn what_cannot_be_sent_is_shown_to_hand_over_and_nothing_is_lost() {
    // One that knows nobody, one that nobody listens at any more, and one without TLS although
    // that is asked for.
    let (refusing, plain) = (MailServer::start(false), MailServer::start(true));
    let unused = TcpListener::bind(("127.0.0.1", 0)).expect("a port");
    let url = format!("smtp://{}", unused.local_addr().expect("an address"));
    drop(unused);
    let gone = Post::of(Some(&url), Some("cordon@cases.example")).expect("variables");
    for post in [refusing.post(""), gone, plain.post("?tls=required")] {
        let (portal, mut lead) = led(post).await;
        let page = lead.post("/people/invitations", &COLLEAGUE).await;
        assert!(page.text.contains("could not be sent"), "{}", page.text);
        let path = link(&page);
        assert!(lead.get("/people").await.text.contains("new@alder.example"));
        assert_eq!(accept(&portal, &path).await.location(), "/login");
    }
    assert!(
        refusing
            .heard
            .lock()
            .expect("ears")
            .contains("RCPT TO:<new@alder.example>")
    );
    // Neither the password nor the letter went in the clear.
    let heard = plain.heard.lock().expect("ears");
    assert!(
        heard.contains("EHLO") && !heard.contains("AUTH") && !heard.contains("MAIL"),
        "{heard}"
    );
}
