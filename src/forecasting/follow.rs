//! A place's model, following what is known of its days.
//!
//! What is known changes: yesterday's count grows, last month's is corrected. The model is
//! always as if it had assimilated what is known now, and nothing else. It goes back to the
//! latest day before the first that changed, and follows from there.

use std::collections::VecDeque;

use chrono::NaiveDate;

use super::{
    ahead::{Outlook, outlook},
    days::{Day, Series},
    draws::draws,
    enkf::NotPositiveDefinite,
    ensemble::Ensemble,
    flat::{Flat, flat},
    settings::Settings,
    twin::{Place, Twin, reporting},
    weekday::factors,
};

/// How many days back the model can go without beginning anew: the 28 days in which a count is
/// taken to become final, and some.
const KEPT_DAYS: usize = 42;

/// Residents of a place of which it is not known how many it has: so many that cases never use
/// them up. Nothing else depends on it.
const MANY: f64 = 10_000_000.0;

/// A place whose model follows its days.
#[derive(Debug, Clone)]
pub struct Follower<'a> {
    location: String,
    population: f64,
    settings: &'a Settings,
    baseline: &'a Ensemble,
    /// What has been assimilated.
    known: Option<Series>,
    /// The model at the end of the latest days, by their index in `known`.
    kept: VecDeque<(usize, Twin)>,
    /// The reproduction number of the days assimilated since [`Follower::follow`] was called.
    r_t: Vec<(NaiveDate, [f64; 5])>,
}

/// What a place's model and the flat line say of the days after the last one known.
#[derive(Debug, Clone, PartialEq)]
pub struct Ahead {
    /// The last day known.
    pub origin: NaiveDate,
    /// The twin's forecast.
    pub twin: Outlook,
    /// The flat line's.
    pub flat: Flat,
    /// The share of infections that was taken to become a reported case.
    pub reporting: f64,
}

impl<'a> Follower<'a> {
    /// A place that nothing is known of yet. The empty `location` is the department itself.
    pub fn new(
        location: &str,
        population: Option<f64>,
        settings: &'a Settings,
        baseline: &'a Ensemble,
    ) -> Self {
        Self {
            location: location.to_owned(),
            population: population.unwrap_or(MANY),
            settings,
            baseline,
            known: None,
            kept: VecDeque::new(),
            r_t: Vec::new(),
        }
    }

    /// Takes up a model that was stored at the end of the last day of `known`.
    pub fn resume(&mut self, known: Series, twin: Twin) {
        self.kept = VecDeque::from([(known.days.len() - 1, twin)]);
        self.known = Some(known);
    }

    /// Follows to the last day of `series`.
    ///
    /// # Errors
    /// When the settings leave an observation no error.
    pub fn follow(&mut self, series: Series) -> Result<(), NotPositiveDefinite> {
        self.r_t.clear();
        let same = self
            .known
            .as_ref()
            .map_or(0, |known| same_days(known, &series));
        while self.kept.back().is_some_and(|(index, _)| *index >= same) {
            self.kept.pop_back();
        }
        let mut reporting = reporting(&series, self.population, self.settings);
        reporting.truncate(series.days.len());
        let from = self.kept.back().map_or(0, |(index, _)| index + 1);
        for (index, reporting) in reporting.into_iter().enumerate().skip(from) {
            let place = Place {
                population: self.population,
                reporting,
                factor: factors(&series, index)[0],
            };
            if let Some(twin) = self.step(&series, index, &place)? {
                self.r_t.push((series.date(index), twin.r_t(self.settings)));
                self.kept.push_back((index, twin));
            }
            if self.kept.len() > KEPT_DAYS {
                self.kept.pop_front();
            }
        }
        self.known = Some(series);
        Ok(())
    }

