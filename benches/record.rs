//! How well forecasts have done on reports of real departments, against the flat line: weekly
//! totals one to four weeks ahead, forecast once a week from September 2020 on.
//!
//! `CORDON_BENCH_COUNTS` names a CSV file of `location_id`, `date` and `new_cases`, and
//! `CORDON_BENCH_PLACES` one of `location_id` and `population`. Without them it is the files of
//! Canada's health regions (CC BY 4.0, COVID-19 Canada Open Data Working Group; Berry et al.
//! 2021, doi:10.1038/s41597-021-00955-2), where they stand beside the repository.
//!
//! The defaults of the parameters were chosen on every other region by id, the first among them;
//! nothing was chosen on the rest, the *held-out* half.

use std::{
    collections::{BTreeMap, BTreeSet, HashMap},
    error::Error,
    path::Path,
};

use chrono::{Datelike as _, NaiveDate, TimeDelta};
use cordon::forecasting::{
    draws::draws,
    history::{History, Place, Report, Reports, Value},
    prior::{Prior, baseline},
    replay::{Replayed, replay},
    settings::Settings,
    update::Inputs,
};
use serde::Deserialize;

use crate::{Outcome, comparison::Table};

const COUNTS: &str = "../shared/data/ca_health_regions_daily.csv";
const PLACES: &str = "../shared/data/ca_health_regions_locations.csv";

/// The first week that is forecast.
const FROM: NaiveDate = NaiveDate::from_ymd_opt(2020, 9, 1).expect("a day");

/// A place reports daily if 9 in 10 of its weeks with 14 cases or more had cases on 5 days or
/// more.
const ENOUGH_CASES: f64 = 14.0;
const ENOUGH_DAYS: usize = 5;
const MOST_WEEKS: f64 = 0.9;

/// The new cases of a place, by day.
type Counts = BTreeMap<NaiveDate, f64>;

/// Forecasts of the weeks so far ahead, summed up.
#[derive(Clone, Copy, Debug, Default)]
struct Tally {
    forecasts: f64,
    twin: [f64; 2],
    flat: [f64; 2],
    held: [f64; 2],
}

impl Tally {
    fn add(&mut self, of: &Replayed) {
        let (Some(truth), Some([twin, flat])) = (of.truth, of.scores()) else {
            return;
        };
        self.forecasts += 1.0;
        self.twin[0] += twin.wis;
        self.twin[1] += twin.log_wis;
        self.flat[0] += flat.wis;
        self.flat[1] += flat.log_wis;
        // Of 23 levels, the 25 and 75 %, and the 2.5 and 97.5 %.
        for (held, [low, high]) in self.held.iter_mut().zip([[6, 16], [1, 21]]) {
            *held += f64::from((of.twin[low]..=of.twin[high]).contains(&truth));
        }
    }

    fn and(mut self, other: Self) -> Self {
        self.forecasts += other.forecasts;
        for at in 0..2 {
            self.twin[at] += other.twin[at];
            self.flat[at] += other.flat[at];
            self.held[at] += other.held[at];
        }
        self
    }

    fn show(&self, what: &str, table: &mut Table) {
        let scales = ["cases", "their logarithms"];
        let scores = self.twin.iter().zip(&self.flat);
        for ((twin, flat), scale) in scores.zip(scales) {
            table.compare(
                (&format!("{what}, error in {scale}"), twin / self.forecasts),
                ("a flat line", flat / self.forecasts),
                |error| format!("{error:.3}"),
                "≤ 0.85",
            );
        }
        let [half, nearly_all] = self.held.map(|held| 100.0 * held / self.forecasts);
        table.state(
            &format!("{what}, outcomes within 50 and 95 %"),
            format!("{half:.0} and {nearly_all:.1} % of {}", self.forecasts),
            "",
        );
    }
}

