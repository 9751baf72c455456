-- What was used is written once and found fast: events by month, a ledger of what has been billed,
-- and counts by day.

-- A hat that writes down what departments used, for many requests at once, and reads none of it.
do $$
begin
    create role cordon_meter login;
exception
    when duplicate_object or unique_violation then null;
end
$$;
grant usage on schema public, app to cordon_meter;

-- The events so far step aside until there is a table by months to take them.
alter table usage_events rename to usage_events_before;
alter table usage_events_before rename constraint usage_events_pkey to usage_events_before_pkey;
drop index usage_events_by_time;

-- One use of the platform by a department.
--
-- Nobody changes or deletes one. That there is such a department the ledger below makes sure of, once
-- for many events. A month is a partition, or, where the extension timescaledb is
-- there, a chunk: the rights of both are the parent's alone.
do $$
declare
    -- Only a superuser may install what puts a chunk under row-level security.
    chunked constant boolean := exists (select from pg_extension where extname = 'timescaledb')
        and (select rolsuper from pg_roles where rolname = current_user);
begin
    execute $table$
        create table usage_events (
            tenant_id text not null,
            event_id uuid not null,
            event_type text not null,
            -- `done`; `refused`, because it could not be granted as it was asked; `failed`, by
            -- our fault.
            outcome text not null,
            -- With which key, if with one.
            key_id uuid,
            occurred_at timestamptz not null,
            -- From the first byte of the request to the first of its answer, and how much of it
            -- in the database.
            duration_ms integer not null,
            database_ms integer not null,
            cost_units numeric(18, 6) not null,
            constraint usage_events_pkey primary key (tenant_id, event_id, occurred_at),
            constraint usage_event_type check (
                event_type in ('api_call', 'enkf_run', 'report_gen', 'data_stored')
            ),
            constraint usage_event_outcome check (outcome in ('done', 'refused', 'failed')),
            constraint usage_event_duration check (duration_ms >= 0 and database_ms >= 0),
            constraint usage_event_cost check (cost_units >= 0)
        )
    $table$ || case when chunked then '' else 'partition by range (occurred_at)' end;
    if chunked then
        -- A chunk carries the rights of its table and none of its policies, in a schema open to
        -- everybody. Under row-level security of its own, which no policy opens, it is read and
        -- written through its table alone. That new chunks get there takes this setting, which
        -- must be on wherever one is made.
        execute format('alter database %I set timescaledb.enable_event_triggers = on', current_database());
        set timescaledb.enable_event_triggers = on;
        execute $function$
            create function app.isolate_chunk() returns event_trigger
                language plpgsql
                set search_path = pg_catalog
            as $body$
            declare
                created record;
            begin
                for created in
                    select object_identity
                    from pg_event_trigger_ddl_commands()
                    where object_type = 'table' and schema_name = '_timescaledb_internal'
                loop
                    execute format('alter table %s enable row level security', created.object_identity);
                    execute format('alter table %s force row level security', created.object_identity);
                end loop;
            end
            $body$
        $function$;
        create event trigger isolate_chunks on ddl_command_end when tag in ('CREATE TABLE')
            execute function app.isolate_chunk();
        -- Called by name where the extension was put, which is its owner's choice.
        execute format(
            $call$select %s.create_hypertable('usage_events', 'occurred_at',
                chunk_time_interval => interval '1 month', create_default_indexes => false)$call$,
            (select extnamespace::regnamespace from pg_extension where extname = 'timescaledb')
        );
    else
        create table usage_events_rest partition of usage_events default;
        comment on table usage_events_rest is
            'Events of a month that nobody prepared: none is lost, and they move when it is.';
        alter table usage_events_rest enable row level security;
        alter table usage_events_rest force row level security;
    end if;
end
$$;

-- Makes the partitions of the months from one day's to another's that are not there yet. Nobody
-- has a right on a partition, so that all reading goes through the parent's policies; and they are
-- under row-level security themselves, which nobody's policy opens.
create function app.prepare_usage_months(first date, last date) returns void
    language plpgsql security definer
    set search_path = pg_catalog
as $$
declare
    month timestamptz;
    following timestamptz;
    partition text;
    waiting bigint;
begin
    if (select relkind from pg_class where oid = 'public.usage_events'::regclass) <> 'p' then
        return;
    end if;
    if last - first > 366 * 20 then
        raise exception 'at most twenty years are prepared at once' using errcode = 'CD004';
    end if;
    perform pg_advisory_xact_lock(hashtextextended('cordon usage months', 0));
    for month in
        select start at time zone 'UTC'
        from generate_series(date_trunc('month', first::timestamp), last::timestamp, interval '1 month') start
    loop
        partition := 'usage_events_' || to_char(month at time zone 'UTC', 'YYYY_MM');
        continue when to_regclass('public.' || partition) is not null;
        following := (month at time zone 'UTC' + interval '1 month') at time zone 'UTC';
        execute format('create table public.%I (like public.usage_events including all)', partition);
        execute format('alter table public.%I enable row level security', partition);
        -- Of events that arrived before their month was prepared, as the owner, who is under
        -- row-level security too.
        alter table public.usage_events_rest no force row level security;
        select count(*) into waiting
        from public.usage_events_rest
        where occurred_at >= month and occurred_at < following;
        if waiting > 0 then
            execute format(
                'with moved as (
                    delete from public.usage_events_rest where occurred_at >= $1 and occurred_at < $2 returning *
                )
                insert into public.%I select * from moved', partition
            ) using month, following;
        end if;
        alter table public.usage_events_rest force row level security;
        execute format('alter table public.%I force row level security', partition);
        execute format(
            'alter table public.usage_events attach partition public.%I for values from (%L) to (%L)',
            partition, month, following
        );
    end loop;