    /// The model at the end of the day at `index`; none before the first case.
    fn step(
        &self,
        series: &Series,
        index: usize,
        place: &Place,
    ) -> Result<Option<Twin>, NotPositiveDefinite> {
        let day = &series.days[index];
        let before = self.kept.back().filter(|(last, _)| last + 1 == index);
        let mut twin = match (before, day) {
            (Some((_, twin)), _) => twin.clone(),
            (None, Day::Counted(count)) if count.new_cases > 0.0 => {
                Twin::start(self.baseline, count.expected(), place, self.settings)
            }
            (None, _) => match week_from(series, index) {
                Some(cases) if cases > 0.0 => {
                    Twin::start(self.baseline, cases / 7.0, place, self.settings)
                }
                _ => return Ok(None),
            },
        };
        let draws = &mut draws(
            self.settings.seed,
            &self.location,
            series.date(index),
            "assimilate",
        );
        // A report of a week counts its seven days, whatever came before.
        if week_from(series, index).is_some() {
            twin.forget_unobserved();
        }
        twin.advance(self.settings, draws);
        twin.assimilate(day, place, self.settings, draws)?;
        if matches!(day, Day::Unseen(_)) && !in_a_week(series, index) {
            twin.forget_unobserved();
        }
        Ok(Some(twin))
    }

    /// The model at the end of the last day; none where there was no case yet.
    pub fn twin(&self) -> Option<&Twin> {
        let last = self.known.as_ref()?.days.len() - 1;
        self.kept
            .back()
            .filter(|(index, _)| *index == last)
            .map(|(_, twin)| twin)
    }

    /// The model at the end of the last day that is not expected to change, and where that day
    /// stands among those known: from there it can go on when more is known.
    pub fn settled(&self) -> Option<(usize, &Twin)> {
        let settled = self.known.as_ref()?.settled();
        let kept = self.kept.iter().rev();
        let (index, twin) = kept.into_iter().find(|(index, _)| *index < settled)?;
        Some((*index, twin))
    }

    /// The reproduction number of the days that [`Follower::follow`] assimilated.
    pub fn r_t(&self) -> &[(NaiveDate, [f64; 5])] {
        &self.r_t
    }

    /// What to expect of the days after the last. `None` where there was no case yet, or fewer
    /// weeks than the flat line needs.
    pub fn ahead(&self) -> Option<Ahead> {
        let (series, twin) = (self.known.as_ref()?, self.twin()?);
        let (end, origin) = (series.days.len(), series.origin());
        let to_come = factors(series, end);
        let factor = |index: usize| match index.checked_sub(end) {
            Some(after) => to_come[after % 7],
            // A weekday's factor of today serves for the past as well: weeks back from `end`.
            None => to_come[(7 - (end - index) % 7) % 7],
        };
        let draws = |purpose| draws(self.settings.seed, &self.location, origin, purpose);
        let flat = flat(series, factor, &mut draws("flat"))?;
        let reporting = *reporting(series, self.population, self.settings).last()?;
        let twin = outlook(
            twin,
            self.settings,
            self.population * reporting,
            &to_come,
            flat.recent_week,
            &mut draws("ahead"),
        );
        Some(Ahead {
            origin,
            twin,
            flat,
            reporting,
        })
    }
}

/// How many days at the beginning are the same in both, and none of a week that ends where they
/// differ.
fn same_days(known: &Series, now: &Series) -> usize {
    if known.first != now.first {
        return 0;
    }
    let pairs = known.days.iter().zip(&now.days);
    let same = pairs.take_while(|(known, now)| known == now).count();
    let is_week = |series: &Series, last| matches!(series.days.get(last), Some(Day::Week(_)));
    (same..same + 6)
        .filter(|last| is_week(known, *last) || is_week(now, *last))
        .map(|last| last.saturating_sub(6))
        .fold(same, usize::min)
}

/// The cases of a report of the seven days that begin with the day at `index`.
fn week_from(series: &Series, index: usize) -> Option<f64> {
    match series.days.get(index + 6)? {
        Day::Week(cases) => Some(*cases),
        Day::Counted(_) | Day::Unseen(_) => None,
    }
}

/// Whether a report of seven days that is still to come, or may come, counts the day at
/// `index`.
fn in_a_week(series: &Series, index: usize) -> bool {
    (index..index + 7).any(|last| matches!(series.days.get(last), Some(Day::Week(_))))
}

#[cfg(test)]
mod tests;
