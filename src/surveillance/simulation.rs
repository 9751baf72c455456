//! Health departments that do not exist, with about two years of daily counts each.
//!
//! For the demo and for tests: an epidemic of COVID-19 from the project's own
//! [model](crate::forecasting::seir), seen through a reporting system with the usual faults.
//! Places, people and numbers are invented; the same seed gives the same numbers.

use chrono::{Days, NaiveDate};
use rand::{Rng, SeedableRng};
// Named, and not `StdRng`, because that may become another generator in a later release.
use rand::rngs::Xoshiro256PlusPlus;

mod departments;
mod epidemic;
mod reporting;

use departments::{DEPARTMENTS, Department};

/// The length of the simulated history, in days.
const DAYS: usize = 730;

/// A simulated health department.
#[derive(Debug, Clone, PartialEq)]
pub struct SimulatedDepartment {
    /// What it is called in URLs and keys.
    pub tenant_id: &'static str,
    /// What it is called on pages.
    pub name: &'static str,
    /// Whom to write to.
    pub contact: &'static str,
    /// The places it reports for.
    pub locations: Vec<SimulatedLocation>,
}

/// A place a simulated department reports for.
#[derive(Debug, Clone, PartialEq)]
pub struct SimulatedLocation {
    /// Unique within the department.
    pub location_id: &'static str,
    /// What it is called on pages.
    pub name: &'static str,
    /// Residents.
    pub population: u32,
    /// New cases by day, oldest first. A day that was not reported is absent, which is not 0.
    pub counts: Vec<(NaiveDate, u32)>,
}

/// Three departments of which the first reports about 45, the second 80 and the third 30 new
/// cases a day, over the two years that end with `last_day`.
///
/// The last days are incomplete, as if `last_day` were today.
pub fn demo_departments(seed: u64, last_day: NaiveDate) -> Vec<SimulatedDepartment> {
    let mut seeds = Xoshiro256PlusPlus::seed_from_u64(seed);
    DEPARTMENTS
        .iter()
        .map(|department| {
            // A generator each, so that a change to one department leaves the others alone.
            let mut rng = Xoshiro256PlusPlus::from_rng(&mut seeds);
            simulate(department, last_day, &mut rng)
        })
        .collect()
}

/// What a department uploaded on a day.
#[derive(Debug, Clone, PartialEq)]
pub struct SimulatedUpload {
    /// The day.
    pub as_of: NaiveDate,
    /// Location, day, and what was known of it then.
    pub counts: Vec<(&'static str, NaiveDate, u32)>,
}

/// How many days the department has uploaded daily; what is older came with the first file.
const UPLOADS: u32 = 90;

/// How a department's counts came in, an upload a day until `last_day`: each day at first with
/// few of its cases, and with more of them as reports arrive.
pub fn uploads(
    department: &SimulatedDepartment,
    seed: u64,
    last_day: NaiveDate,
) -> Vec<SimulatedUpload> {
    let mut rng = Xoshiro256PlusPlus::seed_from_u64(seed);
    let mut uploads: Vec<SimulatedUpload> = (0..=UPLOADS)
        .rev()
        .map(|back| SimulatedUpload {
            as_of: last_day - Days::new(u64::from(back)),
            counts: Vec::new(),
        })
        .collect();
    let first = uploads[0].as_of;
    for location in &department.locations {
        for &(day, count) in &location.counts {
            let age = usize::try_from((last_day - day).num_days()).unwrap_or(0);
            let known = reporting::known_by_age(count, age, &mut rng);
            let by_then = |as_of: NaiveDate| {
                let age = usize::try_from((as_of - day).num_days()).ok()?;
                known.get(age.min(known.len() - 1)).copied()
            };
            let news = uploads.iter_mut().filter(|upload| {
                let age = (upload.as_of - day).num_days();
                upload.as_of == first || (0..=reporting::ALL_KNOWN as i64).contains(&age)
            });
            for upload in news {
                if let Some(count) = by_then(upload.as_of) {
                    upload.counts.push((location.location_id, day, count));
                }
            }
        }
    }
    uploads
}

fn simulate(
    department: &Department,
    last_day: NaiveDate,
    rng: &mut impl Rng,
) -> SimulatedDepartment {
    let mut expected = epidemic::new_cases(department, DAYS, rng);
    // Whatever share of the cases gets reported brings the mean to its target, so that the
    // mean does not depend on the seed.
    let total: f64 = expected.iter().flatten().sum();
    let reported_share = department.mean_daily_cases * DAYS as f64 / total;
    for cases in expected.iter_mut().flatten() {
        *cases *= reported_share;
    }

    let locations = std::iter::zip(department.locations, expected)
        .map(|(location, expected)| SimulatedLocation {
            location_id: location.location_id,
            name: location.name,
            population: location.population,
            counts: reporting::report(&expected, last_day, location.outage.as_ref(), rng),
        })
        .collect();
    SimulatedDepartment {
        tenant_id: department.tenant_id,
        name: department.name,
        contact: department.contact,
        locations,
    }
}

#[cfg(test)]
mod tests;
