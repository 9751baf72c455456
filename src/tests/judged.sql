-- Forecasts of the whole department made at moments a week apart, with what happened: 140 cases
-- a week and some, within the twin's bands.
insert into forecast_scores (
    tenant_id, location_id, settings_version, replayed, origin, days, ahead, as_of, twin, baseline,
    truth, truth_as_of, twin_wis, twin_log_wis, twin_pit, baseline_wis, baseline_log_wis,
    baseline_pit
)
select $1, '', 0, $5, origin, 7, ahead, origin,
    array(select (120 + ahead) * (0.6 + 0.8 * level / 22.0) from generate_series(0, 22) level)::real[],
    array(select (120 + ahead) * (0.4 + 1.2 * level / 22.0) from generate_series(0, 22) level)::real[],
    120 + ahead + moment % 7 * 6, origin + ahead, 10 * $4::float8, 0.1 * $4::float8,
    0.05 + 0.1 * (moment % 10), 10, 0.1, 0.5
from generate_series(1, $3::integer) moment
cross join lateral (select $2::date - 28 - 7 * (moment - 1) as origin) at
cross join unnest(array[7, 14, 21, 28]) ahead
