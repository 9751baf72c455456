//! Bodies and headers that are not what they should be: without an end, in another encoding, hostile.

use std::{
    pin::Pin,
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
    task::{Context, Poll},
};

use axum::{
    body::{Body, Bytes},
    http::Request,
};
use futures_core::Stream;

use super::{LARGEST_PAGE, plain, two_departments};
use crate::{
    Config,
    tests::{behind::contents, portal::TestPortal},
};

/// A body that goes on for as long as somebody reads it, and counts how much that was.
struct Endless {
    first: Option<Bytes>,
    again: Bytes,
    read: Arc<AtomicUsize>,
}

/// More than anything is read of, and less than a machine has.
const NO_END: usize = 256 << 20;

impl Stream for Endless {
    type Item = Result<Bytes, std::io::Error>;

    fn poll_next(mut self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        let next = self.first.take().unwrap_or_else(|| self.again.clone());
        let read = self.read.fetch_add(next.len(), Ordering::Relaxed);
        // So that the test ends where the portal would not.
        Poll::Ready((read < NO_END).then_some(Ok(next)))
    }
}

fn endless(first: &str) -> (Body, Arc<AtomicUsize>) {
    let read = Arc::new(AtomicUsize::new(0));
    let stream = Endless {
        first: Some(Bytes::copy_from_slice(first.as_bytes())),
        again: Bytes::from(vec![b'a'; 16 * 1024]),
        read: read.clone(),
    };
    (Body::from_stream(stream), read)
}

#[tokio::test]
async fn a_body_without_an_end_is_read_as_far_as_its_limit() {
    const LARGEST_FILE: usize = 200_000;
    let portal = TestPortal::start_with(|config| Config {
        largest_upload: LARGEST_FILE as u64,
        ..config
    })
    .await;
    let (alder, _) = two_departments(&portal).await;
    let before = contents(&mut portal.owner().await).await;
    let form = "application/x-www-form-urlencoded";
    let multipart = "multipart/form-data; boundary=b";
    let head = "--b\r\ncontent-disposition: form-data; name=\"file\"; filename=\"a.csv\"\r\n\r\n";
    let field = "--b\r\ncontent-disposition: form-data; name=\"as_of\"\r\n\r\n";
    let header = "--b\r\ncontent-disposition: form-data; name=\"";
    let key = Some(alder.key.as_str());
    for (path, kind, first, key, limit) in [
        ("/login", form, "email=", None, 64 * 1024),
        ("/data/annotations", form, "text=", None, 64 * 1024),
        ("/keys", form, "name=", None, 64 * 1024),
        ("/keys/check", form, "text=", None, 256 * 1024),
        (
            "/data/uploads/1/locations",
            form,
            "add.0=on&id.0=",
            None,
            64 * 1024,
        ),
        ("/forecast/parameters", form, "members=", None, 64 * 1024),
        ("/logout", form, "", None, 64 * 1024),
        ("/data/uploads", multipart, head, None, LARGEST_FILE),
        ("/data/uploads", multipart, field, None, LARGEST_FILE),
        ("/data/uploads", multipart, header, None, LARGEST_FILE),
        ("/data/uploads", multipart, "", None, LARGEST_FILE),
        (
            "/api/v1/observations",
            "text/csv",
            "date,location_id,new_cases\n",
            key,
            LARGEST_FILE,
        ),
        // JSON is read whole, and so has a limit of its own.
        (
            "/api/v1/observations",
            "application/json",
            "{\"observations\": [",
            key,
            10_000_000,
        ),
        ("/api/v1/token", form, "", key, 64 * 1024),
        (
            "/api/v1/runs",
            "application/json",
            "{\"kind\": \"",
            key,
            2 << 20,
        ),
    ] {
        let (body, read) = endless(first);
        let mut request = Request::post(path)
            .header("content-type", kind)
            .header("sec-fetch-site", "same-origin");
        if let Some(key) = key {
            request = request.header("authorization", format!("Bearer {key}"));
        }
        let mut sender = match key {
            Some(_) => portal.browser(),
            None => alder.epidemiologist().await,
        };
        let answer = sender.send(request.body(body).expect("a request")).await;
        let read = read.load(Ordering::Relaxed);
        assert!(
            read < limit + 512 * 1024,
            "{path}, {kind}: {read} bytes were read"
        );
        let unread = ["/logout", "/api/v1/token"].contains(&path);
        assert!(
            answer.status.is_client_error() || (unread && read <= 16 * 1024),
            "{path}, {kind}: {}",
            answer.status
        );
        assert!(answer.text.len() < LARGEST_PAGE, "{path}, {kind}");
    }
    // Of a key it is noted when it was used.
    let after = contents(&mut portal.owner().await).await;
    for table in [
        "observations",
        "locations",
        "annotations",
        "model_runs",
        "model_settings",
    ] {
        assert_eq!(after[table], before[table], "{table}");
    }
}

