//! What a run leaves, statement by statement, within the one transaction that commits it.

use chrono::{Days, NaiveDate};
use serde_json::json;
use uuid::Uuid;

use crate::{
    Error, Result,
    clock::Now,
    forecasting::{
        checkpoint::{Checkpoint, Kept},
        follow::Ahead,
        outlook::Model,
        quantiles::{LEVELS, Quantiles},
        record::Record,
        replay::Replayed,
        score::Score,
        settings::Settings,
        update::Update,
    },
    tenancy::TenantTx,
};

/// The reproduction number of so many days is kept by a run, at most.
const R_T_DAYS: usize = 180;

/// The state of all places' models.
pub async fn state(
    tx: &mut TenantTx,
    state_id: Uuid,
    moment: NaiveDate,
    (version, settings): (i32, &Settings),
    updates: &[Update],
    now: Now,
) -> Result<()> {
    let kept: Vec<Kept> = updates.iter().filter_map(|of| of.kept.clone()).collect();
    let checkpoint = Checkpoint::of(&kept);
    let parameters = json!({
        "settings_version": version,
        "settings_hash": settings.hash(),
        "settings": settings,
        "seed": settings.seed,
        "places": checkpoint.marks,
    });
    let (tenant, connection) = tx.parts();
    sqlx::query(
        r#"
        insert into model_states (
            tenant_id, state_id, as_of, kind, members, variables, ensemble, parameters, created_at
        )
        values ($1, $2, $3, 'posterior', $4, $5, $6, $7, $8)
        "#,
    )
    .bind(tenant)
    .bind(state_id)
    .bind(moment)
    .bind(i32::try_from(settings.members).map_err(Error::internal)?)
    .bind(checkpoint.variables)
    .bind(checkpoint.ensemble)
    .bind(parameters)
    .bind(now)
    .execute(connection)
    .await?;
    Ok(())
}

/// What is published of a place: whose forecast, by its record.
#[derive(Debug)]
pub struct Published<'a> {
    /// The place; empty for the department.
    pub location: &'a str,
    /// Both models' forecasts.
    pub ahead: &'a Ahead,
    /// By which it is decided whose is published.
    pub record: Record,
    /// Whose is published.
    pub model: Model,
}

impl Published<'_> {
    fn quantiles(&self) -> &[Quantiles] {
        match self.model {
            Model::Twin => &self.ahead.twin.days,
            Model::Baseline => &self.ahead.flat.days,
        }
    }
}

