//! What a department uses, and what it owes.

/// The same as files.
pub mod files;
/// The page.
pub mod page;
/// A statement, to be read and printed.
pub mod statement;

mod tables;

pub use tables::{lines, quantity};

use serde::Deserialize;

use crate::{Error, Result, billing::Month, clock::Now};

/// Which month is asked for.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub struct Asked {
    month: String,
}

impl Asked {
    /// The month that was chosen, or the one that is now.
    fn month(&self, now: Now) -> Result<Month> {
        if self.month.is_empty() {
            return Ok(Month::of(now.date_naive()));
        }
        Month::parse(&self.month)
            .map_err(|_| Error::Invalid("a month is chosen like 2026-03".into()))
    }
}

/// `2026-03` as people say it.
pub fn named(month: Month) -> String {
    month.first().format("%B %Y").to_string()
}
