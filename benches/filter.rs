//! The filter of one place, against the same filter in NumPy, which does whole ensembles at once:
//! what a data scientist would run. And how its time grows.

use std::{
    hint::black_box,
    io::{BufRead as _, BufReader, Write as _},
    process::{Child, ChildStdin, ChildStdout, Command, Stdio},
    time::Instant,
};

use chrono::NaiveDate;
use cordon::forecasting::{
    days::{Count, Day, Series},
    draws::draws,
    ensemble::Ensemble,
    follow::Follower,
    prior::{Prior, baseline},
    settings::Settings,
};
use serde::Deserialize;

use crate::{
    Outcome,
    comparison::{Table, take_turns, time},
};

/// Where `.ci/setup python` puts a Python with NumPy.
const PYTHON: &str = "target/tools/python/bin/python";

const POPULATION: f64 = 1_000_000.0;
const YEAR: usize = 365;
const MEMBERS: usize = 300;
const ROUNDS: usize = 11;

/// The two draw their own random numbers, so that their reproduction numbers differ by as much as
/// two runs with other seeds do; a mistake in either differs by more.
const SAME: f64 = 0.05;

/// Measures three years of a place, in 300 members, and in more and fewer.
pub async fn measure(table: &mut Table) -> Outcome {
    let (series, settings) = (series(3 * YEAR), settings(MEMBERS));
    let believed = believed(&settings);
    let mut numpy = NumPy::start(&series, &settings, &believed)?;
    agree(
        &medians(&series, &settings, &believed)?,
        &numpy.follow()?.medians,
    )?;
    let (ours, theirs) = take_turns(
        ROUNDS,
        async |_| follow(&series, &settings, &believed),
        async |_| Ok(numpy.follow()?.seconds),
    )
    .await?;
    numpy.end()?;
    table.compare(
        ("filter, 3 years, 300 members", ours),
        ("vectorised NumPy", theirs),
        time,
        "≤ 0.1",
    );
    let grown = take_turns(
        ROUNDS,
        async |_| each(3 * YEAR, 4 * MEMBERS),
        async |_| each(3 * YEAR, MEMBERS),
    );
    compare_growth(
        table,
        "a member and day, 3 years, 1,200 members",
        "300 members",
        grown.await?,
    );
    let grown = take_turns(
        ROUNDS,
        async |_| each(12 * YEAR, MEMBERS),
        async |_| each(3 * YEAR, MEMBERS),
    );
    compare_growth(
        table,
        "a member and day, 12 years, 300 members",
        "3 years",
        grown.await?,
    );
    Ok(())
}

fn compare_growth(table: &mut Table, what: &str, against: &str, (large, small): (f64, f64)) {
    let nanoseconds = |seconds: f64| format!("{:.0} ns", 1e9 * seconds);
    table.compare((what, large), (against, small), nanoseconds, "about 1");
}

/// How long a day of a member takes, in seconds.
fn each(days: usize, members: usize) -> Outcome<f64> {
    let (series, settings) = (series(days), settings(members));
    let believed = believed(&settings);
    Ok(follow(&series, &settings, &believed)? / (days * members) as f64)
}

/// How long it takes to follow the place from its first day, in seconds.
fn follow(series: &Series, settings: &Settings, believed: &Ensemble) -> Outcome<f64> {
    let started = Instant::now();
    black_box(medians(series, settings, believed)?);
    Ok(started.elapsed().as_secs_f64())
}

/// The medians of the reproduction number, day by day.
fn medians(series: &Series, settings: &Settings, believed: &Ensemble) -> Outcome<Vec<f64>> {
    let mut follower = Follower::new("north", Some(POPULATION), settings, believed);
    follower.follow(series.clone())?;
    let days = follower.r_t().iter();
    Ok(days.map(|(_, [_, _, median, _, _])| *median).collect())
}

fn agree(ours: &[f64], theirs: &[f64]) -> Outcome {
    let pairs = ours.iter().zip(theirs);
    let apart: f64 = pairs.map(|(ours, theirs)| (ours - theirs).abs()).sum();
    let apart = apart / ours.len() as f64;
    if ours.len() == theirs.len() && apart < SAME {
        return Ok(());
    }
    Err(format!("the two filters differ by {apart:.3}, so they are not the same").into())
}

fn settings(members: usize) -> Settings {
    Settings {
        members,
        ..Settings::default()
    }
}

fn believed(settings: &Settings) -> Ensemble {
    let day = NaiveDate::default();
    baseline(
        &Prior::default(),
        settings.members,
        &mut draws(1, "", day, "baseline"),
    )
}

/// Waves of cases, with quiet weekends.
fn series(days: usize) -> Series {
    let cases = (0..days).map(|day| {
        let wave = 40.0 + 30.0 * (day as f64 / 29.0).sin();
        (wave * if day % 7 < 5 { 1.2 } else { 0.5 }).round()
    });
    let days = cases.map(|cases| Day::Counted(Count::complete(cases)));
    let first = NaiveDate::from_ymd_opt(2024, 1, 1).unwrap_or_default();
    Series::new(first, days.collect()).expect("there are days")
}

/// What NumPy says of one turn.
#[derive(Deserialize)]
struct Turn {
    seconds: f64,
    medians: Vec<f64>,
}

/// `benches/enkf.py`, waiting for its turns.
struct NumPy {
    process: Child,
    turns: ChildStdin,
    answers: BufReader<ChildStdout>,
}

impl NumPy {
    fn start(series: &Series, settings: &Settings, believed: &Ensemble) -> Outcome<Self> {
        let mut process = Command::new(PYTHON)
            .arg("benches/enkf.py")
            // One place is one thread's work, here as there.
            .envs(
                ["OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"]
                    .map(|name| (name, "1")),
            )
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .map_err(|error| format!("{PYTHON} (`.ci/setup python` makes it): {error}"))?;
        let turns = process.stdin.take().ok_or("NumPy takes no turns")?;
        let answers = process.stdout.take().ok_or("NumPy gives no answers")?;
        let mut numpy = Self {
            process,
            turns,
            answers: BufReader::new(answers),
        };
        let counts: Vec<f64> = (0..series.days.len())
            .filter_map(|index| series.expected(index))
            .collect();
        let members: Vec<[f64; 4]> = believed.members().map(|state| state.to_array()).collect();
        let given = serde_json::json!({
            "counts": counts,
            "baseline": members,
            "settings": settings,
            "population": POPULATION,
        });
        writeln!(numpy.turns, "{given}")?;
        Ok(numpy)
    }

    fn follow(&mut self) -> Outcome<Turn> {
        writeln!(self.turns, "go")?;
        let mut line = String::new();
        self.answers.read_line(&mut line)?;
        Ok(serde_json::from_str(&line)?)
    }

    fn end(self) -> Outcome {
        let Self {
            mut process, turns, ..
        } = self;
        drop(turns);
        process.wait()?;
        Ok(())
    }
}