/// The forecasts by day, and why they are whose they are.
pub async fn published(
    tx: &mut TenantTx,
    state_id: Uuid,
    published: &[Published<'_>],
    now: Now,
) -> Result<()> {
    let (tenant, connection) = tx.parts();
    sqlx::query(
        r#"
        insert into outlooks (
            tenant_id, state_id, location_id, origin, model, rises, recent_week, reporting, origins,
            relative_wis, relative_log_wis, coverage_95
        )
        select $1, $2, *
        from unnest(
            $3::text[], $4::date[], $5::text[], $6::float8[], $7::float8[], $8::float8[],
            $9::integer[], $10::float8[], $11::float8[], $12::float8[]
        )
        "#,
    )
    .bind(tenant)
    .bind(state_id)
    .bind(published.iter().map(|of| of.location).collect::<Vec<_>>())
    .bind(
        published
            .iter()
            .map(|of| of.ahead.origin)
            .collect::<Vec<_>>(),
    )
    .bind(
        published
            .iter()
            .map(|of| of.model.as_str())
            .collect::<Vec<_>>(),
    )
    .bind(
        published
            .iter()
            .map(|of| of.ahead.twin.rises)
            .collect::<Vec<_>>(),
    )
    .bind(
        published
            .iter()
            .map(|of| of.ahead.flat.recent_week)
            .collect::<Vec<_>>(),
    )
    .bind(
        published
            .iter()
            .map(|of| of.ahead.reporting)
            .collect::<Vec<_>>(),
    )
    .bind(
        published
            .iter()
            .map(|of| i32::try_from(of.record.origins).unwrap_or(i32::MAX))
            .collect::<Vec<_>>(),
    )
    .bind(
        published
            .iter()
            .map(|of| of.record.relative_wis)
            .collect::<Vec<_>>(),
    )
    .bind(
        published
            .iter()
            .map(|of| of.record.relative_log_wis)
            .collect::<Vec<_>>(),
    )
    .bind(
        published
            .iter()
            .map(|of| of.record.coverage_95)
            .collect::<Vec<_>>(),
    )
    .execute(&mut *connection)
    .await?;
    let (mut places, mut dates, mut models, mut values) = (vec![], vec![], vec![], vec![]);
    for of in published {
        for (after, quantiles) in (1..).zip(of.quantiles()) {
            places.push(of.location);
            dates.push(of.ahead.origin + Days::new(after));
            models.push(of.model.as_str());
            values.extend_from_slice(quantiles);
        }
    }
    // A day's quantiles stand one after the other in `$7`.
    sqlx::query(
        r#"
        insert into forecasts (
            tenant_id, state_id, location_id, target_date, model, quantile, new_cases, issued_at
        )
        select $1, $2, d.location_id, d.target_date, d.model, l.level,
            ($7::float8[])[($8 * (d.no - 1) + l.no)::integer], $9
        from unnest($3::text[], $4::date[], $5::text[]) with ordinality
            as d (location_id, target_date, model, no)
        cross join unnest($6::float8[]::numeric(4, 3)[]) with ordinality as l (level, no)
        "#,
    )
    .bind(tenant)
    .bind(state_id)
    .bind(places)
    .bind(dates)
    .bind(models)
    .bind(LEVELS)
    .bind(values)
    .bind(LEVELS.len() as i64)
    .bind(now)
    .execute(connection)
    .await?;
    Ok(())
}

/// The reproduction number of the days that were assimilated.
pub async fn reproduction(tx: &mut TenantTx, state_id: Uuid, updates: &[Update]) -> Result<()> {
    let days: Vec<(&str, NaiveDate, [f64; 5])> = updates
        .iter()
        .flat_map(|of| {
            let kept = of.r_t.iter().rev().take(R_T_DAYS);
            kept.map(|(date, r_t)| (of.location.as_str(), *date, *r_t))
        })
        .collect();
    let column = |at: usize| days.iter().map(|(_, _, r_t)| r_t[at]).collect::<Vec<f64>>();
    let (tenant, connection) = tx.parts();
    sqlx::query(
        r#"
        insert into reproduction_numbers (
            tenant_id, state_id, location_id, date, q025, q25, q50, q75, q975
        )
        select $1, $2, *
        from unnest(
            $3::text[], $4::date[], $5::float8[], $6::float8[], $7::float8[], $8::float8[],
            $9::float8[]
        )
        "#,
    )
    .bind(tenant)
    .bind(state_id)
    .bind(
        days.iter()
            .map(|(location, _, _)| *location)
            .collect::<Vec<_>>(),
    )
    .bind(days.iter().map(|(_, date, _)| *date).collect::<Vec<_>>())
    .bind(column(0))
    .bind(column(1))
    .bind(column(2))
    .bind(column(3))
    .bind(column(4))
    .execute(connection)
    .await?;
    Ok(())
}

/// A forecast that will be judged, or was.
#[derive(Debug)]
pub struct Judged<'a> {
    location: &'a str,
    origin: NaiveDate,
    days: i16,
    ahead: i16,
    as_of: NaiveDate,
    twin: &'a Quantiles,
    flat: &'a Quantiles,
    /// What happened, since when that is known, and how well the twin and the flat line did.
    outcome: Option<(f64, NaiveDate, [Score; 2])>,
}

impl<'a> Judged<'a> {
    /// All that a forecast says of a place: days, and weeks.
    pub fn of_forecast(
        location: &'a str,
        said: &'a Ahead,
        as_of: NaiveDate,
    ) -> impl Iterator<Item = Self> {
        let of = move |days, ahead, twin, flat| Self {
            location,
            origin: said.origin,
            days,
            ahead,
            as_of,
            twin,
            flat,
            outcome: None,
        };
        let days = said.twin.days.iter().zip(&said.flat.days).zip(1..);
        let weeks = said.twin.weeks.iter().zip(&said.flat.weeks).zip(1..);
        days.map(move |((twin, flat), day)| of(1, day, twin, flat))
            .chain(weeks.map(move |((twin, flat), week)| of(7, 7 * week, twin, flat)))
    }

    /// A forecast that was replayed, where counts are known in full `settled` days after.
    pub fn of_replay(replayed: &'a Replayed, now: NaiveDate, settled: Days) -> Self {
        let known_since = (replayed.last_day() + settled).min(now);
        Self {
            location: &replayed.location,
            origin: replayed.origin,
            days: 7,
            ahead: i16::try_from(replayed.ahead).unwrap_or(i16::MAX),
            as_of: replayed.moment,
            twin: &replayed.twin,
            flat: &replayed.flat,
            outcome: replayed
                .truth
                .zip(replayed.scores())
                .map(|(truth, scores)| (truth, known_since, scores)),
        }
    }
}

