//! The answer to a question about the forecast, before it has a form.

use chrono::{Days, NaiveDate};

use super::query::Question;
use crate::{
    Error, Result,
    forecasting::{
        fan::{self, Week},
        judged::{self, Of, Past, Score},
        outlook::{self, Making, Outlook},
        published::{self, Run},
        recent_runs::{RecentRun, UnderWay, recent_runs, under_way},
        reproduction::reproduction,
        versions::versions,
    },
    surveillance::{
        Location, Window,
        charts::{Bar, FanDay, ReproductionDay, Scale, Size, Step, Unit},
        completeness::Memo,
        location::locations,
    },
    tenancy::TenantTx,
    web::cases::{self, Cases},
};

/// Days shown before the forecast begins.
const DAYS_BEFORE: u64 = 84;

/// Days of the reproduction number.
const REPRODUCTION_DAYS: u64 = 182;

/// Past forecasts that are shown, each four weeks long: a year.
const PAST_FANS: usize = 13;

/// How many runs are listed.
const RUNS: i64 = 10;

/// What was asked, and what there is.
pub struct Answer {
    /// All of the department's locations, by name.
    pub places: Vec<Location>,
    /// The one that was asked about; none is the department as a whole.
    pub place: Option<Location>,
    /// The latest run by the day asked about, if any published a forecast.
    pub run: Option<Shown>,
    /// What is still to be done.
    pub under_way: Option<UnderWay>,
    /// The runs that were asked for lately.
    pub recent: Vec<RecentRun>,
    /// Everything that was reported for the place, if anything was.
    pub reported: Option<Window>,
    /// The version of the parameters that the next run uses.
    pub settings_version: i32,
}

/// A run, and what it says of the place.
pub struct Shown {
    /// The run.
    pub run: Run,
    /// How it was made.
    pub making: Making,
    /// What it says; none of a place that had stopped reporting.
    pub forecast: Option<Forecast>,
}

/// What a run says of a place.
pub struct Forecast {
    /// Whose forecast it is, and why.
    pub outlook: Outlook,
    /// New cases by day.
    pub fan: Vec<FanDay>,
    /// Cases of the weeks ahead.
    pub weeks: Vec<Week>,
    /// What was reported before, and since.
    pub cases: Cases,
    /// The reproduction number of past days.
    pub reproduction: Vec<ReproductionDay>,
    /// How past forecasts did: all together, then by weeks ahead.
    pub scores: Vec<Score>,
    /// Where outcomes fell in them.
    pub tenths: [i64; 10],
    /// Some of them, and what happened.
    pub past: Past,
}

impl Answer {
    /// Reads what `question` asks about.
    ///
    /// # Errors
    /// [`Error::NotFound`] for a location that this department does not have.
    pub async fn read(tx: &mut TenantTx, question: &Question, memo: &Memo) -> Result<Self> {
        let places = locations(tx, question.as_of).await?;
        let place = match &question.location {
            None => None,
            Some(id) => {
                let known = places.iter().find(|place| place.location_id == id.as_str());
                Some(known.cloned().ok_or(Error::NotFound("location"))?)
            }
        };
        let asked = |other: &&Location| place.as_ref().is_none_or(|place| place == *other);
        let first = places.iter().filter(asked).filter_map(|at| at.first_day);
        let last = places.iter().filter(asked).filter_map(|at| at.last_day);
        let reported = first.min().zip(last.max());
        let reported = reported.and_then(|(first, last)| Window::new(first, last).ok());
        let run = match published::latest_run(tx, question.as_of).await? {
            None => None,
            Some(run) => Some(Shown::read(tx, run, question, memo).await?),
        };
        Ok(Self {
            run,
            under_way: under_way(tx).await?,
            recent: recent_runs(tx, None, RUNS).await?,
            settings_version: versions(tx).await?.first().map_or(0, |it| it.version),
            reported,
            places,
            place,
        })
    }

    /// The place in words.
    pub fn name(&self) -> &str {
        self.place
            .as_ref()
            .map_or("all locations", |place| &place.name)
    }
}

impl Shown {
    async fn read(tx: &mut TenantTx, run: Run, question: &Question, memo: &Memo) -> Result<Self> {
        let making = outlook::making(tx, &run).await?;
        let forecast = match outlook::outlook(tx, &run, question.place()).await? {
            None => None,
            Some(outlook) => {
                Some(Forecast::read(tx, (&run, &making), outlook, question, memo).await?)
            }
        };
        Ok(Self {
            run,
            making,
            forecast,
        })
    }
}

impl Forecast {
    async fn read(
        tx: &mut TenantTx,
        (run, making): (&Run, &Making),
        outlook: Outlook,
        question: &Question,
        memo: &Memo,
    ) -> Result<Self> {
        let place = question.place();
        let fan = fan::fan(tx, run, place).await?;
        let mut weeks = fan::weeks(tx, run, making.settings_version).await?;
        weeks.retain(|week| week.location_id == place);
        let origin = outlook.origin;
        let until = fan.last().map_or(origin, |day| day.date);
        let cases = Cases::read(tx, &of_days(question, origin, until), memo).await?;
        let known_on = question.as_of.unwrap_or(NaiveDate::MAX).min(LAST_DAY);
        let window = Window::ending(origin, REPRODUCTION_DAYS);
        let of = Of {
            location: place,
            settings_version: making.settings_version,
            known_on: question.as_of,
        };
        Ok(Self {
            reproduction: reproduction(tx, place, window, known_on).await?,
            scores: judged::scores(tx, of).await?,
            tenths: judged::tenths(tx, of).await?,
            past: judged::past(tx, of, PAST_FANS).await?,
            outlook,
            fan,
            weeks,
            cases,
        })
    }
}

impl Forecast {
    /// What was reported, as the chart takes it. Of whole weeks only the mean of their days is
    /// known.
    pub fn bars(&self) -> Vec<Bar> {
        if self.cases.step == Step::Day {
            return self.cases.bars();
        }
        let weeks = self.cases.bars();
        let days = weeks.iter().flat_map(|week| {
            week.date.iter_days().take(7).map(|date| Bar {
                mean: week.value.map(|cases| cases / 7.0),
                incomplete: week.incomplete,
                ..Bar::of(date, None)
            })
        });
        days.filter(|day| day.date <= self.outlook.origin).collect()
    }
}

/// No run knows what was reported after it.
const LAST_DAY: NaiveDate = NaiveDate::from_ymd_opt(9999, 12, 31).expect("a day");

/// The same place's cases, from some weeks before the forecast to its end.
fn of_days(question: &Question, origin: NaiveDate, until: NaiveDate) -> cases::Question {
    cases::Question {
        locations: question.location.iter().cloned().collect(),
        from: origin.checked_sub_days(Days::new(DAYS_BEFORE - 1)),
        to: Some(until),
        as_of: question.as_of,
        // Days, unless nothing but whole weeks is reported.
        step: None,
        unit: Unit::NewCases,
        scale: Scale::Linear,
        size: Size::new(960, 380),
    }
}
