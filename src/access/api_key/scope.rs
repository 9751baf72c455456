//! What a key may do.

use std::{collections::BTreeSet, fmt};

use serde::{Deserialize, Serialize};

use crate::{Error, Result, error::constraints};

/// One thing that a key may do.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Scope {
    /// Read the department's observations, forecasts and usage.
    Read,
    /// Send observations in.
    Write,
    /// Start a run of the model.
    Run,
}

impl Scope {
    /// All of them.
    pub const ALL: [Self; 3] = [Self::Read, Self::Write, Self::Run];

    /// Its name: in forms, in the database and in what a program is told.
    pub fn name(self) -> &'static str {
        match self {
            Self::Read => "read",
            Self::Write => "write",
            Self::Run => "run",
        }
    }

    /// What it lets a program do, as a person reads it.
    pub fn means(self) -> &'static str {
        match self {
            Self::Read => "read observations, forecasts and usage",
            Self::Write => "send observations in",
            Self::Run => "start model runs",
        }
    }
}

impl fmt::Display for Scope {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

/// What a key may do: one scope or more.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "Vec<String>", into = "Vec<String>")]
pub struct Scopes(BTreeSet<Scope>);

impl Scopes {
    /// Reading alone.
    pub fn read() -> Self {
        Self(BTreeSet::from([Scope::Read]))
    }

    /// Everything that a department's own people may do with its data.
    pub fn all() -> Self {
        Self(BTreeSet::from(Scope::ALL))
    }

    /// The scopes with these names.
    ///
    /// # Errors
    /// When there are none, or one is unknown.
    pub fn parse<'a>(names: impl IntoIterator<Item = &'a str>) -> Result<Self> {
        let scopes: Option<BTreeSet<_>> = names
            .into_iter()
            .map(|name| Scope::ALL.into_iter().find(|scope| scope.name() == name))
            .collect();
        match scopes {
            Some(scopes) if !scopes.is_empty() => Ok(Self(scopes)),
            _ => {
                let form = constraints::message("api_key_scopes").unwrap_or_default();
                Err(Error::Invalid(form.to_owned()))
            }
        }
    }

    /// Whether `scope` is among them.
    pub fn contains(&self, scope: Scope) -> bool {
        self.0.contains(&scope)
    }

    /// Their names, always in the same order.
    pub fn names(&self) -> Vec<&'static str> {
        self.0.iter().map(|scope| scope.name()).collect()
    }

    /// Passes where `scope` is among them.
    ///
    /// # Errors
    /// [`Error::Forbidden`], saying what the key may do and how to get one that may do this.
    pub fn require(&self, scope: Scope) -> Result<()> {
        if self.contains(scope) {
            return Ok(());
        }
        Err(Error::Forbidden(format!(
            "this key has the scope {self}, and this takes the scope {scope}; issue a key with it, \
             or ask whoever issued this one"
        )))
    }
}

impl fmt::Display for Scopes {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.names().join(", "))
    }
}

impl TryFrom<Vec<String>> for Scopes {
    type Error = Error;

    fn try_from(names: Vec<String>) -> Result<Self> {
        Self::parse(names.iter().map(String::as_str))
    }
}

impl From<Scopes> for Vec<String> {
    fn from(scopes: Scopes) -> Self {
        scopes.names().into_iter().map(str::to_owned).collect()
    }
}

#[cfg(test)]
mod tests {
    use axum::http::StatusCode;

    use super::*;

    #[test]
    fn a_key_that_reads_can_neither_write_nor_run() {
        let reads = Scopes::read();
        assert!(reads.require(Scope::Read).is_ok());
        for scope in [Scope::Write, Scope::Run] {
            let refused = reads.require(scope).expect_err("a refusal");
            assert_eq!(refused.status(), StatusCode::FORBIDDEN);
            let says = refused.to_string();
            assert!(
                says.contains("has the scope read") && says.contains(&format!("the scope {scope}")),
                "{says}"
            );
        }
    }

    #[test]
    fn each_scope_is_a_right_of_its_own() -> Result<()> {
        for has in Scope::ALL {
            let scopes = Scopes::parse([has.name()])?;
            for asked in Scope::ALL {
                assert_eq!(
                    scopes.require(asked).is_ok(),
                    asked == has,
                    "{has}: {asked}"
                );
            }
        }
        for scope in Scope::ALL {
            assert!(Scopes::all().require(scope).is_ok());
        }
        Ok(())
    }

    #[test]
    fn scopes_are_known_and_at_least_one() -> Result<()> {
        assert_eq!(
            Scopes::parse(["run", "read", "run"])?.to_string(),
            "read, run"
        );
        for bad in [vec![], vec!["admin"], vec!["read", ""], vec!["Read"]] {
            let refused = Scopes::parse(bad.clone()).expect_err("a refusal");
            assert_eq!(refused.status(), StatusCode::BAD_REQUEST, "{bad:?}");
        }
        Ok(())
    }
}
