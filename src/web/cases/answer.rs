//! The answer to a question about cases, before it has a form.

use std::sync::Arc;

use chrono::NaiveDate;

use super::{Question, notes};
use crate::{
    Error, Result,
    surveillance::{
        Location, LocationId, Window,
        annotation::{Annotation, of_days},
        charts::{Bar, EpiCurve, Note, Step, Unit},
        completeness::{Completeness, Memo},
        daily::{daily_counts, weekly_counts},
        headline::{Headline, headline},
        location::{locations, reported},
        series::{self, Point, Status},
        weeks,
    },
    tenancy::TenantTx,
};

/// How many days a page shows when none are asked for.
const USUAL_DAYS: u64 = 90;

/// Days that are read before the window, so that its first mean and a week to compare with
/// are known.
const LEAD_DAYS: u64 = 13;

/// What was asked, and what there is.
pub struct Cases {
    /// All of the department's locations, by name.
    pub locations: Vec<Location>,
    /// Those that were asked about.
    pub chosen: Vec<Location>,
    /// The days shown, if anything was ever reported for those locations in the days asked
    /// about.
    pub window: Option<Window>,
    /// From the first to the latest day that the chosen locations reported.
    pub reported: Option<Window>,
    /// Days, or weeks where they were asked for or nothing else is reported.
    pub step: Step,
    /// A point a day or a week, oldest first.
    pub points: Vec<Point>,
    /// What this department's history says of young counts.
    pub completeness: Arc<Completeness>,
    /// Dated notes on the days shown, oldest first.
    pub notes: Vec<Annotation>,
    /// The figures above the chart.
    pub headline: Option<Headline>,
}

impl Cases {
    /// Reads what `question` asks about. What was learnt from the department's history is in
    /// `memo`, or goes there.
    ///
    /// # Errors
    /// [`Error::NotFound`] for a location that this department does not have, and
    /// [`Error::Invalid`] for rates of a location whose population is not known.
    pub async fn read(tx: &mut TenantTx, question: &Question, memo: &Memo) -> Result<Self> {
        let locations = locations(tx, question.as_of).await?;
        let chosen = choose(&locations, &question.locations)?;
        let population = match question.unit {
            Unit::NewCases => None,
            Unit::Per100k => Some(population(&chosen)?),
        };
        let reported = reported(&chosen);
        let step = question.step.unwrap_or_else(|| usual_step(&chosen));
        let mut cases = Self {
            locations,
            chosen,
            window: None,
            reported,
            step,
            points: Vec::new(),
            completeness: Arc::new(Completeness::unknown(NaiveDate::MIN)),
            notes: Vec::new(),
            headline: None,
        };
        let Some(window) = reported.and_then(|reported| window(question, step, reported)) else {
            return Ok(cases);
        };
        let latest = cases
            .locations
            .iter()
            .filter_map(|place| place.last_day)
            .max()
            .unwrap_or(window.last());
        let counts = daily_counts(
            tx,
            window.led_by(LEAD_DAYS),
            &question.locations,
            question.as_of,
        )
        .await?;
        cases.completeness = memo.read(tx, question.as_of, &question.locations).await?;
        cases.notes = of_days(tx, window, &question.locations).await?;
        let days = series::daily(&counts, window, &cases.chosen, latest, &cases.completeness);
        cases.headline = headline(&counts, &days, window);
        cases.points = match step {
            Step::Day => days,
            Step::IsoWeek => {
                let mut weeks = weeks::weekly(&days);
                let reports =
                    weekly_counts(tx, window, &question.locations, question.as_of).await?;
                weeks::with_weekly_reports(&mut weeks, &reports);
                weeks
            }
        };
        if let Some(population) = population {
            series::per_100k(&mut cases.points, population);
        }
        cases.window = Some(window);
        Ok(cases)
    }

    /// The points as the chart takes them.
    pub fn bars(&self) -> Vec<Bar> {
        self.points
            .iter()
            .map(|point| Bar {
                date: point.date,
                value: point.value,
                mean: point.mean,
                incomplete: matches!(point.status, Status::Incomplete | Status::Partial),
                expected: point.expected,
            })
            .collect()
    }

    /// The notes as the chart marks them.
    pub fn marks(&self) -> Vec<Note> {
        notes::marks(&self.notes)
    }

    /// The chart of `bars`, with the marks of `notes`.
    pub fn curve<'a>(
        &self,
        question: &Question,
        (bars, notes): (&'a [Bar], &'a [Note]),
        title: &'a str,
        description: &'a str,
    ) -> EpiCurve<'a> {
        EpiCurve {
            title,
            description,
            bars,
            notes,
            step: self.step,
            unit: question.unit,
            scale: question.scale,
        }
    }

    /// The chosen places in words.
    pub fn places(&self) -> String {
        match self.chosen.as_slice() {
            chosen if chosen.len() == self.locations.len() => "all locations".to_owned(),
            [one] => one.name.clone(),
            [one, two] => format!("{} and {}", one.name, two.name),
            chosen => format!("{} locations", chosen.len()),
        }
    }
}

fn choose(locations: &[Location], ids: &[LocationId]) -> Result<Vec<Location>> {
    let known = |id: &LocationId| {
        locations
            .iter()
            .any(|place| place.location_id == id.as_str())
    };
    if !ids.iter().all(known) {
        return Err(Error::NotFound("location"));
    }
    let wanted =
        |place: &&Location| ids.is_empty() || ids.iter().any(|id| id.as_str() == place.location_id);
    Ok(locations.iter().filter(wanted).cloned().collect())
}

fn population(chosen: &[Location]) -> Result<i64> {
    let mut sum = 0;
    for place in chosen {
        sum += i64::from(place.population.ok_or_else(|| {
            Error::Invalid(format!(
                "the population of {} is not known, so there is no rate per 100,000; choose counts, or \
                 import its population",
                place.name
            ))
        })?);
    }
    Ok(sum.max(1))
}

/// Whoever reports whole weeks and no days is shown by week.
fn usual_step(chosen: &[Location]) -> Step {
    let mut reporting = chosen.iter().filter(|place| place.last_day.is_some());
    if reporting.clone().count() > 0 && reporting.all(|place| place.weekly) {
        return Step::IsoWeek;
    }
    Step::Day
}

/// The days asked about that lie within those reported. Weeks are whole.
fn window(question: &Question, step: Step, reported: Window) -> Option<Window> {
    let last = question.to.unwrap_or(reported.last());
    let first = question
        .from
        .unwrap_or(Window::ending(last.min(reported.last()), USUAL_DAYS).first());
    let asked = Window::new(first, last.max(first)).ok()?;
    let window = asked.within(reported)?;
    Some(match step {
        Step::Day => window,
        Step::IsoWeek => weeks::whole_weeks(window),
    })
}
