//! Reading a query string, and refusing what is not understood.
//!
//! A parameter that is misspelt would otherwise be left out, and the answer be of something
//! else than was asked for.

use chrono::{Datelike as _, NaiveDate};
use utoipa::{
    IntoParams,
    openapi::{RefOr, Schema, path::Parameter},
};

use crate::{Error, Result, surveillance::LocationId};

/// Rows of a page, unless told otherwise.
pub const USUAL_LIMIT: u32 = 1_000;
/// Rows of a page, at most.
pub const LARGEST_LIMIT: u32 = 10_000;
/// How often a parameter may be given that may be given often.
const MOST_TIMES: usize = 1_000;

/// The parameters of a request, each of them known.
#[derive(Clone, Debug)]
pub struct Parameters(Vec<(String, String)>);

impl Parameters {
    /// Reads a query string whose parameters are those that `T` documents. One that is a list
    /// may be given often.
    ///
    /// # Errors
    /// Names the parameter that is not known, or is given too often.
    pub fn read<T: IntoParams>(query: Option<&str>) -> Result<Self> {
        let documented = T::into_params(|| None);
        let is_list =
            |parameter: &&Parameter| matches!(&parameter.schema, Some(RefOr::T(Schema::Array(_))));
        let (often, once): (Vec<_>, Vec<_>) = documented.iter().partition(is_list);
        let names = |parameters: Vec<&'_ Parameter>| -> Vec<String> {
            parameters
                .iter()
                .map(|parameter| parameter.name.clone())
                .collect()
        };
        let (once, often) = (names(once), names(often));
        let once: Vec<_> = once.iter().map(String::as_str).collect();
        let often: Vec<_> = often.iter().map(String::as_str).collect();
        Self::read_known(query, &once, &often)
    }

    /// The same for parameters that are named here.
    pub(super) fn read_known(query: Option<&str>, once: &[&str], often: &[&str]) -> Result<Self> {
        let mut read = Self(Vec::new());
        for (name, value) in form_urlencoded::parse(query.unwrap_or_default().as_bytes()) {
            let name = name.as_ref();
            let most = match (once.contains(&name), often.contains(&name)) {
                (true, _) => 1,
                (_, true) => MOST_TIMES,
                _ => return Err(unknown(name, once, often)),
            };
            if read.all(name).count() == most {
                let times = if most == 1 {
                    "once".to_owned()
                } else {
                    format!("{most} times")
                };
                return Err(Error::Invalid(format!(
                    "`{name}` may be given {times} at most"
                )));
            }
            read.0.push((name.to_owned(), value.into_owned()));
        }
        Ok(read)
    }

    /// The values of a parameter.
    pub fn all(&self, name: &str) -> impl Iterator<Item = &str> {
        self.0
            .iter()
            .filter(move |(known, _)| known == name)
            .map(|(_, value)| value.as_str())
    }

    /// The value of a parameter.
    pub fn one(&self, name: &str) -> Option<&str> {
        self.all(name).next()
    }

    /// A date.
    ///
    /// # Errors
    /// Names the parameter, and says how a date is written.
    pub fn date(&self, name: &str) -> Result<Option<NaiveDate>> {
        self.one(name)
            .map(|text| {
                // As ISO 8601 has it and no other way: chrono would read `2026-3-1` as well.
                text.parse::<NaiveDate>()
                    .ok()
                    .filter(|day| (1..=9999).contains(&day.year()) && text.len() == 10)
                    .ok_or_else(|| refused(name, "a date such as 2026-03-31", text))
            })
            .transpose()
    }

    /// The first and the last day, `from` and `to`.
    ///
    /// # Errors
    /// When one cannot be read, or they are the wrong way round.
    pub fn days(&self) -> Result<(Option<NaiveDate>, Option<NaiveDate>)> {
        match (self.date("from")?, self.date("to")?) {
            (Some(from), Some(to)) if from > to => Err(Error::Invalid(format!(
                "the first day, {from}, is after the last day, {to}; exchange them"
            ))),
            days => Ok(days),
        }
    }

    /// One of some words, or several.
    ///
    /// # Errors
    /// Names the parameter, and the words it takes.
    pub fn words<T: Copy>(&self, name: &str, known: &[(&str, T)]) -> Result<Vec<T>> {
        self.all(name)
            .map(|text| {
                let found = known.iter().find(|(word, _)| *word == text);
                found.map(|(_, meant)| *meant).ok_or_else(|| {
                    let words: Vec<_> = known.iter().map(|(word, _)| *word).collect();
                    refused(name, &words.join(" or "), text)
                })
            })
            .collect()
    }

    /// The locations that are asked about; none given means all.
    ///
    /// # Errors
    /// [`Error::NotFound`]: what cannot be an id is the id of nothing.
    pub fn locations(&self) -> Result<Vec<LocationId>> {
        self.all("location")
            .map(|id| {
                LocationId::parse(id)
                    .ok()
                    .filter(|parsed| parsed.as_str() == id)
                    .ok_or(Error::NotFound("location"))
            })
            .collect()
    }

    /// How many rows a page should have.
    ///
    /// # Errors
    /// Says how many it can have.
    pub fn limit(&self) -> Result<u32> {
        self.one("limit").map_or(Ok(USUAL_LIMIT), |text| {
            let limit = text.parse().ok();
            limit
                .filter(|limit| (1..=LARGEST_LIMIT).contains(limit))
                .ok_or_else(|| {
                    refused(
                        "limit",
                        &format!("a number from 1 to {LARGEST_LIMIT}"),
                        text,
                    )
                })
        })
    }

    /// The same parameters with another value of `name`, as a query string.
    pub fn with(&self, name: &str, value: &str) -> String {
        form_urlencoded::Serializer::new(String::new())
            .extend_pairs(self.0.iter().filter(|(known, _)| known != name))
            .append_pair(name, value)
            .finish()
    }

    /// The parameters, one way for each way of meaning the same.
    pub fn canonical(&self) -> String {
        let mut pairs = self.0.clone();
        pairs.sort();
        form_urlencoded::Serializer::new(String::new())
            .extend_pairs(pairs)
            .finish()
    }
}

