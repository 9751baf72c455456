//! All that was ever reported, and what of it was known on a day.
//!
//! A forecast of the past may know nothing of what came after. So everything that the model is
//! told goes through here, and says on which day it was known.
//!
//! Where reports were loaded in bulk, long after their days, it is not known what was known
//! when. Until the day of that load, each day is taken as it was loaded, and as known since it
//! was over. A record replayed from such days flatters both the twin and the flat line, since no
//! count was incomplete.

use std::collections::BTreeSet;

use chrono::NaiveDate;

use super::days::{Count, Day, Series, Unseen};
use crate::surveillance::{
    Window,
    completeness::{Completeness, ENOUGH_DAYS, learn},
};

mod department;
mod growth;
mod known;

use known::{KnownDays, Said};
pub use known::{Report, Reports, Value};

/// A place that has reported nothing for so long has stopped: nothing is forecast for it, and
/// the department's total does not wait for it.
pub const SILENT_DAYS: i64 = 28;

/// All that a department's places ever reported.
#[derive(Debug, Clone, Default)]
pub struct History {
    /// By place.
    pub places: Vec<Reports>,
    /// The days of accepted uploads.
    pub uploads: BTreeSet<NaiveDate>,
}

/// Of whom something is asked.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Place {
    /// The department as a whole.
    Department,
    /// The place at this index.
    Location(usize),
}

impl History {
    /// Everybody of whom something can be asked, the department last.
    pub fn everybody(&self) -> impl Iterator<Item = Place> {
        let locations = (0..self.places.len()).map(Place::Location);
        locations.chain([Place::Department])
    }

    /// The id of a place; empty for the department.
    pub fn id(&self, place: Place) -> &str {
        match place {
            Place::Department => "",
            Place::Location(index) => &self.places[index].location,
        }
    }

    /// Residents. Of the department, only where all places' are known.
    pub fn population(&self, place: Place) -> Option<f64> {
        match place {
            Place::Department => self.places.iter().map(|place| place.population).sum(),
            Place::Location(index) => self.places[index].population,
        }
    }

    /// What was known of a place on `moment`, and is told the model. Nothing before the first
    /// report.
    pub fn series(&self, place: Place, moment: NaiveDate) -> Option<Series> {
        let (known, bulk) = match place {
            Place::Location(index) => {
                let reports = &self.places[index];
                (reports.known_on(moment)?, reports.is_bulk(moment))
            }
            Place::Department => (
                self.department_known_on(moment)?,
                self.places.iter().all(|reports| reports.is_bulk(moment)),
            ),
        };
        // What was loaded in bulk had grown by then.
        let growth = (!bulk).then(|| self.growth(place, moment));
        let latest = known.last();
        let day = |(date, said): (NaiveDate, &Said)| match *said {
            Said::Count(cases) => match &growth {
                Some(growth) => growth.read(date, cases, latest),
                None => Day::Counted(Count::complete(cases)),
            },
            Said::Week(cases) => Day::Week(cases),
            Said::Nothing(why) => Day::Unseen(why),
        };
        Series::new(known.first, known.dated().map(day).collect())
    }

    /// Whether a place has stopped reporting by `moment`.
    pub fn is_silent(series: &Series, moment: NaiveDate) -> bool {
        (moment - series.origin()).num_days() > SILENT_DAYS
    }

    /// The latest day on which something was uploaded, up to `moment`.
    pub fn latest_upload(&self, moment: NaiveDate) -> Option<NaiveDate> {
        self.uploads.range(..=moment).next_back().copied()
    }
}

#[cfg(test)]
mod tests;
