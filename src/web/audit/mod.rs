//! What was done, by whom, from where: a department reads its own, administrators read all.

/// The same as files.
pub mod files;
/// The pages.
pub mod page;

use chrono::NaiveDate;
use serde::Deserialize;

use super::forms::{clean, day};
use crate::{
    Result,
    audit::search::{Before, Filter},
};

/// What is looked for, as it stands in the address.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub struct Asked {
    q: String,
    from: String,
    to: String,
    /// A department's id, `platform`, or empty for all; administrators alone ask for one.
    of: String,
    before: String,
}

/// How the platform's own chain is named in an address.
const PLATFORM: &str = "platform";

impl Asked {
    fn filter(&self) -> Result<Filter> {
        Ok(Filter {
            words: clean("the search", &self.q)?.to_owned(),
            from: day("“From”", &self.from)?,
            to: day("“To”", &self.to)?,
        })
    }

    /// The chain that administrators ask for; none for all.
    fn chain(&self) -> Result<Option<&str>> {
        Ok(match clean("the department", &self.of)? {
            "" => None,
            PLATFORM => Some(""),
            tenant => Some(tenant),
        })
    }

    fn before(&self) -> Result<Before> {
        Before::parse(&self.before)
    }

    /// The same question at `path`, from another line on.
    fn address(&self, path: &str, before: &str) -> String {
        let day = |text: &str| text.parse::<NaiveDate>().map(|day| day.to_string());
        let mut query = form_urlencoded::Serializer::new(String::new());
        for (name, value) in [
            ("q", self.q.clone()),
            ("from", day(&self.from).unwrap_or_default()),
            ("to", day(&self.to).unwrap_or_default()),
            ("of", self.of.clone()),
            ("before", before.to_owned()),
        ] {
            if !value.is_empty() {
                query.append_pair(name, &value);
            }
        }
        let query = query.finish();
        if query.is_empty() {
            return path.to_owned();
        }
        format!("{path}?{query}")
    }
}
