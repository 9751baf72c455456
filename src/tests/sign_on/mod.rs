//! Signing on at a department's own provider, and what a hostile provider or browser gets out of it.

mod again;
mod gate;
mod issuer;
mod people;
mod settings;
mod signing;
mod starts;
mod telling;
mod tokens;

pub use issuer::{CLIENT, CLIENT_SECRET, Issuer};

use axum::http::StatusCode;
use serde_json::{Value, json};

use self::{issuer::Plan, signing::Signed};
use super::portal::{Answer, Browser, TestPortal};
use crate::{Config, access::user::NewRole, tenancy::TenantId};

/// A portal and the providers of its departments.
struct Scene {
    portal: TestPortal,
    issuer: Issuer,
}

/// What a browser is sent to the provider with.
struct Sent {
    address: String,
}

impl Sent {
    fn of(answer: &Answer) -> Self {
        assert_eq!(answer.status, StatusCode::SEE_OTHER, "{}", answer.text);
        Self {
            address: answer.location().to_owned(),
        }
    }

    fn parameter(&self, name: &str) -> Option<String> {
        let query = self.address.split_once('?').map_or("", |(_, query)| query);
        let mut pairs = form_urlencoded::parse(query.as_bytes());
        pairs
            .find(|(of, _)| of == name)
            .map(|(_, value)| value.into_owned())
    }

    fn state(&self) -> String {
        self.parameter("state").expect("a state")
    }
}

impl Scene {
    /// With alder, whose lead `lead@alder.example` has written its sign-on down.
    async fn new() -> Self {
        let scene = Self::with_nobody().await;
        scene.department("alder", &[]).await;
        scene
    }

    async fn with_nobody() -> Self {
        let issuer = Issuer::start().await;
        let portal = TestPortal::start_with(|config| Config {
            issuers: issuer.allowed(),
            ..config
        });
        Self {
            portal: portal.await,
            issuer,
        }
    }

    /// A department with a lead, who writes its sign-on down; `other` says what is otherwise.
    async fn department(&self, name: &str, other: &[(&str, &str)]) -> Browser {
        self.portal.onboard(name).await;
        let tenant = TenantId::parse(name).expect("an id");
        let email = format!("lead@{name}.example");
        self.portal.add_person(&email, NewRole::Lead(tenant)).await;
        let mut lead = self.portal.signed_in(&email).await;
        let saved = self.configure(&mut lead, name, other).await;
        assert_eq!(saved.location(), "/people/sign-on", "{}", saved.text);
        lead
    }

    /// A lead writes down a department's sign-on.
    async fn configure(&self, lead: &mut Browser, name: &str, other: &[(&str, &str)]) -> Answer {
        let (issuer, domain) = (self.issuer.url(name), format!("{name}.example"));
        let mut fields = vec![
            ("issuer", &*issuer),
            ("client_id", CLIENT),
            ("client_secret", CLIENT_SECRET),
            ("domains", &*domain),
            ("enabled", "on"),
        ];
        fields.retain(|(field, _)| other.iter().all(|(of, _)| of != field));
        fields.extend(other);
        lead.post("/people/sign-on", &fields).await
    }

    /// A browser is sent to the provider of a department.
    async fn sent(&self, browser: &mut Browser, name: &str) -> Sent {
        Sent::of(&browser.get(&format!("/login/sign-on/{name}")).await)
    }

    /// The claims of somebody whom the provider vouches for, in answer to this.
    fn claims(&self, name: &str, sent: &Sent, email: &str) -> Value {
        let now = self.portal.app.clock.now().timestamp();
        json!({
            "iss": self.issuer.url(name),
            "aud": CLIENT,
            "sub": format!("subject of {email}"),
            "exp": now + 300,
            "iat": now,
            "nonce": sent.parameter("nonce"),
            "email": email,
            "email_verified": true,
            "name": "Eli Alder",
        })
    }

    /// A code for these claims, signed so, in answer to this.
    fn code(&self, sent: &Sent, claims: Value, signed: Signed) -> String {
        self.issuer.code(Plan {
            userinfo: json!({ "sub": claims["sub"] }),
            claims,
            signed,
            challenge: sent.parameter("code_challenge").expect("a challenge"),
        })
    }

    /// A browser comes back from the provider.
    async fn back(&self, browser: &mut Browser, name: &str, code: &str, state: &str) -> Answer {
        let path = format!("/login/sign-on/{name}/callback?code={code}&state={state}");
        browser.get(&path).await
    }

    /// Somebody signs on, about whom the provider says what `twist` leaves of it.
    async fn signs_on(
        &self,
        browser: &mut Browser,
        name: &str,
        email: &str,
        twist: impl FnOnce(&mut Value),
    ) -> Answer {
        let sent = self.sent(browser, name).await;
        let mut claims = self.claims(name, &sent, email);
        twist(&mut claims);
        let code = self.code(&sent, claims, Signed::Well);
        self.back(browser, name, &code, &sent.state()).await
    }

    /// The lines of the record with this action: of whom, to what, and what came of it.
    async fn recorded(&self, action: &str) -> Vec<(String, String, String)> {
        sqlx::query_as("select actor, subject, outcome from audit where action = $1 order by occurred_at, audit_id")
            .bind(action)
            .fetch_all(&mut self.portal.owner().await)
            .await
            .expect("lines")
    }
}

/// Nobody came in, and was told why.
fn assert_refused(answer: &Answer, why: &str) {
    assert_eq!(answer.status, StatusCode::UNAUTHORIZED, "{}", answer.text);
    assert!(answer.text.contains(why), "{why}: {}", answer.text);
}
