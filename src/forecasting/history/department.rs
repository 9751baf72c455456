//! The department as a whole: the sum of its places.

use chrono::{Datelike as _, NaiveDate, TimeDelta};

use super::{History, KnownDays, SILENT_DAYS, Said, Unseen};

impl History {
    /// What was known of the department on `moment`.
    ///
    /// A day has a total when every place that reports has reported it; one that has been silent
    /// for [`SILENT_DAYS`] is waited for no longer. A number that is withheld because it is
    /// small adds nothing: the total is that of what is reported. Where a place reports weeks,
    /// the department has the weeks that end on the same weekday, and no days.
    pub(super) fn department_known_on(&self, moment: NaiveDate) -> Option<KnownDays> {
        let places: Vec<KnownDays> = self
            .places
            .iter()
            .filter_map(|place| place.known_on(moment))
            .collect();
        let first = places.iter().map(|place| place.first).min()?;
        let last = places.iter().map(KnownDays::last).max()?;
        let mut total = KnownDays::nothing(first, last);
        let latest_week = places.iter().filter_map(latest_week).max();
        let dates: Vec<NaiveDate> = total.dated().map(|(date, _)| date).collect();
        for date in dates {
            let reports = |place: &&KnownDays| {
                place.first <= date
                    && (date <= place.last() || (last - place.last()).num_days() <= SILENT_DAYS)
            };
            let places = places.iter().filter(reports);
            let said = match latest_week {
                None => sum(places.map(|place| place.get(date))),
                Some(week) if week.weekday() == date.weekday() => {
                    match sum(places.map(|place| Some(week_of(place, date)))) {
                        Said::Count(cases) => Said::Week(cases),
                        said => said,
                    }
                }
                Some(_) => continue,
            };
            if let Some(day) = total.at(date) {
                *day = said;
            }
        }
        Some(total)
    }
}

/// The day with which the latest week ends, where weeks are reported and no days of late.
fn latest_week(place: &KnownDays) -> Option<NaiveDate> {
    let told = place.dated().filter_map(|(date, said)| match said {
        Said::Count(_) => Some((date, false)),
        Said::Week(_) => Some((date, true)),
        Said::Nothing(_) => None,
    });
    let (date, is_week) = told.last()?;
    is_week.then_some(date)
}

/// The week of a place that ends with `date`: as it was reported, or the sum of its days.
fn week_of(place: &KnownDays, date: NaiveDate) -> Said {
    match place.get(date) {
        Some(Said::Week(cases)) => Said::Count(cases),
        _ => sum((0..7).map(|back| place.get(date - TimeDelta::days(back)))),
    }
}

/// The total of what several said, or why there is none.
fn sum(all: impl Iterator<Item = Option<Said>>) -> Said {
    let (mut cases, mut counted) = (0.0, false);
    let mut suppressed = false;
    for said in all {
        match said {
            Some(Said::Count(more)) => {
                cases += more;
                counted = true;
            }
            Some(Said::Nothing(Unseen::Suppressed)) => suppressed = true,
            Some(Said::Nothing(why @ (Unseen::Excluded | Unseen::Correction))) => {
                return Said::Nothing(why);
            }
            Some(Said::Nothing(_) | Said::Week(_)) | None => {
                return Said::Nothing(Unseen::Partial);
            }
        }
    }
    match (counted, suppressed) {
        (true, _) => Said::Count(cases),
        (false, true) => Said::Nothing(Unseen::Suppressed),
        (false, false) => Said::Nothing(Unseen::Missing),
    }
}
