-- What was observed: new cases by place and day, each as it was known when.

-- A place a department reports for: a county, a health region, a clinic's catchment.
create table locations (
    tenant_id text not null,
    location_id text not null,
    name text not null,
    -- Residents, the denominator of rates per 100,000. Unknown until imported.
    population integer,
    constraint locations_pkey primary key (tenant_id, location_id),
    constraint locations_tenant foreign key (tenant_id) references tenants,
    constraint location_id_form check (char_length(location_id) between 1 and 64 and location_id !~ '[[:cntrl:]]'),
    constraint location_name_length check (char_length(name) between 1 and 200 and name !~ '[[:cntrl:]]'),
    constraint location_population_positive check (population > 0)
);

-- New cases reported for a location and a day. A day without a row was not reported,
-- which is not a zero.
--
-- A later report of the same day does not overwrite the earlier one. The row known from
-- `as_of` stands until `superseded_on`, the `as_of` of the next; the current one has
-- 'infinity' there. What was known on a day D is the row with
-- `as_of <= D and superseded_on > D`.
create table observations (
    tenant_id text not null,
    location_id text not null,
    date date not null,
    as_of date not null,
    -- Incidence, a flow. Negative only as a declared correction of days before.
    new_cases integer not null,
    kind text not null default 'count',
    superseded_on date not null default 'infinity',
    constraint observations_pkey primary key (tenant_id, location_id, date, as_of),
    constraint observations_location foreign key (tenant_id, location_id) references locations,
    constraint observation_kind check (kind in ('count', 'correction')),
    constraint observation_not_negative check (new_cases >= 0 or kind = 'correction'),
    constraint observation_date_plausible check (date between '1900-01-01' and '2199-12-31'),
    constraint observation_superseded_later check (superseded_on > as_of)
);
-- The current values of a department by day: what every chart reads.
create index observations_current on observations (tenant_id, date)
    include (location_id, new_cases, kind)
    where superseded_on = 'infinity';

call app.isolate_tenant_rows('locations');
call app.isolate_tenant_rows('observations');
create policy all_tenants on locations for select to cordon_operator using (true);
create policy all_tenants on observations for select to cordon_operator using (true);
grant select, insert on locations to cordon_tenant;
grant update (name, population) on locations to cordon_tenant;
grant select, insert on observations to cordon_tenant;
grant update (new_cases, kind, superseded_on) on observations to cordon_tenant;
grant select on locations to cordon_operator;
grant select on observations to cordon_operator;
