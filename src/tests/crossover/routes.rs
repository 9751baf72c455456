//! The table of who gets what has a row for every route.

use std::collections::BTreeSet;

use super::{METHODS, TABLE};
use crate::api::document::DOCUMENT;

/// The routes as the source of the router says them. A route that is built in another way
/// than those known here turns this red, and so does one that has no row above.
#[test]
fn every_route_has_a_row_in_the_table() {
    // What is merged is built in the same file, and read here.
    let source = include_str!("../../router.rs").replace(".merge(files)", "");
    for unknown in [
        ".merge(",
        ".nest(",
        ".fallback_service(",
        ".method_router",
        ".route_layer(",
    ] {
        assert!(
            !source.contains(unknown),
            "this test reads no `{unknown}` yet"
        );
    }
    let mut routes = BTreeSet::new();
    for piece in source.split(".route(").skip(1) {
        let (path, rest) = quoted(piece);
        let end = rest.find("\n        .").unwrap_or(rest.len());
        let methods: Vec<_> = METHODS
            .iter()
            .filter(|method| {
                let call = format!("{}(", method.to_lowercase());
                rest[..end].match_indices(&call).any(|(at, _)| {
                    !rest[..at].ends_with(|before: char| before.is_alphanumeric() || before == '_')
                })
            })
            .collect();
        assert!(
            !methods.is_empty(),
            "{path} has a method this test does not know"
        );
        routes.extend(
            methods
                .into_iter()
                .map(|method| ((*method).to_owned(), path.to_owned())),
        );
    }
    for piece in source.split(".route_service(").skip(1) {
        routes.insert(("GET".to_owned(), quoted(piece).0.to_owned()));
    }
    for piece in source.split(".nest_service(").skip(1) {
        let path = quoted(piece).0;
        if path == "/api" {
            // What programs see is served as it is documented.
            routes.extend(documented());
        } else {
            routes.insert(("GET".to_owned(), format!("{path}/{{*file}}")));
        }
    }
    let rows: BTreeSet<_> = TABLE
        .iter()
        .map(|(method, route, _)| ((*method).to_owned(), (*route).to_owned()))
        .collect();
    assert_eq!(routes, rows, "left: the router, right: the table");
}

/// The operations that the interface documents, which are those it serves.
fn documented() -> Vec<(String, String)> {
    let paths = DOCUMENT.value["paths"].as_object().expect("paths");
    paths
        .iter()
        .flat_map(|(path, item)| {
            let methods = item.as_object().expect("operations").keys();
            methods.map(move |method| (method.to_uppercase(), format!("/api{path}")))
        })
        .collect()
}

/// The first literal in `source`, and what follows it.
fn quoted(source: &str) -> (&str, &str) {
    let (_, rest) = source.split_once('"').expect("a literal");
    rest.split_once('"').expect("its end")
}
