//! From an uploaded file to rows that can be trusted, or to precisely what cannot be.
//!
//! Bytes go in, words and rows come out: no database, no clock, no randomness. In the order in
//! which a file meets them:
//!
//! 1. [`Reception`] turns the bytes, as they arrive, into the UTF-8 text that is kept. A file
//!    with one row a case is counted here and never kept.
//! 2. [`Survey::of`] reads that text once and proposes a [`Reading`]: what the columns are, how
//!    the dates are written. What only a person can know becomes a [`Question`].
//! 3. [`Index::of`] learns which days are said twice.
//! 4. [`read_rows`] gives every [`Row`] and every [`Problem`], one at a time.
//! 5. [`write_refused`] gives the refused rows back in the shape in which they came.
//!
//! Memory is bounded by the number of locations, months and repeated rows, not by the length
//! of the file.

mod columns;
mod container;
mod counts;
mod dates;
mod decoding;
mod delimiter;
mod evidence;
mod fault;
mod findings;
mod gaps;
mod index;
mod judge;
mod layout;
mod line_list;
mod names;
mod places;
mod plan;
mod problem;
mod proposal;
mod question;
mod reception;
mod refused;
mod rows;
mod stored;
mod survey;
mod walk;
mod workbook;

#[cfg(test)]
mod tests;

pub use container::{Container, Encoding};
pub use fault::{FaultCode, FileFault};
pub use findings::Findings;
pub use index::Index;
pub use layout::{Columns, Counting, DateForm, Delimiter, Layout, Period, Reading};
pub use line_list::LineList;
pub use places::{Context, KnownLocation, UnknownLocation};
pub use problem::{Code, Problem, Severity};
pub use question::{Answer, Question, Topic};
pub use reception::{Received, Reception};
pub use refused::write_refused;
pub use rows::{Found, Row, Value, read_rows};
pub use stored::Stored;
pub use survey::Survey;
