//! A portal of its own for each test: a new database on a real PostgreSQL, entered by HTTP.

use std::{
    collections::HashMap,
    net::SocketAddr,
    sync::{Arc, Mutex},
};

use axum::{
    Router,
    body::Body,
    extract::ConnectInfo,
    http::{HeaderMap, Method, Request, StatusCode, header},
};
use chrono::{NaiveDate, TimeDelta};
use http_body_util::BodyExt as _;
use sqlx::{Connection as _, PgConnection};
use tower::ServiceExt as _;
use uuid::Uuid;

use super::{
    databases::{hypertables, new_database},
    factors::AuthenticatorApp,
};
use crate::{
    Config,
    access::{
        Scopes,
        api_key::{self, Lifetime, NewKey},
        user::{self, NewRole, NewUser},
    },
    app::App,
    clock::{Clock, Now},
    database::{Guard, Pools, Server},
    onboarding::{Onboarded, Onboarding, onboard},
    router::router,
    site::Site,
    surveillance::{
        LocationId, Window,
        annotation::{self, Kind, NewAnnotation},
        location::locations,
        release,
        uploads::{
            NewUpload, Source,
            places::NewPlace,
            whole::{Value, store},
        },
    },
    tenancy::{TenantId, TenantTx},
};

/// Everybody's password.
pub const PASSWORD: &str = "correct horse battery";

/// A portal with a database of its own.
pub struct TestPortal {
    /// What its requests share.
    pub app: App,
    /// Its database.
    pub server: Server,
    router: Router,
    now: Arc<Mutex<Now>>,
    /// What people's authenticator apps share with the portal.
    pub apps: Mutex<HashMap<String, AuthenticatorApp>>,
}

impl TestPortal {
    /// An empty portal on loopback.
    pub async fn start() -> Self {
        Self::start_with(|config| config).await
    }

    /// An empty portal, configured otherwise.
    pub async fn start_with(configure: impl FnOnce(Config) -> Config) -> Self {
        Self::start_guarded(configure, Guard::On).await
    }

    /// An empty portal for each way in which months of events can be kept: partitions, and, where
    /// the extension is installed, chunks of TimescaleDB.
    pub async fn start_on_each_storage() -> Vec<Self> {
        let mut portals = vec![Self::start().await];
        match hypertables().await.expect("an answer") {
            Some(server) => portals.push(Self::start_on(server, |config| config, Guard::On)),
            None => {
                eprintln!("SKIPPED: timescaledb is not installed, so partitions alone are tested")
            }
        }
        portals
    }

    /// An empty portal whose pools have the guard against dropped requests, or lack it.
    pub async fn start_guarded(configure: impl FnOnce(Config) -> Config, guard: Guard) -> Self {
        Self::start_on(new_database().await.expect("a database"), configure, guard)
    }

    fn start_on(server: Server, configure: impl FnOnce(Config) -> Config, guard: Guard) -> Self {
        let config = configure(Config::from_lookup(|_| None).expect("defaults"));
        let now = Arc::new(Mutex::new(
            "2026-03-31T12:00:00Z".parse().expect("a moment"),
        ));
        let clock = Clock::of({
            let now = now.clone();
            move || *now.lock().expect("the time")
        });
        let pools = Pools::open_guarded(&server, config.pool_size, guard);
        let app = App::new(config, server.secret(), pools, clock, Site::unbuilt()).expect("an app");
        Self {
            router: router(app.clone()),
            app,
            server,
            now,
            apps: Mutex::default(),
        }
    }

    /// Lets time pass.
    pub fn wait(&self, time: TimeDelta) {
        *self.now.lock().expect("the time") += time;
    }