/// Measures both halves, and the held-out one week by week.
pub fn measure(table: &mut Table) -> Outcome {
    let file = |name, default: &str| std::env::var(name).unwrap_or_else(|_| default.to_owned());
    let counts = file("CORDON_BENCH_COUNTS", COUNTS);
    if !Path::new(&counts).exists() {
        eprintln!("SKIPPED: {counts} is not here, so there is no record to measure");
        return Ok(());
    }
    let populations = populations(&file("CORDON_BENCH_PLACES", PLACES))?;
    let mut places = by_place(&counts)?;
    places.retain(|_, counts| is_daily(counts));
    table.machine(format!("{} places that report daily", places.len()));
    for (half, name) in ["tuned", "held-out"].into_iter().enumerate() {
        let chosen = places.iter().skip(half).step_by(2);
        let weeks = judge(chosen, &populations)?;
        let all = weeks
            .iter()
            .fold(Tally::default(), |all, week| all.and(*week));
        all.show(&format!("{name} half"), table);
        if half == 1 {
            for (ahead, week) in weeks.iter().enumerate() {
                week.show(&format!("{name} half, week {}", ahead + 1), table);
            }
        }
    }
    Ok(())
}

/// Forecasts of some places, by weeks ahead.
fn judge<'a>(
    places: impl Iterator<Item = (&'a String, &'a Counts)>,
    populations: &HashMap<String, f64>,
) -> Outcome<[Tally; 4]> {
    let settings = Settings::default();
    let day = NaiveDate::default();
    let believed = &mut draws(settings.seed, "", day, "baseline");
    let baseline = baseline(&Prior::default(), settings.members, believed);
    let mut weeks = [Tally::default(); 4];
    for (location, counts) in places {
        let Some((loaded, _)) = counts.last_key_value() else {
            continue;
        };
        let inputs = Inputs {
            history: loaded_at_once(
                location,
                counts,
                populations.get(location).copied(),
                *loaded,
            ),
            moment: *loaded,
            settings,
            baseline: baseline.clone(),
            earlier: Vec::new(),
        };
        let mut moments: Vec<NaiveDate> = (0..)
            .map(|weeks| *loaded - TimeDelta::weeks(weeks))
            .take_while(|moment| *moment >= FROM)
            .collect();
        moments.reverse();
        for of in replay(&inputs, Place::Location(0), &moments)? {
            weeks[of.ahead / 7 - 1].add(&of);
        }
    }
    Ok(weeks)
}

/// What a place reported, as it is known in the end.
fn loaded_at_once(
    location: &str,
    counts: &Counts,
    population: Option<f64>,
    as_of: NaiveDate,
) -> History {
    let reports = counts.iter().map(|(date, cases)| Report {
        date: *date,
        days: 1,
        as_of,
        superseded_on: None,
        value: if *cases < 0.0 {
            Value::Correction(*cases)
        } else {
            Value::Count(*cases)
        },
    });
    let place = Reports::new(
        location.to_owned(),
        population,
        reports.collect(),
        Vec::new(),
    );
    History {
        places: vec![place],
        uploads: BTreeSet::from([as_of]),
    }
}

fn is_daily(counts: &Counts) -> bool {
    let mut weeks: BTreeMap<_, (f64, usize)> = BTreeMap::new();
    for (date, cases) in counts.range(FROM..) {
        let (sum, days) = weeks.entry(date.iso_week()).or_default();
        *sum += cases;
        *days += usize::from(*cases != 0.0);
    }
    let large: Vec<usize> = weeks
        .into_values()
        .filter(|(sum, _)| *sum >= ENOUGH_CASES)
        .map(|(_, days)| days)
        .collect();
    let daily = large.iter().filter(|days| **days >= ENOUGH_DAYS).count();
    !large.is_empty() && daily as f64 >= MOST_WEEKS * large.len() as f64
}

#[derive(Deserialize)]
struct CountsRow {
    location_id: String,
    date: NaiveDate,
    new_cases: f64,
}

fn by_place(file: &str) -> Result<BTreeMap<String, Counts>, Box<dyn Error>> {
    let mut places: BTreeMap<String, Counts> = BTreeMap::new();
    for row in csv::Reader::from_path(file)?.deserialize() {
        let row: CountsRow = row?;
        let counts = places.entry(row.location_id).or_default();
        counts.insert(row.date, row.new_cases);
    }
    Ok(places)
}

#[derive(Deserialize)]
struct PlacesRow {
    location_id: String,
    population: Option<f64>,
}

fn populations(file: &str) -> Result<HashMap<String, f64>, Box<dyn Error>> {
    if !Path::new(file).exists() {
        return Ok(HashMap::new());
    }
    let mut populations = HashMap::new();
    for row in csv::Reader::from_path(file)?.deserialize() {
        let row: PlacesRow = row?;
        populations.extend(row.population.map(|residents| (row.location_id, residents)));
    }
    Ok(populations)
}
