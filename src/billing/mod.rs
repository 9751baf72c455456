//! What it costs: the usage events that bill each piece of work.

/// What was used, and what it costs in units.
pub mod event;
/// Writes down what requests used, many at once.
pub mod meter;
/// The months in which events are kept: made ahead of time.
pub mod months;
/// Meters every request that turns out to be from a department.
pub mod requests;
/// What a department has used, by day.
pub mod usage;

pub use event::{EventType, Outcome, UsageEvent, record};
pub use meter::Meter;
