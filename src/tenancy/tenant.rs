//! A health department, and the id that names it.

use std::fmt;

use crate::{Error, Result, error::constraints};

/// The id of a tenant: `alder_county`, `ca-ab-4831`. Lower case, never reused.
#[derive(
    Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, serde::Serialize, serde::Deserialize,
)]
#[serde(try_from = "String")]
pub struct TenantId(String);

impl TenantId {
    /// `alder_county` is a tenant id; `Alder County!` is not.
    ///
    /// # Errors
    /// Says what an id looks like.
    pub fn parse(text: &str) -> Result<Self> {
        let plain = text
            .bytes()
            .all(|byte| matches!(byte, b'a'..=b'z' | b'0'..=b'9' | b'_' | b'-'));
        let starts = text.starts_with(|first: char| first.is_ascii_lowercase());
        if plain && starts && (2..=63).contains(&text.len()) {
            return Ok(Self(text.to_owned()));
        }
        let form = constraints::message("tenant_id_form").unwrap_or_default();
        Err(Error::Invalid(form.to_owned()))
    }

    /// The id as text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for TenantId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl TryFrom<String> for TenantId {
    type Error = Error;

    fn try_from(text: String) -> Result<Self> {
        Self::parse(&text)
    }
}

/// A health department, as its own people see it.
#[derive(Clone, Debug, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub struct Tenant {
    /// Its id.
    pub id: TenantId,
    /// Its name, as on pages.
    pub name: String,
    /// True where its data is simulated, for demonstration.
    pub simulated: bool,
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn an_id_is_lower_case_and_starts_with_a_letter() {
        for good in ["alder_county", "ca-ab-4831", "ab", &"a".repeat(63)] {
            assert!(TenantId::parse(good).is_ok(), "{good}");
        }
        for bad in [
            "",
            "a",
            "Alder",
            "1st",
            "-x",
            "a b",
            "a'b",
            "é1",
            "a\0b",
            &"a".repeat(64),
        ] {
            assert!(TenantId::parse(bad).is_err(), "{bad:?}");
        }
    }

    proptest! {
        #[test]
        fn nothing_parses_that_could_end_a_quoted_literal(text in "\\PC{0,70}") {
            if let Ok(id) = TenantId::parse(&text) {
                prop_assert!(!id.as_str().contains(['\'', '\\', '"', ';', ' ', '\0']));
            }
        }
    }
}
