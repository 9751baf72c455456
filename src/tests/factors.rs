//! People's authenticator apps.

use super::portal::{Answer, Browser, TestPortal};
use crate::access::second_factor::code_at;

/// Seconds of a step.
const STEP: i64 = 30;

/// An app on somebody's phone.
#[derive(Clone, Debug)]
pub struct AuthenticatorApp {
    /// What it shares with the portal, as it is typed.
    pub secret: String,
    /// The last step whose code was typed.
    last: i64,
}

impl TestPortal {
    /// The code that somebody's app shows, after the one that was typed last: each works once, and
    /// one step early or late.
    pub fn code(&self, email: &str) -> String {
        let mut apps = self.apps.lock().expect("the apps");
        let app = apps.get_mut(email).expect("an app");
        let mut now = self.app.clock.now().timestamp() / STEP;
        if app.last > now {
            self.wait(chrono::TimeDelta::seconds(STEP * (app.last - now)));
            now = app.last;
        }
        app.last = (now - 1).max(app.last + 1);
        let then = crate::clock::Now::from_timestamp(STEP * app.last, 0).expect("a moment");
        code_at(&app.secret, then).expect("a code")
    }

    /// Sets up a second factor for whoever is signed in, and gives the page with recovery codes.
    pub async fn set_up_second_factor(&self, browser: &mut Browser, email: &str) -> Answer {
        let page = browser.get("/account/second-factor").await;
        let secret = page
            .between("id=\"totp-secret\" class=\"selectable\">", "<")
            .replace(' ', "");
        let sealed = page.between("name=\"sealed\" value=\"", "\"").to_owned();
        let app = AuthenticatorApp { secret, last: 0 };
        self.apps
            .lock()
            .expect("the apps")
            .insert(email.to_owned(), app);
        let code = self.code(email);
        let fields = [("sealed", &*sealed), ("code", &*code)];
        let answer = browser.post("/account/second-factor", &fields).await;
        assert_eq!(answer.status, 200, "{}", answer.text);
        answer
    }
}