    /// A department with an epidemiologist, `epi@<id>.example`.
    pub async fn onboard(&self, id: &str) -> Department<'_> {
        let tenant = TenantId::parse(id).expect("an id");
        let contact = format!("contact@{id}.example");
        let new = Onboarding {
            tenant: &tenant,
            name: &format!("{id} health department"),
            contact: &contact,
            simulated: false,
            submission: Uuid::new_v4(),
            seed: 1,
            by: "test",
        };
        let tx = self
            .app
            .pools
            .begin_registrar()
            .await
            .expect("a transaction");
        let Onboarded::Now { key, invitation } = onboard(tx, new, self.app.clock.now())
            .await
            .expect("onboarded")
        else {
            panic!("{id} was on board already");
        };
        self.add_person(
            &format!("epi@{id}.example"),
            NewRole::Epidemiologist(tenant.clone()),
        )
        .await;
        Department {
            portal: self,
            tenant,
            key: key.reveal(),
            invitation: invitation.reveal(),
        }
    }

    /// A department that is on board already; its key and invitation were shown elsewhere.
    pub fn known(&self, id: &str) -> Department<'_> {
        Department {
            portal: self,
            tenant: TenantId::parse(id).expect("an id"),
            key: String::new(),
            invitation: String::new(),
        }
    }

    /// A person who can sign in with [`PASSWORD`].
    pub async fn add_person(&self, email: &str, role: NewRole) {
        let password_hash = self.app.passwords.hash(PASSWORD).await.expect("a hash");
        let mut tx = self
            .app
            .pools
            .begin_registrar()
            .await
            .expect("a transaction");
        let new = NewUser {
            email,
            name: email,
            password_hash: &password_hash,
            added_by: "test",
        };
        user::add(&mut tx, new, &role, self.app.clock.now())
            .await
            .expect("added");
        tx.commit().await.expect("committed");
    }

    /// A key of this department that may do this much, for a year: its id, and itself.
    pub async fn issue(&self, tenant: &str, scopes: Scopes) -> (Uuid, String) {
        let tenant = TenantId::parse(tenant).expect("an id");
        let new = NewKey {
            key_id: Uuid::new_v4(),
            name: "another key",
            scopes: &scopes,
            lifetime: Lifetime::Year,
            by: "test",
        };
        let begun = self.app.pools.begin_registrar().await;
        let mut tx = begun.expect("a transaction");
        let key = api_key::issue(&mut tx, &tenant, new, self.app.clock.now()).await;
        tx.commit().await.expect("committed");
        (new.key_id, key.expect("issued").expect("a key").reveal())
    }

    /// A browser that nobody is signed in to.
    pub fn browser(&self) -> Browser {
        Browser {
            router: self.router.clone(),
            cookie: None,
            device: None,
            sent: None,
        }
    }

    /// A browser in which this person is signed in.
    pub async fn signed_in(&self, email: &str) -> Browser {
        let mut browser = self.browser();
        let answer = browser
            .post("/login", &[("email", email), ("password", PASSWORD)])
            .await;
        assert_eq!(answer.status, StatusCode::SEE_OTHER, "{}", answer.text);
        if answer.location().starts_with("/login/second") {
            let code = self.code(email);
            let answer = browser.post("/login/second", &[("code", &code)]).await;
            assert_eq!(answer.status, StatusCode::SEE_OTHER, "{}", answer.text);
        }
        browser
    }

    /// Onboarding staff, signed in.
    pub async fn onboarding_staff(&self) -> Browser {
        self.add_person("staff@cordon.example", NewRole::Onboarding)
            .await;
        let mut browser = self.signed_in("staff@cordon.example").await;
        self.set_up_second_factor(&mut browser, "staff@cordon.example")
            .await;
        browser
    }

    /// An administrator, signed in.
    pub async fn admin(&self) -> Browser {
        self.add_person("admin@cordon.example", NewRole::Admin)
            .await;
        let mut browser = self.signed_in("admin@cordon.example").await;
        self.set_up_second_factor(&mut browser, "admin@cordon.example")
            .await;
        browser
    }

    /// A connection as the owner, to look behind the curtain.
    pub async fn owner(&self) -> PgConnection {
        PgConnection::connect_with(&self.server.connect_as_owner())
            .await
            .expect("the owner")
    }
}

/// A department of a [`TestPortal`].
pub struct Department<'a> {
    portal: &'a TestPortal,
    /// Its id.
    pub tenant: TenantId,
    /// Its first key.
    pub key: String,
    /// Its contact's invitation.
    pub invitation: String,
}