#[tokio::test]
async fn a_form_that_is_encoded_otherwise_is_refused_and_changes_nothing() {
    let portal = TestPortal::start().await;
    let (alder, _) = two_departments(&portal).await;
    let mut epi = alder.epidemiologist().await;
    let submission = uuid::Uuid::new_v4();
    let before = contents(&mut portal.owner().await).await;
    let note = [
        ("first_day", "2026-03-02"),
        ("kind", "outage"),
        ("text", "In another form"),
        ("submission", &submission.to_string()),
    ];
    let urlencoded = form_urlencoded::Serializer::new(String::new())
        .extend_pairs(note)
        .finish();
    let json = serde_json::to_string(
        &note
            .into_iter()
            .collect::<std::collections::BTreeMap<_, _>>(),
    );
    let json = json.expect("JSON");
    let multipart: String = note
        .iter()
        .map(|(name, value)| {
            format!("--b\r\ncontent-disposition: form-data; name=\"{name}\"\r\n\r\n{value}\r\n")
        })
        .chain(["--b--\r\n".to_owned()])
        .collect();
    for (kind, body) in [
        ("text/plain", urlencoded.clone()),
        ("", urlencoded.clone()),
        ("application/json", json.clone()),
        ("text/plain", json.clone()),
        ("application/x-www-form-urlencoded", json),
        ("multipart/form-data; boundary=b", multipart.clone()),
        ("application/x-www-form-urlencoded", multipart),
        ("application/xml", "<note/>".to_owned()),
        ("application/x-www-form-urlencoded", String::new()),
        (
            "application/x-www-form-urlencoded",
            "%00%01%ff=%fe&&&===".to_owned(),
        ),
        (
            "application/x-www-form-urlencoded",
            "first_day=%zz&text=%".to_owned(),
        ),
        ("application/octet-stream", "\u{0}\u{1}".to_owned()),
    ] {
        let mut paths = vec![
            "/data/annotations",
            "/keys",
            "/account/password",
            "/login",
            "/forecast/runs",
        ];
        // Without a field, what is posted to these is whole.
        paths.extend(
            ["/people/invitations", "/keys/check"]
                .iter()
                .filter(|_| !kind.ends_with("urlencoded")),
        );
        for path in paths {
            let request = Request::post(path)
                .header("content-type", kind)
                .header("sec-fetch-site", "same-origin");
            let request = request.body(Body::from(body.clone())).expect("a request");
            let answer = epi.clone().send(request).await;
            assert!(
                answer.status.is_client_error(),
                "{path} as {kind:?}: {}",
                answer.status
            );
        }
        let request = Request::post("/data/uploads")
            .header("content-type", kind)
            .header("sec-fetch-site", "same-origin")
            .body(Body::from(body.clone()))
            .expect("a request");
        let answer = epi.send(request).await;
        assert!(
            answer.status.is_client_error(),
            "a file as {kind:?}: {}",
            answer.status
        );
    }
    let after = contents(&mut portal.owner().await).await;
    for table in [
        "observations",
        "annotations",
        "api_keys",
        "users",
        "model_runs",
        "invitations",
    ] {
        assert_eq!(after[table], before[table], "{table}");
    }
}

#[tokio::test]
async fn hostile_headers_change_no_answer() {
    let portal = TestPortal::start().await;
    let (alder, _) = two_departments(&portal).await;
    let mut epi = alder.epidemiologist().await;
    let long = "x".repeat(100_000);
    let many = "en;q=0.1,".repeat(10_000);
    for page in ["/", "/account", "/data/daily.csv", "/keys"] {
        let usual = plain(&epi.get(page).await);
        for (name, value) in [
            (
                "referer",
                "https://evil.example/\"><script>alert(1)</script>",
            ),
            ("referer", "javascript:alert(1)"),
            ("referer", &long),
            ("origin", "https://evil.example"),
            ("host", "evil.example"),
            ("x-forwarded-host", "evil.example"),
            ("x-forwarded-proto", "https"),
            ("forwarded", "host=evil.example;proto=https"),
            ("accept-language", &many),
            ("accept-charset", "utf-7"),
            ("user-agent", "<script>alert(1)</script>"),
            ("user-agent", &long),
            ("x-request-id", "evil"),
            ("via", &many),
            ("expect", "the unexpected"),
            ("upgrade", "websocket"),
            ("te", "trailers, deflate;q=0.5"),
            ("content-length", "0"),
            ("transfer-encoding", "identity"),
            ("cookie2", "$Version=1"),
        ] {
            let answer = epi.call("GET", page, None, &[(name, value)]).await;
            assert_eq!(answer.status, 200, "{page} with {name}");
            assert!(!answer.text.contains("evil"), "{page} with {name}");
            assert_eq!(plain(&answer), usual, "{page} with {name}");
        }
    }
    // And links are to where the portal says it is.
    let mut lead = {
        let role = crate::access::user::NewRole::Lead(alder.tenant.clone());
        portal.add_person("lead@alder.example", role).await;
        portal.signed_in("lead@alder.example").await
    };
    let headers = [
        ("sec-fetch-site", "same-origin"),
        ("host", "evil.example"),
        ("x-forwarded-host", "evil.example"),
    ];
    let invited = lead
        .post_with(
            "/people/invitations",
            &[("email", "new@alder.example")],
            &headers,
        )
        .await;
    let link = invited.between("id=\"invitation\" class=\"selectable\">", "<");
    assert!(
        link.starts_with("http://127.0.0.1:3000/invitation/"),
        "{link}"
    );
    assert!(!invited.text.contains("evil"));
}
