//! What it costs: the usage events that bill each piece of work.

/// Who the platform's cost is for, to the cent.
pub mod attribution;
/// What was used, and what it costs in units.
pub mod event;
/// Writes down what requests used, many at once.
pub mod meter;
/// Money: decimal, to the cent.
pub mod money;
/// The months in which events are kept: made ahead of time.
pub mod months;
/// What use costs in money.
pub mod prices;
/// Meters every request that turns out to be from a department.
pub mod requests;
/// What a department has used, by day.
pub mod usage;

pub use event::{EventType, Outcome, UsageEvent, record};
pub use meter::Meter;