impl Department<'_> {
    /// The portal it is in.
    pub fn portal(&self) -> &TestPortal {
        self.portal
    }

    /// Its epidemiologist, signed in.
    pub async fn epidemiologist(&self) -> Browser {
        self.portal
            .signed_in(&format!("epi@{}.example", self.tenant))
            .await
    }

    /// A transaction of this department.
    pub async fn begin(&self) -> TenantTx {
        TenantTx::begin(&self.portal.app.pools, &self.tenant)
            .await
            .expect("a transaction")
    }

    /// Writes a note on a day, and gives its id.
    pub async fn notes(
        &self,
        day: &str,
        text: &str,
        location: Option<&str>,
        excluded: bool,
    ) -> Uuid {
        let day: NaiveDate = day.parse().expect("a date");
        let location = location.map(|id| LocationId::parse(id).expect("a location"));
        let new = NewAnnotation {
            id: Uuid::new_v4(),
            days: Window::ending(day, 1),
            location: location.as_ref(),
            kind: Kind::Outage,
            text,
            excluded_from_fitting: excluded,
        };
        let mut tx = self.begin().await;
        annotation::add(&mut tx, &new, "test", self.portal.app.clock.now())
            .await
            .expect("noted");
        tx.commit().await.expect("committed");
        new.id
    }

    /// Releases the week that begins on a Monday, and gives the release's id and its link's token.
    pub async fn releases(&self, monday: &str) -> (Uuid, String) {
        let (id, now) = (Uuid::new_v4(), self.portal.app.clock.now());
        let weeks = [monday.parse().expect("a date")];
        let mut tx = self.begin().await;
        let places = locations(&mut tx, None).await.expect("locations");
        let figures = release::draw_up(&mut tx, &places, &weeks, 11, now).await;
        let token =
            release::release(&mut tx, id, &figures.expect("figures"), 90, "test", now).await;
        tx.commit().await.expect("committed");
        let token = token.expect("released").expect("once");
        (id, token.reveal())
    }

    /// Reports new cases of a location on days from `first` on.
    pub async fn reports(&self, location: &str, first: &str, new_cases: &[i32]) {
        let location = LocationId::parse(location).expect("a location");
        let first: NaiveDate = first.parse().expect("a date");
        let values: Vec<Value> = first
            .iter_days()
            .zip(new_cases)
            .map(|(date, new_cases)| Value {
                date,
                location: location.clone(),
                new_cases: *new_cases,
            })
            .collect();
        let place = NewPlace {
            name: location.as_str().to_uppercase(),
            location,
            population: Some(100_000),
            parent: None,
        };
        let now = self.portal.app.clock.now();
        let new = NewUpload {
            source: Source::Command,
            file_name: "reports.csv",
            as_of: now.date_naive(),
            by: "test",
            idempotency_key: None,
            undoes: None,
        };
        let mut tx = self.begin().await;
        store(&mut tx, &new, &values, &[place], now)
            .await
            .expect("stored");
        tx.commit().await.expect("committed");
    }
}

/// What a run of the model published, to be read back: see [`Department::forecasts`].
pub struct Published<'a> {
    /// The day up to which it knew what was reported, and the last day it knew.
    pub as_of: &'a str,
    /// The place; empty for the department as a whole.
    pub location: &'a str,
    /// Whose forecast: `twin` or `baseline`.
    pub model: &'a str,
    /// The twin's median of a day; the flat line's is half of it.
    pub median: f64,
    /// The record it was judged by: moments, errors relative to the flat line's on natural and
    /// logarithmic scale, coverage of the 95 % interval.
    pub record: (i32, Option<f64>, Option<f64>, Option<f64>),
}

impl Published<'_> {
    /// A forecast of the whole department by the twin, with a good record.
    pub const GOOD: Published<'static> = Published {
        as_of: "2026-03-30",
        location: "",
        model: "twin",
        median: 20.0,
        record: (60, Some(0.78), Some(0.81), Some(0.93)),
    };
}

