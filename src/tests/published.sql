-- The state that a run of the model leaves, one of a run that is known already.
insert into model_states (
    tenant_id, state_id, as_of, kind, members, variables, ensemble, parameters, created_at
)
select $1, $2, $3::date, 'posterior', 2, array['log_beta'], array[0.1, 0.2],
    '{"settings_version": 0, "settings_hash": "0123456789abcdef", "seed": 7}', $3::date + time '18:00'
on conflict do nothing;

insert into model_runs (
    tenant_id, run_id, kind, cause, requested_at, requested_by, as_of, status, progress, started_at,
    finished_at, settings_version, locations, duration_ms, cpu_ms, cost_units, state_id
)
select $1, $2, 'forecast', 'data', $3::date + time '17:59', 'test', $3::date, 'done', 100,
    $3::date + time '17:59', $3::date + time '18:00', 0, 2, 1234, 2100, 1.5, $2
on conflict do nothing;

insert into outlooks (
    tenant_id, state_id, location_id, origin, model, rises, recent_week, reporting, origins,
    relative_wis, relative_log_wis, coverage_95
)
select $1, $2, $4, $3::date, $5, 0.35, 7 * $6::float8, 0.12, $7, $8, $9, $10;

-- From half to one and a half times the median.
insert into forecasts (
    tenant_id, state_id, location_id, target_date, quantile, new_cases, issued_at, model
)
select $1, $2, $4, $3::date + ahead, level,
    case $5 when 'twin' then 1 else 0.5 end * $6::float8 * (0.5 + level::float8), $3::date + time '18:00', $5
from generate_series(1, 28) ahead
cross join unnest(array[0.01, 0.025, 0.05, 0.1, 0.15, 0.2, 0.25, 0.3, 0.35, 0.4, 0.45, 0.5, 0.55,
    0.6, 0.65, 0.7, 0.75, 0.8, 0.85, 0.9, 0.95, 0.975, 0.99]) level;

insert into forecast_scores (
    tenant_id, location_id, settings_version, replayed, origin, days, ahead, as_of, twin, baseline
)
select $1, $4, 0, false, $3::date, 7, ahead, $3::date, totals, array(select total / 2 from unnest(totals) total)
from unnest(array[7, 14, 21, 28]) ahead
cross join lateral (
    select array(
        select (7 * $6::float8 * (0.5 + level))::real
        from unnest(array[0.01, 0.025, 0.05, 0.1, 0.15, 0.2, 0.25, 0.3, 0.35, 0.4, 0.45, 0.5, 0.55,
            0.6, 0.65, 0.7, 0.75, 0.8, 0.85, 0.9, 0.95, 0.975, 0.99]::float8[]) level
    ) as totals
) at;

insert into reproduction_numbers (
    tenant_id, location_id, date, state_id, q025, q25, q50, q75, q975
)
select $1, $4, $3::date - before, $2, 0.7, 0.85, 0.9, 0.95, 0.98
from generate_series(0, 27) before
