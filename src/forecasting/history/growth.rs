//! How much of a young count is known, learnt from what was known then.

use std::collections::BTreeSet;

use chrono::{NaiveDate, TimeDelta};

use super::{
    Completeness, Count, Day, ENOUGH_DAYS, History, Place, Report, Reports, Unseen, Value, learn,
};
use crate::surveillance::completeness::{Change, FINAL_AGE, learnt_from};

/// The distance of the quartiles of a normal number, in standard deviations.
const QUARTILES: f64 = 1.349;

/// How much of counts was usually known at their age.
#[derive(Debug, Clone)]
pub struct Growth(Completeness);

impl Growth {
    /// What a count of `date` tells, where `latest` is the last that was reported.
    ///
    /// A day that usually grows is compared with the share that is usually known of it by now;
    /// where that is not known, with nothing. The share is the same for every count, zero too:
    /// were it left out that none was reported yet, those that are left would be the higher.
    pub fn read(&self, date: NaiveDate, new_cases: f64, latest: NaiveDate) -> Day {
        let learnt = &self.0;
        if !learnt.is_young(date, latest) {
            return Day::Counted(Count::complete(new_cases));
        }
        let shares = learnt
            .age(date)
            .and_then(|age| learnt.ages.get(age as usize))
            .and_then(|age| age.shares)
            .filter(|shares| learnt.own && shares.low > 0.0);
        match shares {
            Some(shares) => Day::Counted(Count {
                new_cases,
                share: shares.median,
                share_spread: (shares.high / shares.low).ln() / QUARTILES,
            }),
            None => Day::Unseen(Unseen::TooYoung),
        }
    }
}

impl History {
    /// What was known on `moment` of how counts grow. A place that has too little history is
    /// told by the department's which days are young, and not how much is missing.
    pub(super) fn growth(&self, place: Place, moment: NaiveDate) -> Growth {
        let uploads: BTreeSet<NaiveDate> = self.uploads.range(..=moment).copied().collect();
        let Some(&as_of) = uploads.last() else {
            return Growth(Completeness::unknown(moment));
        };
        if uploads.len() < ENOUGH_DAYS {
            return Growth(Completeness::unknown(as_of));
        }
        let own = learn(&self.changes(place, as_of), &uploads, as_of);
        if own.complete_from.is_some() || place == Place::Department {
            return Growth(own);
        }
        let department = self.changes(Place::Department, as_of);
        Growth(Completeness {
            own: false,
            ..learn(&department, &uploads, as_of)
        })
    }

    /// By how much what was known of each day changed, and when, as long as it was young.
    fn changes(&self, place: Place, as_of: NaiveDate) -> Vec<Change> {
        let places = match place {
            Place::Location(index) => &self.places[index..=index],
            Place::Department => &self.places[..],
        };
        let mut changes: Vec<Change> = places
            .iter()
            .flat_map(|place| changes_of(place, as_of))
            .collect();
        if place == Place::Department {
            let excluded = |change: &Change| places.iter().any(|at| at.is_excluded(change.date));
            changes.retain(|change| !excluded(change));
        }
        changes.sort_unstable_by_key(|change| (change.date, change.as_of));
        changes
    }
}

fn changes_of(place: &Reports, as_of: NaiveDate) -> Vec<Change> {
    let window = learnt_from(as_of);
    let Some(first_as_of) = place.first_as_of else {
        return Vec::new();
    };
    let teaches = |report: &&Report| {
        report.days == 1
            && (window.first()..=window.last()).contains(&report.date)
            && report.date >= first_as_of
            && report.as_of <= as_of
            && !place.is_excluded(report.date)
    };
    let mut changes = Vec::new();
    for report in place.reports.iter().filter(teaches) {
        let final_on = report.date + TimeDelta::days(i64::from(FINAL_AGE));
        let cases = match report.value {
            Value::Count(cases) | Value::Correction(cases) => cases as i64,
            Value::Suppressed | Value::Withdrawn => 0,
        };
        let reporting = i64::from(report.value != Value::Withdrawn);
        let mut change = |as_of, sign: i64| {
            changes.push(Change {
                date: report.date,
                as_of,
                new_cases: sign * cases,
                reporting: sign * reporting,
            });
        };
        if report.as_of <= final_on {
            change(report.as_of, 1);
        }
        if let Some(until) = report.superseded_on
            && until <= final_on
            && until <= as_of
        {
            change(until, -1);
        }
    }
    changes
}
