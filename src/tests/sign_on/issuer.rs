//! A provider that does as it is told, however wrong: what it says is the test's to choose.

use std::{
    collections::HashMap,
    net::SocketAddr,
    sync::{Arc, Mutex},
};

use axum::{
    Form, Json, Router,
    extract::{Path, State},
    http::{HeaderMap, StatusCode, header},
    response::{IntoResponse, Response},
    routing::{get, post},
};
use serde_json::{Value, json};

use super::signing::{Keys, Signed, base64, base64url};
use crate::{
    config::issuers::Issuers,
    secret::{hex, random_bytes, sha256},
};

/// As what the portal is registered, at each issuer.
pub const CLIENT: &str = "cordon";
/// And its secret.
pub const CLIENT_SECRET: &str = "a client secret of the test";

/// What a code stands for.
pub struct Plan {
    /// The claims of the ID token.
    pub claims: Value,
    /// How it is signed.
    pub signed: Signed,
    /// What the page on people says; nothing where all is in the token.
    pub userinfo: Value,
    /// The challenge that its request had (PKCE).
    pub challenge: String,
}

/// Issuers on loopback, by names.
pub struct Issuer {
    address: SocketAddr,
    shared: Arc<Shared>,
}

struct Shared {
    base: String,
    keys: Keys,
    plans: Mutex<HashMap<String, Plan>>,
    /// Codes that came to be exchanged, with whose token endpoint was asked.
    brought: Mutex<Vec<(String, String)>>,
    tokens: Mutex<HashMap<String, Value>>,
}

impl Issuer {
    /// Starts it.
    pub async fn start() -> Self {
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0")
            .await
            .expect("a port");
        let address = listener.local_addr().expect("an address");
        let shared = Arc::new(Shared {
            base: format!("http://{address}"),
            keys: Keys::new(),
            plans: Mutex::default(),
            brought: Mutex::default(),
            tokens: Mutex::default(),
        });
        let router = Router::new()
            .route("/{name}/.well-known/openid-configuration", get(document))
            .route("/{name}/jwks", get(jwks))
            .route("/{name}/token", post(token))
            .route("/{name}/userinfo", get(userinfo))
            .with_state(shared.clone());
        tokio::spawn(async move { axum::serve(listener, router).await });
        Self { address, shared }
    }

    /// What the portal's configuration allows of it.
    pub fn allowed(&self) -> Issuers {
        Issuers::parse(Some(format!("http://{}", self.address))).expect("a list")
    }

    /// The issuer of this name.
    pub fn url(&self, name: &str) -> String {
        format!("{}/{name}", self.shared.base)
    }

    /// A code that stands for this.
    pub fn code(&self, plan: Plan) -> String {
        let code = hex(&random_bytes::<16>().expect("randomness"));
        self.shared
            .plans
            .lock()
            .expect("plans")
            .insert(code.clone(), plan);
        code
    }

    /// Whether this code came to the token endpoint of this name.
    pub fn was_brought(&self, name: &str, code: &str) -> bool {
        let brought = self.shared.brought.lock().expect("codes");
        brought.contains(&(name.to_owned(), code.to_owned()))
    }
}

/// What the issuer of a name says of itself. Some names say something wrong.
async fn document(State(shared): State<Arc<Shared>>, Path(name): Path<String>) -> Response {
    let base = format!("{}/{name}", shared.base);
    let mut document = json!({
        "issuer": base,
        "authorization_endpoint": format!("{base}/authorize"),
        "token_endpoint": format!("{base}/token"),
        "userinfo_endpoint": format!("{base}/userinfo"),
        "jwks_uri": format!("{base}/jwks"),
        "response_types_supported": ["code"],
        "subject_types_supported": ["public"],
        "id_token_signing_alg_values_supported": ["ES256"],
        "authorization_response_iss_parameter_supported": name.ends_with("-named"),
    });
    match &*name {
        "gone" => return StatusCode::NOT_FOUND.into_response(),
        "no-json" => return "<html>".into_response(),
        "another" => document["issuer"] = json!("https://login.another.example"),
        "hs256" => document["id_token_signing_alg_values_supported"] = json!(["HS256"]),
        "elsewhere" => document["authorization_endpoint"] = json!("http://login.another.example"),
        "no-keys" => document["jwks_uri"] = json!(format!("{}/gone/nothing", shared.base)),
        _ => {}
    }
    Json(document).into_response()
}

async fn jwks(State(shared): State<Arc<Shared>>) -> Json<Value> {
    let point = shared.keys.public();
    Json(json!({ "keys": [{
        "kty": "EC", "crv": "P-256", "kid": "one", "use": "sig", "alg": "ES256",
        "x": base64url(&point[1..33]), "y": base64url(&point[33..65]),
    }] }))
}

async fn token(
    State(shared): State<Arc<Shared>>,
    Path(name): Path<String>,
    headers: HeaderMap,
    Form(form): Form<HashMap<String, String>>,
) -> Response {
    let field = |name: &str| form.get(name).cloned().unwrap_or_default();
    shared
        .brought
        .lock()
        .expect("codes")
        .push((name, field("code")));
    let refuse =
        |error: &str| (StatusCode::BAD_REQUEST, Json(json!({ "error": error }))).into_response();
    let basic = headers
        .get(header::AUTHORIZATION)
        .and_then(|value| value.to_str().ok());
    let secret = CLIENT_SECRET.replace(' ', "+");
    let expected = format!(
        "Basic {}",
        base64(format!("{CLIENT}:{secret}").as_bytes(), false)
    );
    if basic != Some(&*expected) {
        return refuse("invalid_client");
    }
    // Each code once, and with the verifier of its request.
    let Some(plan) = shared.plans.lock().expect("plans").remove(&field("code")) else {
        return refuse("invalid_grant");
    };
    if base64url(&sha256(field("code_verifier").as_bytes())) != plan.challenge {
        return refuse("invalid_grant");
    }
    let access = hex(&random_bytes::<16>().expect("randomness"));
    shared
        .tokens
        .lock()
        .expect("tokens")
        .insert(access.clone(), plan.userinfo.clone());
    let id_token = shared.keys.sign(plan.signed, &plan.claims);
    Json(json!({ "access_token": access, "token_type": "Bearer", "id_token": id_token }))
        .into_response()
}

async fn userinfo(State(shared): State<Arc<Shared>>, headers: HeaderMap) -> Json<Value> {
    let bearer = headers
        .get(header::AUTHORIZATION)
        .and_then(|value| value.to_str().ok());
    let token = bearer
        .and_then(|bearer| bearer.strip_prefix("Bearer "))
        .unwrap_or_default();
    let tokens = shared.tokens.lock().expect("tokens");
    Json(tokens.get(token).cloned().unwrap_or_default())
}
