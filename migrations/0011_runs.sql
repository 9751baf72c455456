-- The model at work: what was asked of it, what it said, and how well that has done.

-- The parameters a department's model is run with. A change is a new version: what was run
-- before keeps pointing at what it was run with. A department without a row uses the
-- documented defaults, which are version 0.
create table model_settings (
    tenant_id text not null,
    version integer not null,
    settings jsonb not null,
    created_at timestamptz not null,
    created_by text not null,
    constraint model_settings_pkey primary key (tenant_id, version),
    constraint model_settings_tenant foreign key (tenant_id) references tenants,
    constraint model_settings_version check (version > 0)
);

-- A run that was asked for, and what became of it. No case count, so that those who run the
-- platform may read it.
create table model_runs (
    tenant_id text not null,
    run_id uuid not null,
    -- 'forecast': advance the model to the latest data, and forecast from there.
    -- 'hindcast': replay history, and forecast at each moment of it.
    kind text not null,
    cause text not null,
    requested_at timestamptz not null,
    requested_by text not null,
    -- The day up to which it may know what was reported. Null: the latest when it starts.
    as_of date,
    status text not null default 'queued',
    attempts smallint not null default 0,
    -- Hundredths of the work.
    progress smallint not null default 0,
    started_at timestamptz,
    finished_at timestamptz,
    -- When it is tried again, after a failure.
    retry_at timestamptz,
    -- What went wrong, in words for people.
    problem text,
    settings_version integer,
    locations integer,
    duration_ms integer,
    cpu_ms integer,
    cost_units numeric(18, 6),
    -- The model's state that it left.
    state_id uuid,
    constraint model_runs_pkey primary key (tenant_id, run_id),
    constraint model_runs_tenant foreign key (tenant_id) references tenants,
    constraint model_runs_state foreign key (tenant_id, state_id) references model_states,
    constraint model_run_kind check (kind in ('forecast', 'hindcast')),
    constraint model_run_cause check (cause in ('data', 'schedule', 'page', 'api', 'command')),
    constraint model_run_status check (status in ('queued', 'running', 'done', 'failed')),
    constraint model_run_progress check (progress between 0 and 100),
    constraint model_run_finished check ((status in ('done', 'failed')) = (finished_at is not null)),
    constraint model_run_as_of_plausible check (as_of between '1900-01-01' and '2199-12-31')
);
create index model_runs_by_time on model_runs (tenant_id, requested_at desc);
create index model_runs_waiting on model_runs (tenant_id, requested_at) where status in ('queued', 'running');

-- Forecasts of the department as a whole have the empty location.
alter table forecasts drop constraint forecasts_location;
alter table forecasts add column place text generated always as (nullif(location_id, '')) stored;
alter table forecasts add constraint forecasts_location
    foreign key (tenant_id, place) references locations (tenant_id, location_id);
-- Whose forecast was published: the twin's, or where its record does not allow that, the flat
-- line's it is compared with.
alter table forecasts add column model text not null default 'twin';
alter table forecasts add constraint forecast_model check (model in ('twin', 'baseline'));

-- What a run says of a location besides its forecasts, and why its forecast is whose it is.
create table outlooks (
    tenant_id text not null,
    state_id uuid not null,
    -- Empty: the department as a whole.
    location_id text not null,
    place text generated always as (nullif(location_id, '')) stored,
    -- The last day that was reported; forecasts are for the days after it.
    origin date not null,
    -- Whose forecast was published.
    model text not null,
    -- The probability that the second week ahead has more cases than the last one reported.
    rises double precision not null,
    -- Cases of the seven days up to the origin, as far as the model knows them.
    recent_week double precision not null,
    -- The share of infections that is taken to become a reported case.
    reporting double precision not null,
    -- The record it was judged by: moments of forecast, weighted interval score relative to
    -- the flat line's on natural and logarithmic scale, coverage of the 95 % interval. Null
    -- where there is no record yet.
    origins integer not null,
    relative_wis double precision,
    relative_log_wis double precision,
    coverage_95 double precision,
    constraint outlooks_pkey primary key (tenant_id, state_id, location_id),
    constraint outlooks_state foreign key (tenant_id, state_id) references model_states,
    constraint outlooks_location foreign key (tenant_id, place) references locations (tenant_id, location_id),
    constraint outlook_model check (model in ('twin', 'baseline')),
    constraint outlook_rises check (rises between 0 and 1)
);