/// Keeps forecasts to be judged. One that says something else than before of the same moment
/// takes its place.
pub async fn judged(
    tx: &mut TenantTx,
    settings_version: i32,
    replayed: bool,
    judged: &[Judged<'_>],
) -> Result<()> {
    let flat = |of: fn(&Judged<'_>) -> Quantiles| {
        let all = judged.iter().flat_map(of);
        all.map(|quantile| quantile as f32).collect::<Vec<f32>>()
    };
    let score = |of: fn(&[Score; 2]) -> f64| {
        let all = judged.iter().map(|row| row.outcome.as_ref());
        all.map(|outcome| outcome.map(|(_, _, scores)| of(scores)))
            .collect::<Vec<Option<f64>>>()
    };
    let (tenant, connection) = tx.parts();
    sqlx::query(
        r#"
        insert into forecast_scores as f (
            tenant_id, settings_version, replayed, location_id, origin, days, ahead, as_of, twin,
            baseline, truth, truth_as_of, twin_wis, twin_log_wis, twin_pit, baseline_wis,
            baseline_log_wis, baseline_pit
        )
        select $1, $2, $3, j.location_id, j.origin, j.days, j.ahead, j.as_of,
            ($9::real[])[$11 * (j.no - 1) + 1 : $11 * j.no],
            ($10::real[])[$11 * (j.no - 1) + 1 : $11 * j.no],
            j.truth, j.truth_as_of, j.twin_wis, j.twin_log_wis, j.twin_pit, j.baseline_wis,
            j.baseline_log_wis, j.baseline_pit
        from unnest(
            $4::text[], $5::date[], $6::smallint[], $7::smallint[], $8::date[], $12::float8[],
            $13::date[], $14::float8[], $15::float8[], $16::float8[], $17::float8[], $18::float8[],
            $19::float8[]
        ) with ordinality as j (
            location_id, origin, days, ahead, as_of, truth, truth_as_of, twin_wis, twin_log_wis,
            twin_pit, baseline_wis, baseline_log_wis, baseline_pit, no
        )
        on conflict (tenant_id, location_id, settings_version, replayed, origin, days, ahead)
        do update set as_of = excluded.as_of, twin = excluded.twin, baseline = excluded.baseline,
            truth = excluded.truth, truth_as_of = excluded.truth_as_of,
            twin_wis = excluded.twin_wis, twin_log_wis = excluded.twin_log_wis,
            twin_pit = excluded.twin_pit, baseline_wis = excluded.baseline_wis,
            baseline_log_wis = excluded.baseline_log_wis, baseline_pit = excluded.baseline_pit
        where excluded.replayed or (f.as_of, f.twin, f.baseline)
            is distinct from (excluded.as_of, excluded.twin, excluded.baseline)
        "#,
    )
    .bind(tenant)
    .bind(settings_version)
    .bind(replayed)
    .bind(judged.iter().map(|row| row.location).collect::<Vec<_>>())
    .bind(judged.iter().map(|row| row.origin).collect::<Vec<_>>())
    .bind(judged.iter().map(|row| row.days).collect::<Vec<_>>())
    .bind(judged.iter().map(|row| row.ahead).collect::<Vec<_>>())
    .bind(judged.iter().map(|row| row.as_of).collect::<Vec<_>>())
    .bind(flat(|row| *row.twin))
    .bind(flat(|row| *row.flat))
    .bind(LEVELS.len() as i64)
    .bind(
        judged
            .iter()
            .map(|row| row.outcome.as_ref().map(|outcome| outcome.0))
            .collect::<Vec<_>>(),
    )
    .bind(
        judged
            .iter()
            .map(|row| row.outcome.as_ref().map(|outcome| outcome.1))
            .collect::<Vec<_>>(),
    )
    .bind(score(|[twin, _]| twin.wis))
    .bind(score(|[twin, _]| twin.log_wis))
    .bind(score(|[twin, _]| twin.pit))
    .bind(score(|[_, flat]| flat.wis))
    .bind(score(|[_, flat]| flat.log_wis))
    .bind(score(|[_, flat]| flat.pit))
    .execute(connection)
    .await?;
    Ok(())
}
