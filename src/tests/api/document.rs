//! What is served is documented, and what is documented is served.

use serde_json::Value;

use crate::{
    api::kinds::KINDS,
    tests::{headers::assert_secure, portal::TestPortal},
};

const PATH: &str = "/api/v1/openapi.json";

async fn document() -> Value {
    let portal = TestPortal::start().await;
    portal.browser().get(PATH).await.json()
}

#[tokio::test]
async fn the_document_is_for_everybody_and_may_be_kept() {
    let portal = TestPortal::start().await;
    let mut nobody = portal.browser();
    let answer = nobody.get(PATH).await;
    assert_eq!(answer.status, 200);
    assert_eq!(answer.header("cache-control"), "public, max-age=300");
    assert_eq!(answer.json()["openapi"], "3.1.0");
    let tag = answer.header("etag").to_owned();
    let again = nobody
        .call("GET", PATH, None, &[("if-none-match", &tag)])
        .await;
    assert_eq!(again.status, 304);
}

/// Each operation answers as documented where nobody is signed in, and says what can go wrong.
#[tokio::test]
async fn each_documented_operation_is_there() {
    let portal = TestPortal::start().await;
    let document = document().await;
    let server = document["servers"][0]["url"].as_str().expect("a server");
    let mut ids = std::collections::BTreeSet::new();
    let mut asked = 0;
    for (path, item) in document["paths"].as_object().expect("paths") {
        for (method, operation) in item.as_object().expect("operations") {
            let answer = portal
                .browser()
                .call(
                    &method.to_uppercase(),
                    &format!("{server}{path}"),
                    None,
                    &[],
                )
                .await;
            let status = answer.status.as_u16().to_string();
            assert!(
                operation["responses"].get(&status).is_some(),
                "{method} {path}: {status}"
            );
            if operation.get("security").is_some() {
                assert_eq!(status, "401", "{method} {path}");
                for status in ["401", "403", "408", "422", "429", "500", "503"] {
                    assert!(
                        operation["responses"].get(status).is_some(),
                        "{method} {path}: {status}"
                    );
                }
            }
            assert!(
                operation["summary"].is_string() && operation["operationId"].is_string(),
                "{path}"
            );
            assert!(ids.insert(operation["operationId"].to_string()), "{path}");
            asked += 1;
        }
    }
    assert_eq!(asked, 12);
}

/// Every reference leads somewhere.
#[tokio::test]
async fn the_document_holds_together() {
    fn references<'a>(value: &'a Value, found: &mut Vec<&'a str>) {
        match value {
            Value::Object(fields) => {
                for (name, value) in fields {
                    match value.as_str() {
                        Some(reference) if name == "$ref" => found.push(reference),
                        _ => references(value, found),
                    }
                }
            }
            Value::Array(values) => values.iter().for_each(|value| references(value, found)),
            _ => {}
        }
    }
    let document = document().await;
    let mut found = Vec::new();
    references(&document, &mut found);
    assert!(found.len() > 20);
    for reference in found {
        let pointer = reference
            .strip_prefix('#')
            .expect("a reference to this document");
        assert!(document.pointer(pointer).is_some(), "{reference}");
    }
    for kind in KINDS {
        assert!(
            document["components"]["responses"].get(kind.name).is_some(),
            "{}",
            kind.name
        );
    }
}

/// The page has a place for each operation, each schema and each kind of problem.
#[tokio::test]
async fn the_page_says_what_the_document_says() {
    let portal = TestPortal::start().await;
    let page = portal.browser().get("/api/docs").await;
    assert_eq!(page.status, 200);
    assert_secure(&page);
    let document = document().await;
    let operations = document["paths"].as_object().expect("paths").values();
    for operation in operations.flat_map(|item| item.as_object().expect("operations").values()) {
        let id = operation["operationId"].as_str().expect("an id");
        for wanted in [format!(" id=\"{id}\""), format!("href=\"#{id}\"")] {
            assert!(page.text.contains(&wanted), "{wanted}");
        }
    }
    for kind in KINDS {
        assert!(
            page.text
                .contains(&format!(" id=\"problem-{}\"", kind.name)),
            "{}",
            kind.name
        );
    }
    // Every link within the page leads somewhere.
    for link in page.text.split("href=\"#").skip(1) {
        let id = link.split('"').next().unwrap_or_default();
        assert!(page.text.contains(&format!(" id=\"{id}\"")), "#{id}");
    }
    assert!(!page.text.contains('`'), "a mark that should be code");
}

/// What is shown to be copied is what the clients' test runs, to the letter.
#[tokio::test]
async fn the_clients_page_shows_the_files() {
    let portal = TestPortal::start().await;
    let page = portal.browser().get("/api/docs/clients").await;
    assert_secure(&page);
    let escaped = |text: &str| {
        text.replace('&', "&amp;")
            .replace('<', "&lt;")
            .replace('>', "&gt;")
    };
    for file in [
        include_str!("../../../end2end/clients/curl.sh"),
        include_str!("../../../end2end/clients/cordon.R"),
        include_str!("../../../end2end/clients/cordon.py"),
    ] {
        assert!(page.text.contains(&escaped(file)), "{file}");
    }
}
