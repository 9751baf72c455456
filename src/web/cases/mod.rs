//! A department's cases: one question, answered as a page, a chart or a table.

/// The answer as files: CSV, SVG, PNG.
pub mod files;
/// The answer as a page.
pub mod page;

mod answer;
mod choices;
/// What young counts are expected to become, in words.
pub mod expected;
/// Dated notes beside the chart.
pub mod notes;
mod query;
mod table;

pub use answer::Cases;
pub use query::{CasesQuery, Question};
