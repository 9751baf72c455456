//! Which edition of an answer this is, and whether the program has it already (RFC 9110, section
//! 13): then it need not be read again, nor sent.

use std::sync::LazyLock;

use axum::{
    http::{HeaderMap, HeaderValue, StatusCode, header},
    response::{IntoResponse, Response},
};

use super::document::DOCUMENT;
use crate::secret::{hex, sha256};

/// The entity tag of an answer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Edition(String);

/// Other answers are made when the document says so.
static FORM: LazyLock<String> = LazyLock::new(|| hex(&sha256(DOCUMENT.text.as_bytes())));

impl Edition {
    /// The edition that follows from all that an answer is made of: whose it is, what was asked,
    /// and of which state of their data.
    ///
    /// It is weak: the same answer may go out compressed.
    pub fn of(parts: &[&str]) -> Self {
        let whole = format!("{}\n{}", FORM.as_str(), parts.join("\n"));
        Self::of_text(&whole)
    }

    /// The edition of a text, which follows from the text alone.
    pub fn of_text(text: &str) -> Self {
        Self(format!("W/\"{}\"", hex(&sha256(text.as_bytes())[..16])))
    }

    /// Whether `If-None-Match` names this edition.
    pub fn is_known(&self, headers: &HeaderMap) -> bool {
        let opaque = |tag: &str| tag.trim().trim_start_matches("W/").to_owned();
        headers
            .get_all(header::IF_NONE_MATCH)
            .iter()
            .filter_map(|value| value.to_str().ok())
            .flat_map(|tags| tags.split(','))
            .any(|tag| tag.trim() == "*" || opaque(tag) == opaque(&self.0))
    }

    /// The answer to a program that has this edition.
    pub fn not_modified(&self) -> Response {
        let mut response = StatusCode::NOT_MODIFIED.into_response();
        self.write(response.headers_mut());
        response
    }

    /// The header `ETag`.
    pub fn write(&self, headers: &mut HeaderMap) {
        if let Ok(tag) = HeaderValue::try_from(&self.0) {
            headers.insert(header::ETAG, tag);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn asks(tags: &str) -> HeaderMap {
        let tags = HeaderValue::try_from(tags).ok();
        tags.map(|tags| (header::IF_NONE_MATCH, tags))
            .into_iter()
            .collect()
    }

    #[test]
    fn an_edition_is_known_by_its_tag() {
        let edition = Edition::of_text("north");
        let strong = edition.0.trim_start_matches("W/").to_owned();
        for tags in [
            edition.0.as_str(),
            &strong,
            &format!("\"a\", {strong} , \"b\""),
            "*",
        ] {
            assert!(edition.is_known(&asks(tags)), "{tags}");
        }
        for tags in ["", "\"a\"", &strong[..9], &Edition::of_text("south").0] {
            assert!(!edition.is_known(&asks(tags)), "{tags}");
        }
        assert!(!edition.is_known(&HeaderMap::new()));
    }

    #[test]
    fn whatever_an_answer_is_made_of_changes_its_edition() {
        let edition = Edition::of(&["alder", "1", "from=2026-03-01"]);
        assert_eq!(edition, Edition::of(&["alder", "1", "from=2026-03-01"]));
        for other in [
            ["birch", "1", "from=2026-03-01"],
            ["alder", "2", "from=2026-03-01"],
            ["alder", "1", "from=2026-03-02"],
        ] {
            assert_ne!(edition, Edition::of(&other), "{other:?}");
        }
    }
}
