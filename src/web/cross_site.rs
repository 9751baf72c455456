//! Forms posted from another site are refused.
//!
//! A browser says where a request comes from in `Sec-Fetch-Site`, and an older one in
//! `Origin`; neither can be set by a page. A program sends neither, and carries no cookie
//! that somebody else could make it send.

use axum::{
    extract::{Request, State},
    http::{HeaderMap, Method, header},
    middleware::Next,
    response::Response,
};

use crate::{Error, Result, app::App};

/// Lets a request pass that only reads, or comes from here.
pub async fn refuse(State(app): State<App>, request: Request, next: Next) -> Result<Response> {
    if may_change(request.method()) && !is_ours(request.headers(), &app.config.origin) {
        return Err(Error::CrossSite);
    }
    Ok(next.run(request).await)
}

fn may_change(method: &Method) -> bool {
    !matches!(*method, Method::GET | Method::HEAD | Method::OPTIONS)
}

fn is_ours(headers: &HeaderMap, origin: &str) -> bool {
    let text = |name| {
        headers
            .get(name)
            .map(|value: &header::HeaderValue| value.to_str().unwrap_or("null"))
    };
    match (
        text(header::HeaderName::from_static("sec-fetch-site")),
        text(header::ORIGIN),
    ) {
        (Some(site), _) => matches!(site, "same-origin" | "none"),
        (None, Some(from)) => {
            let host = text(header::HOST).unwrap_or_default();
            from == origin
                || from
                    .split_once("://")
                    .is_some_and(|(_, from)| !host.is_empty() && from == host)
        }
        (None, None) => true,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn ours(pairs: &[(&'static str, &'static str)]) -> bool {
        let headers = pairs
            .iter()
            .map(|(name, value)| {
                (
                    header::HeaderName::from_static(name),
                    header::HeaderValue::from_static(value),
                )
            })
            .collect();
        is_ours(&headers, "https://cases.example")
    }

    #[test]
    fn a_form_of_our_own_passes() {
        assert!(ours(&[
            ("sec-fetch-site", "same-origin"),
            ("origin", "https://cases.example")
        ]));
        assert!(ours(&[
            ("origin", "https://cases.example"),
            ("host", "10.0.0.1:3000")
        ]));
        assert!(ours(&[
            ("origin", "http://127.0.0.1:3000"),
            ("host", "127.0.0.1:3000")
        ]));
        assert!(ours(&[]));
    }

    #[test]
    fn a_form_of_another_site_does_not() {
        assert!(!ours(&[("sec-fetch-site", "cross-site")]));
        assert!(!ours(&[
            ("sec-fetch-site", "same-site"),
            ("origin", "https://cases.example")
        ]));
        assert!(!ours(&[
            ("origin", "https://evil.example"),
            ("host", "cases.example")
        ]));
        assert!(!ours(&[("origin", "null"), ("host", "cases.example")]));
        assert!(!ours(&[
            ("origin", "https://cases.example.evil"),
            ("host", "cases.example")
        ]));
    }
}
