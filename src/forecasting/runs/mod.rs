//! Runs of the model: asked for, queued, done in turn, and stored whole or not at all.
//!
//! What is asked for is a row of `model_runs`, written in the commit of whoever asks. In the
//! same commit the department is put in line for a *turn*: a job of the queue, of which each
//! department has one at a time. A turn does the department's oldest run. If more are waiting it
//! puts the department at the end of the line, so a long list of one department keeps another
//! waiting for one run, and no longer.
//!
//! A process that dies leaves the run as under way, and its turn locked. Whoever hands out turns
//! notices that the process shows no sign of life, and gives the turn to another, which does the
//! run from its beginning: nothing of it had been stored.

use std::{fmt, str::FromStr};

use crate::{Error, Result};

/// The work itself, on threads of its own.
pub mod compute;
/// A run, from the data to the one commit.
pub mod execute;
mod load;
/// What a turn asks of whoever does the runs.
pub mod model;
/// The runs of all departments, for those who keep the platform going.
pub mod oversight;
/// Asking for a run.
pub mod request;
/// Which night a run is due for, and who is due.
pub mod schedule;
mod score;
mod store;
/// A department's turn: its oldest run, done or put off.
pub mod turn;
/// Handing out turns for as long as the portal runs.
pub mod worker;

pub use request::{Request, request};

/// What a run does.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// Advances the model to the latest data, and forecasts from there.
    Forecast,
    /// Replays history, and forecasts at each moment of it.
    Hindcast,
}

impl Kind {
    /// As in addresses and the database.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Forecast => "forecast",
            Self::Hindcast => "hindcast",
        }
    }
}

impl fmt::Display for Kind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl FromStr for Kind {
    type Err = Error;

    fn from_str(text: &str) -> Result<Self> {
        match text {
            "forecast" => Ok(Self::Forecast),
            "hindcast" => Ok(Self::Hindcast),
            _ => Err(Error::Invalid("a run is a forecast or a hindcast".into())),
        }
    }
}
