//! Reading a department's CSV files in: all of a file or nothing of it.

mod read;
mod whole;

pub use read::{Fault, Observation, Place, read_observations, read_places};
pub use whole::{Import, Report, store};
