//! What it costs: the usage events that bill each piece of work.

/// Who the platform's cost is for, to the cent.
pub mod attribution;
/// Closing a month: a statement for each department, once and for good.
pub mod closing;
/// Corrections of closed statements: reversing entries on a later one.
pub mod correction;
/// What the platform costs, and who bears it.
pub mod costs;
/// What was used, and what it costs in units.
pub mod event;
/// Writes down what requests used, many at once.
pub mod meter;
/// Money: decimal, to the cent.
pub mod money;
/// A month, in which things are counted and paid.
pub mod month;
/// The months in which events are kept: made ahead of time.
pub mod months;
/// Plans, their price lists, and by which a department pays.
pub mod plans;
/// What use costs in money.
pub mod prices;
/// Meters every request that turns out to be from a department.
pub mod requests;
/// What a department owes for a month: so far, or for good.
pub mod statement;
/// What a department has used: by day, by kind, by key.
pub mod usage;

pub use event::{EventType, Outcome, UsageEvent, record};
pub use meter::Meter;
pub use month::Month;
