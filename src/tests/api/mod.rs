//! The portal as programs see it.

mod document;
mod forecasts;
mod limits;
mod observations;
mod problems;
mod runs;
mod sending;
mod token;
mod usage;

use axum::{
    body::Body,
    http::{Method, Request, header},
};
use serde_json::Value;

use super::portal::{Answer, Browser};

impl Browser {
    /// Asks as a program does: with a key or a token, and whatever else it sends.
    pub async fn call(
        &mut self,
        method: &str,
        path: &str,
        key: Option<&str>,
        headers: &[(&str, &str)],
    ) -> Answer {
        self.hand_in(method, path, key, headers, Vec::new()).await
    }

    /// The same with a body.
    pub async fn hand_in(
        &mut self,
        method: &str,
        path: &str,
        key: Option<&str>,
        headers: &[(&str, &str)],
        body: Vec<u8>,
    ) -> Answer {
        let mut request = Request::builder()
            .method(Method::from_bytes(method.as_bytes()).expect("a method"))
            .uri(path);
        if let Some(key) = key {
            request = request.header(header::AUTHORIZATION, format!("Bearer {key}"));
        }
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        self.send(request.body(Body::from(body)).expect("a request"))
            .await
    }
}

impl Answer {
    /// The body as JSON.
    pub fn json(&self) -> Value {
        serde_json::from_str(&self.text).unwrap_or_else(|_| panic!("no JSON: {}", self.text))
    }

    /// Asserts that this is problem details with this status, and gives its detail.
    pub fn problem(&self, status: u16) -> String {
        assert_eq!(self.status, status, "{self:?}");
        assert_eq!(self.header("content-type"), "application/problem+json");
        let problem = self.json();
        assert_eq!(problem["status"], status);
        assert!(
            problem["type"]
                .as_str()
                .is_some_and(|kind| kind.starts_with("/api/docs#problem-"))
        );
        assert!(
            problem["instance"]
                .as_str()
                .is_some_and(|instance| instance.starts_with("urn:uuid:"))
        );
        problem["detail"].as_str().unwrap_or_default().to_owned()
    }
}