impl Department<'_> {
    /// Writes down a forecast as a run of the model does, in this department's own name: the
    /// state, quantiles of 28 days, weekly totals, and the reproduction number of four weeks.
    /// The same `as_of` is the same run.
    pub async fn forecasts(&self, published: &Published<'_>) -> Uuid {
        let mut tx = self.begin().await;
        let (tenant, connection) = tx.parts();
        let as_of: NaiveDate = published.as_of.parse().expect("a date");
        let known = sqlx::query_scalar(
            "select state_id from model_states where tenant_id = $1 and as_of = $2 and kind = 'posterior'",
        );
        let known: Option<Uuid> = known
            .bind(tenant)
            .bind(as_of)
            .fetch_optional(&mut *connection)
            .await
            .expect("looked for");
        let state_id = known.unwrap_or_else(Uuid::now_v7);
        for statement in include_str!("published.sql").split(";\n\n") {
            sqlx::query(statement)
                .bind(tenant)
                .bind(state_id)
                .bind(as_of)
                .bind(published.location)
                .bind(published.model)
                .bind(published.median)
                .bind(published.record.0)
                .bind(published.record.1)
                .bind(published.record.2)
                .bind(published.record.3)
                .execute(&mut *connection)
                .await
                .expect("published");
        }
        tx.commit().await.expect("committed");
        state_id
    }

    /// Writes down past forecasts of weekly totals of the whole department and how they did: at
    /// `moments` moments a week apart that end four weeks before `last`, the twin `share` times
    /// as far off as the flat line.
    pub async fn was_judged(&self, last: &str, moments: i32, share: f64, replayed: bool) {
        let mut tx = self.begin().await;
        let (tenant, connection) = tx.parts();
        let last: NaiveDate = last.parse().expect("a date");
        sqlx::query(include_str!("judged.sql"))
            .bind(tenant)
            .bind(last)
            .bind(moments)
            .bind(share)
            .bind(replayed)
            .execute(connection)
            .await
            .expect("judged");
        tx.commit().await.expect("committed");
    }
}

/// A browser: it keeps its cookie and says where its forms come from.
#[derive(Clone)]
pub struct Browser {
    router: Router,
    /// The session's cookie, as sent.
    pub cookie: Option<String>,
    /// The cookie of a browser in which somebody signed in before.
    pub device: Option<String>,
    /// The cookie of a browser that was sent to a department's provider.
    pub sent: Option<String>,
}

/// What came back.
#[derive(Debug)]
pub struct Answer {
    /// The status.
    pub status: StatusCode,
    /// The headers.
    pub headers: HeaderMap,
    /// The body, as text where it is text.
    pub text: String,
    /// The body.
    pub bytes: Vec<u8>,
}

impl Answer {
    /// Where it leads.
    pub fn location(&self) -> &str {
        self.headers
            .get(header::LOCATION)
            .and_then(|to| to.to_str().ok())
            .unwrap_or_default()
    }

    /// A header as text.
    pub fn header(&self, name: &str) -> &str {
        self.headers
            .get(name)
            .and_then(|value| value.to_str().ok())
            .unwrap_or_default()
    }

    /// What stands in the element with this id, or in the attribute that starts so.
    pub fn between(&self, start: &str, end: &str) -> &str {
        let from = self
            .text
            .find(start)
            .unwrap_or_else(|| panic!("no {start} in {}", self.text));
        let rest = &self.text[from + start.len()..];
        &rest[..rest.find(end).unwrap_or(rest.len())]
    }
}

impl Browser {
    /// Opens a page.
    pub async fn get(&mut self, path: &str) -> Answer {
        self.send(Request::get(path).body(Body::empty()).expect("a request"))
            .await
    }

    /// Sends a form of this portal's own.
    pub async fn post(&mut self, path: &str, fields: &[(&str, &str)]) -> Answer {
        self.post_with(path, fields, &[("sec-fetch-site", "same-origin")])
            .await
    }

