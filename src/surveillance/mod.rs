//! What was observed: new cases by location and day, each as it was known when.

/// Dated notes about days.
pub mod annotation;
/// Charts as SVG and PNG. Pure: numbers in, a picture out.
pub mod charts;
/// How complete first reports usually are, learnt from a department's own history.
pub mod completeness;
/// New cases by day, as every chart and table reads them.
pub mod daily;
/// All departments side by side, for administrators.
pub mod departments;
/// Observations as files for other programs: CSV, Parquet, hubverse. Pure.
pub mod export;
/// Text that a spreadsheet would run, made harmless.
pub mod formula;
/// What a series says, in figures.
pub mod headline;
/// The places a department reports for.
pub mod location;
/// Observations one by one, as programs and exports read them.
pub mod observations;
/// What in the counts somebody should look at.
pub mod quality;
/// From an uploaded file to rows that can be trusted, or to what cannot be. Pure.
pub mod reading;
/// Weekly counts that leave the department, for whoever has the link.
pub mod release;
/// What was known of one day, from the first report to the latest.
pub mod revisions;
/// From what was reported to what is drawn: gaps, means, rates. Pure.
pub mod series;
/// Simulated departments, from the project's own transmission model. Pure.
pub mod simulation;
/// Small numbers, and what would give them away, taken out. Pure.
pub mod suppression;
/// How observations come in, each upload with its number.
pub mod uploads;
/// From days to ISO weeks, and reports of whole weeks among them. Pure.
pub mod weeks;
/// The days that somebody looks at.
pub mod window;

pub use daily::DailyCount;
pub use location::{Location, LocationId};
pub use window::Window;