end
$$;
revoke execute on function app.prepare_usage_months(date, date) from public;
grant execute on function app.prepare_usage_months(date, date) to cordon_meter;

-- What has been billed already, by a name that stays the same however often it is tried: a run's
-- id, a day's storage. A retry finds its name here and is not billed again, whatever the time.
create table usage_keys (
    tenant_id text not null,
    key text not null,
    recorded_at timestamptz not null,
    constraint usage_keys_pkey primary key (tenant_id, key),
    constraint usage_keys_tenant foreign key (tenant_id) references tenants,
    constraint usage_key_length check (char_length(key) between 1 and 300)
);
-- Rows come in the order of time, and are looked for by it once they are old.
create index usage_keys_by_time on usage_keys using brin (recorded_at);

-- How much was used on each day, counted in the commit that writes the event, so that a page that
-- asks for a month reads a few rows however many events there are. The events are the truth: a
-- statement is made from them.
--
-- Requests and work count in rows of their own (`counted_by`), so that requests, which are counted
-- many at once, never wait for a department's work to commit.
create table usage_days (
    tenant_id text not null,
    -- As UTC counts it.
    date date not null,
    -- That of the event; or `page_view`, which is measured to attribute cost and never billed.
    event_type text not null,
    outcome text not null,
    -- Zeros where there was no key.
    key_id uuid not null,
    counted_by text not null,
    events bigint not null,
    duration_ms bigint not null,
    database_ms bigint not null,
    cost_units numeric(24, 6) not null,
    constraint usage_days_pkey primary key (tenant_id, date, event_type, outcome, key_id, counted_by),
    constraint usage_days_tenant foreign key (tenant_id) references tenants,
    constraint usage_day_type check (
        event_type in ('api_call', 'enkf_run', 'report_gen', 'data_stored', 'page_view')
    ),
    constraint usage_day_counted_by check (counted_by in ('work', 'requests')),
    constraint usage_day_counts check (
        events >= 0 and duration_ms >= 0 and database_ms >= 0 and cost_units >= 0
    )
)
-- Rows are updated in place, again and again.
with (fillfactor = 70);

-- The events so far. The owner is under row-level security itself.
alter table usage_events_before no force row level security;
select app.prepare_usage_months(
    (min(occurred_at) at time zone 'UTC')::date, (max(occurred_at) at time zone 'UTC')::date
)
from usage_events_before
having count(*) > 0;
insert into usage_events
select tenant_id, event_id, event_type, 'done', null, occurred_at, duration_ms, 0, cost_units
from usage_events_before;
insert into usage_days
select tenant_id, (occurred_at at time zone 'UTC')::date, event_type, 'done',
    '00000000-0000-0000-0000-000000000000', 'work', count(*), sum(duration_ms), 0, sum(cost_units)
from usage_events_before
group by 1, 2, 3;
drop table usage_events_before;

call app.isolate_tenant_rows('usage_events');
call app.isolate_tenant_rows('usage_keys');
call app.isolate_tenant_rows('usage_days');

create policy record on usage_events for insert to cordon_meter with check (true);
create policy all_tenants on usage_events for select to cordon_operator using (true);
grant select, insert on usage_events to cordon_tenant;
grant insert on usage_events to cordon_meter;
grant select on usage_events to cordon_operator;

create policy record on usage_keys for insert to cordon_meter with check (true);
create policy recorded on usage_keys for select to cordon_meter using (true);
-- Nobody tries again after so long.
create policy forget on usage_keys for delete to cordon_meter using (recorded_at < now() - interval '60 days');
grant select, insert on usage_keys to cordon_tenant;
grant select, insert, delete on usage_keys to cordon_meter;

create policy count on usage_days to cordon_meter
    using (counted_by = 'requests') with check (counted_by = 'requests');
create policy own_work on usage_days as restrictive for insert to cordon_tenant
    with check (counted_by = 'work');
create policy own_work_again on usage_days as restrictive for update to cordon_tenant
    using (counted_by = 'work') with check (counted_by = 'work');
create policy all_tenants on usage_days for select to cordon_operator using (true);
grant select, insert, update (events, duration_ms, database_ms, cost_units) on usage_days to cordon_tenant;
grant select, insert, update (events, duration_ms, database_ms, cost_units) on usage_days to cordon_meter;
grant select on usage_days to cordon_operator;
