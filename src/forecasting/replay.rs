//! Forecasts of the past, as they would have been made: a record for a new department.

use chrono::{NaiveDate, TimeDelta};

use super::{
    ahead::WEEKS,
    days::Series,
    enkf::NotPositiveDefinite,
    follow::Follower,
    history::{History, Place},
    quantiles::Quantiles,
    score::Score,
    update::Inputs,
};

/// A forecast of a week's cases, both models', and what happened if it is known.
#[derive(Debug, Clone, PartialEq)]
pub struct Replayed {
    /// The place; empty for the department.
    pub location: String,
    /// The day whose knowledge it used.
    pub moment: NaiveDate,
    /// The last day it knew.
    pub origin: NaiveDate,
    /// The week ends so many days after the origin.
    pub ahead: usize,
    /// The twin's forecast.
    pub twin: Quantiles,
    /// The flat line's.
    pub flat: Quantiles,
    /// What happened, as it is known now.
    pub truth: Option<f64>,
}

impl Replayed {
    /// The last day of the week that it is about.
    pub fn last_day(&self) -> NaiveDate {
        self.origin + TimeDelta::days(self.ahead as i64)
    }

    /// How well the twin and the flat line did, if what happened is known.
    pub fn scores(&self) -> Option<[Score; 2]> {
        let truth = self.truth?;
        Some([Score::of(&self.twin, truth), Score::of(&self.flat, truth)])
    }
}

/// A moment a week, `weeks` of them, the last a week before `inputs.moment`: of those after, no
/// outcome is known. Oldest first.
pub fn moments(inputs: &Inputs, weeks: i64) -> Vec<NaiveDate> {
    (1..=weeks)
        .rev()
        .map(|back| inputs.moment - TimeDelta::weeks(back))
        .collect()
}

/// Forecasts a place at each of `moments`, by what was known then, and judges them by what is
/// known at `inputs.moment`. Moments rise. A moment at which no new day was known makes no
/// forecast.
///
/// # Errors
/// When the settings leave an observation no error.
pub fn replay(
    inputs: &Inputs,
    place: Place,
    moments: &[NaiveDate],
) -> Result<Vec<Replayed>, NotPositiveDefinite> {
    let history = &inputs.history;
    let (location, population) = (history.id(place), history.population(place));
    let Some(now) = history.series(place, inputs.moment) else {
        return Ok(Vec::new());
    };
    let mut follower = Follower::new(location, population, &inputs.settings, &inputs.baseline);
    let mut replayed = Vec::new();
    let mut latest = None;
    for moment in moments {
        let Some(series) = history.series(place, *moment) else {
            continue;
        };
        let origin = series.origin();
        if latest.is_some_and(|latest| origin <= latest) || History::is_silent(&series, *moment) {
            continue;
        }
        follower.follow(series)?;
        let Some(said) = follower.ahead() else {
            continue;
        };
        latest = Some(origin);
        for week in 0..WEEKS {
            let ahead = 7 * (week + 1);
            replayed.push(Replayed {
                location: location.to_owned(),
                moment: *moment,
                origin,
                ahead,
                twin: said.twin.weeks[week],
                flat: said.flat.weeks[week],
                truth: happened(&now, origin, ahead, 7),
            });
        }
    }
    Ok(replayed)
}

/// The cases of the `days` days that end `ahead` days after `origin`, if they are known.
pub fn happened(now: &Series, origin: NaiveDate, ahead: usize, days: usize) -> Option<f64> {
    let index = now.index(origin + TimeDelta::days(ahead as i64))?;
    now.total(index, days)
}
