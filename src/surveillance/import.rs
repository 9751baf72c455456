//! Reading a department's CSV files in: all of a file or nothing of it.

mod read;
mod store;

pub use read::{Fault, Observation, Place, read_observations, read_places};
pub use store::{Import, Report, store};
