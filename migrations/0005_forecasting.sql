-- What the model says.

-- The posterior ensemble of a department's transmission model, as of a day.
create table model_states (
    tenant_id text not null,
    state_id uuid not null,
    as_of date not null,
    -- 'baseline': drawn from the documented prior when the department was onboarded.
    -- 'posterior': left by a run of the filter.
    kind text not null,
    members integer not null,
    -- The state variables of a member, in order; `ensemble` is member after member.
    variables text[] not null,
    ensemble double precision[] not null,
    -- The prior or configuration it came from, and the seed, so that it can be drawn again.
    parameters jsonb not null,
    created_at timestamptz not null,
    constraint model_states_pkey primary key (tenant_id, state_id),
    constraint model_states_tenant foreign key (tenant_id) references tenants,
    constraint model_state_kind check (kind in ('baseline', 'posterior')),
    constraint model_state_ensemble_is_whole check (
        members > 1 and cardinality(ensemble) = members * cardinality(variables)
    )
);
create index model_states_latest on model_states (tenant_id, as_of desc);

-- A quantile of new cases on a day, as forecast on an earlier day from a model state.
create table forecasts (
    tenant_id text not null,
    state_id uuid not null,
    location_id text not null,
    target_date date not null,
    quantile numeric(4, 3) not null,
    new_cases double precision not null,
    issued_at timestamptz not null,
    constraint forecasts_pkey primary key (tenant_id, state_id, location_id, target_date, quantile),
    constraint forecasts_state foreign key (tenant_id, state_id) references model_states,
    constraint forecasts_location foreign key (tenant_id, location_id) references locations,
    constraint forecast_quantile check (quantile > 0 and quantile < 1),
    constraint forecast_not_negative check (new_cases >= 0)
);

call app.isolate_tenant_rows('model_states');
call app.isolate_tenant_rows('forecasts');
-- Onboarding writes the baseline and can read no ensemble back, not even that one.
create policy baseline on model_states for insert to cordon_registrar with check (kind = 'baseline');
grant insert on model_states to cordon_registrar;
grant select, insert on model_states to cordon_tenant;
grant select, insert on forecasts to cordon_tenant;