    /// Sends a form with other headers.
    pub async fn post_with(
        &mut self,
        path: &str,
        fields: &[(&str, &str)],
        headers: &[(&str, &str)],
    ) -> Answer {
        let body = form_urlencoded::Serializer::new(String::new())
            .extend_pairs(fields)
            .finish();
        let mut request =
            Request::post(path).header(header::CONTENT_TYPE, "application/x-www-form-urlencoded");
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        self.send(request.body(Body::from(body)).expect("a request"))
            .await
    }

    /// Sends a form with a file.
    pub async fn upload(
        &mut self,
        path: &str,
        fields: &[(&str, &str)],
        name: &str,
        bytes: &[u8],
    ) -> Answer {
        self.upload_from("same-origin", path, fields, name, bytes)
            .await
    }

    /// Sends a form with a file from another site.
    pub async fn upload_from(
        &mut self,
        site: &str,
        path: &str,
        fields: &[(&str, &str)],
        name: &str,
        bytes: &[u8],
    ) -> Answer {
        const BOUNDARY: &str = "cordon-test-boundary";
        let mut body = Vec::new();
        for (field, value) in fields {
            body.extend_from_slice(
                format!(
                    "--{BOUNDARY}\r\ncontent-disposition: form-data; name=\"{field}\"\r\n\r\n{value}\r\n"
                )
                .as_bytes(),
            );
        }
        body.extend_from_slice(
            format!(
                "--{BOUNDARY}\r\ncontent-disposition: form-data; name=\"file\"; filename=\"{name}\"\r\n\r\n"
            )
            .as_bytes(),
        );
        body.extend_from_slice(bytes);
        body.extend_from_slice(format!("\r\n--{BOUNDARY}--\r\n").as_bytes());
        let request = Request::post(path)
            .header(
                header::CONTENT_TYPE,
                format!("multipart/form-data; boundary={BOUNDARY}"),
            )
            .header("sec-fetch-site", site);
        self.send(request.body(Body::from(body)).expect("a request"))
            .await
    }

    /// Asks with a key, as a program does.
    pub async fn get_with_key(&mut self, path: &str, key: &str) -> Answer {
        let request = Request::get(path).header(header::AUTHORIZATION, format!("Bearer {key}"));
        self.send(request.body(Body::empty()).expect("a request"))
            .await
    }

    /// Any method, without a body.
    pub async fn ask(&mut self, method: Method, path: &str) -> Answer {
        let request = Request::builder()
            .method(method)
            .uri(path)
            .header("sec-fetch-site", "same-origin");
        self.send(request.body(Body::empty()).expect("a request"))
            .await
    }

    /// Sends a request with the cookie, and keeps the one that comes back.
    pub async fn send(&mut self, mut request: Request<Body>) -> Answer {
        let cookies: Vec<&str> = [&self.cookie, &self.device, &self.sent]
            .into_iter()
            .flatten()
            .map(String::as_str)
            .collect();
        if !cookies.is_empty() {
            request.headers_mut().insert(
                header::COOKIE,
                cookies.join("; ").parse().expect("a cookie"),
            );
        }
        let peer = ConnectInfo(SocketAddr::from(([127, 0, 0, 1], 50_000)));
        request.extensions_mut().insert(peer);
        let response = self
            .router
            .clone()
            .oneshot(request)
            .await
            .expect("an answer");
        let (parts, body) = response.into_parts();
        for cookie in parts.headers.get_all(header::SET_COOKIE) {
            let cookie = cookie
                .to_str()
                .expect("a cookie")
                .split(';')
                .next()
                .unwrap_or_default();
            let kept = match cookie.split_once('=') {
                Some((name, _)) if name.ends_with("-browser") => &mut self.device,
                Some((name, _)) if name.ends_with("-sign-on") => &mut self.sent,
                _ => &mut self.cookie,
            };
            *kept = (!cookie.ends_with('=')).then(|| cookie.to_owned());
        }
        let bytes = body.collect().await.expect("a body").to_bytes().to_vec();
        let text = String::from_utf8_lossy(&bytes).into_owned();
        Answer {
            status: parts.status,
            headers: parts.headers,
            text,
            bytes,
        }
    }
}