/// Says what a parameter should be, and what it is.
pub fn refused(name: &str, should_be: &str, is: &str) -> Error {
    Error::Invalid(format!(
        "`{name}` should be {should_be}, and is `{}`",
        shortened(is)
    ))
}

fn unknown(name: &str, once: &[&str], often: &[&str]) -> Error {
    let known: Vec<_> = once
        .iter()
        .chain(often)
        .map(|name| format!("`{name}`"))
        .collect();
    let takes = if known.is_empty() {
        "none".to_owned()
    } else {
        known.join(", ")
    };
    Error::Invalid(format!(
        "`{}` is not a parameter of this, which takes {takes}",
        shortened(name)
    ))
}

/// What somebody sent, short enough to be sent back.
fn shortened(text: &str) -> String {
    const LONGEST: usize = 40;
    let printable = |letter: char| {
        if letter.is_control() {
            '\u{fffd}'
        } else {
            letter
        }
    };
    let mut short: String = text.chars().take(LONGEST).map(printable).collect();
    if text.chars().count() > LONGEST {
        short.push('…');
    }
    short
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(query: &str) -> Result<Parameters> {
        Parameters::read_known(
            Some(query),
            &["from", "to", "limit", "status"],
            &["location"],
        )
    }

    #[test]
    fn what_is_known_is_read() -> Result<()> {
        let read = read("from=2026-03-01&location=b&location=a%26&limit=10")?;
        assert_eq!(read.days()?.0, "2026-03-01".parse().ok());
        assert_eq!(read.locations()?.len(), 2);
        assert_eq!(read.limit()?, 10);
        assert_eq!(
            read.canonical(),
            "from=2026-03-01&limit=10&location=a%26&location=b"
        );
        assert_eq!(
            read.with("limit", "5"),
            "from=2026-03-01&location=b&location=a%26&limit=5"
        );
        Ok(())
    }

    #[test]
    fn what_is_not_understood_is_refused_by_name() {
        for (query, named) in [
            (
                "form=2026-03-01",
                "`form` is not a parameter of this, which takes `from`",
            ),
            ("tenant_id=birch", "`tenant_id` is not a parameter"),
            (
                "from=2026-03-01&from=2026-03-02",
                "`from` may be given once",
            ),
            ("from=", "`from` should be a date"),
            ("from=2026-3-1", "`from` should be a date"),
            ("from=2026-02-30", "is `2026-02-30`"),
            ("to=%2B12026-01-01", "`to` should be a date"),
            ("from=2026-03-02&to=2026-03-01", "exchange"),
            ("limit=0", "from 1 to 10000"),
            ("limit=10001", "from 1 to 10000"),
            ("limit=-1", "from 1 to 10000"),
            ("limit=1e3", "from 1 to 10000"),
            (
                "status=maybe",
                "`status` should be good or bad, and is `maybe`",
            ),
        ] {
            let refusal = read(query).and_then(|read| {
                read.days()?;
                read.limit()?;
                read.words("status", &[("good", true), ("bad", false)])
            });
            let says = refusal.expect_err(query).to_string();
            assert!(says.contains(named), "{query}: {says}");
        }
    }

    #[test]
    fn what_cannot_be_a_location_is_none() {
        for id in ["", "a%00b", "+a", &"x".repeat(65)] {
            let locations = read(&format!("location={id}")).and_then(|read| read.locations());
            assert!(matches!(locations, Err(Error::NotFound(_))), "{id}");
        }
    }

    #[test]
    fn long_nonsense_comes_back_short() {
        let says = refused("from", "a date", &"\n".repeat(1_000)).to_string();
        assert!(says.chars().count() < 100 && !says.contains('\n'), "{says}");
    }
}
