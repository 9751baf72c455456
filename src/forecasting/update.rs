//! What a run makes of a place: its model, kept up to date, and what that says.

use std::collections::HashMap;

use chrono::NaiveDate;

use super::{
    checkpoint::{Checkpoint, Kept, Mark, digest},
    days::Series,
    enkf::NotPositiveDefinite,
    ensemble::Ensemble,
    follow::{Ahead, Follower},
    history::{History, Place},
    settings::Settings,
};

/// What a run goes by.
#[derive(Debug, Clone)]
pub struct Inputs {
    /// All that was ever reported.
    pub history: History,
    /// The day whose knowledge it may use.
    pub moment: NaiveDate,
    /// The parameters.
    pub settings: Settings,
    /// What is believed before any case was seen.
    pub baseline: Ensemble,
    /// Models that earlier runs left under the same parameters, the latest first.
    pub earlier: Vec<Checkpoint>,
}

/// What a run made of a place.
#[derive(Debug, Clone)]
pub struct Update {
    /// The place; empty for the department.
    pub location: String,
    /// What is known of it.
    pub series: Series,
    /// Its model; none before its first case.
    pub kept: Option<Kept>,
    /// What to expect. Nothing where it has stopped reporting, or there are too few weeks.
    pub ahead: Option<Ahead>,
    /// The reproduction number of the days that were assimilated, oldest first.
    pub r_t: Vec<(NaiveDate, [f64; 5])>,
}

/// Models of earlier runs, with the places of their variables.
#[derive(Debug)]
pub struct Earlier<'a>(Vec<(&'a Checkpoint, HashMap<&'a str, usize>)>);

impl<'a> Earlier<'a> {
    /// Looks up where the variables stand, once for all places.
    pub fn of(inputs: &'a Inputs) -> Self {
        let earlier = inputs.earlier.iter();
        Self(earlier.map(|state| (state, state.columns())).collect())
    }
}

/// Brings the model of a place up to date, and asks it what to expect. Nothing before its first
/// report.
///
/// # Errors
/// When the settings leave an observation no error.
pub fn update(
    inputs: &Inputs,
    earlier: &Earlier<'_>,
    place: Place,
) -> Result<Option<Update>, NotPositiveDefinite> {
    let Inputs {
        history,
        moment,
        settings,
        baseline,
        ..
    } = inputs;
    let Some(series) = history.series(place, *moment) else {
        return Ok(None);
    };
    let (location, population) = (history.id(place), history.population(place));
    let mut follower = Follower::new(location, population, settings, baseline);
    let resumed = earlier.0.iter().find_map(|(state, columns)| {
        state.resume(columns, location, population, &series, settings.members)
    });
    if let Some((index, twin)) = resumed {
        let known = Series {
            first: series.first,
            days: series.days[..=index].to_vec(),
        };
        follower.resume(known, twin);
    }
    follower.follow(series.clone())?;
    let kept = follower.twin().zip(follower.settled());
    let kept = kept.map(|(twin, (index, settled))| Kept {
        location: location.to_owned(),
        mark: Mark {
            through: series.origin(),
            settled: series.date(index),
            known: digest(population, &series, index),
        },
        twin: twin.clone(),
        settled: settled.clone(),
    });
    let silent = History::is_silent(&series, *moment);
    Ok(Some(Update {
        location: location.to_owned(),
        kept,
        ahead: if silent { None } else { follower.ahead() },
        r_t: follower.r_t().to_vec(),
        series,
    }))
}