-- The effective reproduction number of days that a run assimilated, as quantiles.
create table reproduction_numbers (
    tenant_id text not null,
    location_id text not null,
    place text generated always as (nullif(location_id, '')) stored,
    date date not null,
    state_id uuid not null,
    q025 double precision not null,
    q25 double precision not null,
    q50 double precision not null,
    q75 double precision not null,
    q975 double precision not null,
    constraint reproduction_numbers_pkey primary key (tenant_id, location_id, date, state_id),
    constraint reproduction_numbers_state foreign key (tenant_id, state_id) references model_states,
    constraint reproduction_numbers_location
        foreign key (tenant_id, place) references locations (tenant_id, location_id)
);

-- A forecast of the past, the flat line's of the same moment beside it, and how well both did.
create table forecast_scores (
    tenant_id text not null,
    location_id text not null,
    place text generated always as (nullif(location_id, '')) stored,
    settings_version integer not null,
    -- Whether it was made afterwards, by replaying history.
    replayed boolean not null,
    -- The last day it knew.
    origin date not null,
    -- What was forecast: the cases of a day (1), or of the seven days that end with it (7).
    days smallint not null,
    -- How many days after the origin they end.
    ahead smallint not null,
    -- The day up to which it knew what was reported.
    as_of date not null,
    -- At the 23 levels of the forecast hubs.
    twin real[] not null,
    baseline real[] not null,
    -- What happened, as far as it is known, and the scores. Null until it is.
    truth double precision,
    truth_as_of date,
    twin_wis double precision,
    twin_log_wis double precision,
    twin_pit double precision,
    baseline_wis double precision,
    baseline_log_wis double precision,
    baseline_pit double precision,
    constraint forecast_scores_pkey
        primary key (tenant_id, location_id, settings_version, replayed, origin, days, ahead),
    constraint forecast_scores_tenant foreign key (tenant_id) references tenants,
    constraint forecast_scores_location
        foreign key (tenant_id, place) references locations (tenant_id, location_id),
    constraint forecast_score_days check (days in (1, 7)),
    constraint forecast_score_ahead check (ahead between 1 and 28),
    constraint forecast_score_levels check (cardinality(twin) = 23 and cardinality(baseline) = 23),
    constraint forecast_score_whole check (
        num_nonnulls(truth, truth_as_of, twin_wis, twin_log_wis, twin_pit,
            baseline_wis, baseline_log_wis, baseline_pit) in (0, 8)
    )
);
-- What has not been scored yet.
create index forecast_scores_open on forecast_scores (tenant_id, origin) where truth is null;

call app.isolate_tenant_rows('model_settings');
call app.isolate_tenant_rows('model_runs');
call app.isolate_tenant_rows('outlooks');
call app.isolate_tenant_rows('reproduction_numbers');
call app.isolate_tenant_rows('forecast_scores');
create policy all_tenants on model_runs for select to cordon_operator using (true);
grant select, insert on model_settings to cordon_tenant;
grant select, insert on model_runs to cordon_tenant;
grant update (
    status, attempts, progress, started_at, finished_at, retry_at, problem, settings_version,
    locations, duration_ms, cpu_ms, cost_units, state_id
) on model_runs to cordon_tenant;
grant select, insert on outlooks to cordon_tenant;
grant select, insert on reproduction_numbers to cordon_tenant;
grant select, insert on forecast_scores to cordon_tenant;
grant update (
    as_of, twin, baseline, truth, truth_as_of, twin_wis, twin_log_wis, twin_pit,
    baseline_wis, baseline_log_wis, baseline_pit
) on forecast_scores to cordon_tenant;
grant select on model_runs to cordon_operator;
