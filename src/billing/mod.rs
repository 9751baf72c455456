//! What it costs: the usage events that bill each piece of work.

/// Who the platform's cost is for, to the cent.
pub mod attribution;
/// How much a department means to spend in a month: a notice, and an end.
pub mod budget;
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
/// What more departments would need.
pub mod need;
/// All departments' statements of a month, side by side.
pub mod overview;
/// Where a month ends if it goes on as it began.
pub mod pace;
/// Plans, their price lists, and by which a department pays.
pub mod plans;
/// What use costs in money.
pub mod prices;
/// Where departments with a budget stand.
pub mod standings;
/// What a department owes for a month: so far, or for good.
pub mod statement;
/// How much of a department's data there is.
pub mod storage;
/// The closing of a month that is under way.
pub mod under_way;
/// What metering needs beside requests.
pub mod upkeep;
/// What a department has used: by day, by kind, by key.
pub mod usage;
/// Statements as files: our own CSV, and the columns of FOCUS.
pub mod written;

pub use event::{EventType, Outcome, UsageEvent, record};
pub use meter::Meter;
pub use month::Month;
