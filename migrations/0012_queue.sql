-- The queue of the model's runs. What is to be run is a row of `model_runs`; that a department
-- is due for a turn is a job of the queue, which lives in a schema of its own (`queue`, made and
-- migrated by its library) and knows of a department nothing but its id.

-- A fifth hat: it hands out turns, and reads no department's rows.
do $$
begin
    create role cordon_queue login;
exception
    when duplicate_object or unique_violation then null;
end
$$;

-- Their tables' names it may know, and no more.
grant usage on schema public, app to cordon_queue;

-- Puts the bound department in line for a turn, at the earliest at `not_before`. A department
-- that waits already keeps its place; one whose turn it is just now gets another one after it.
-- The queue has one lane for each department, so it never has two turns at once.
create function app.queue_turn(not_before timestamptz default null) returns void
    language plpgsql security definer
    set search_path = pg_catalog
as $$
declare
    tenant constant text := app.require_tenant();
begin
    perform queue.add_job(
        'turn', json_build_object('tenant', tenant), queue_name := tenant, run_at := not_before,
        job_key := tenant, job_key_mode := 'preserve_run_at'
    );
end
$$;
revoke execute on function app.queue_turn(timestamptz) from public;
grant execute on function app.queue_turn(timestamptz) to cordon_tenant;

-- Opens the queue's tables to its hat. Called whenever the schema was brought up to date, since
-- the library may have added tables.
create procedure app.open_queue()
    language plpgsql
    set search_path = pg_catalog
as $$
declare
    relation regclass;
begin
    grant usage on schema queue to cordon_queue;
    grant execute on all functions in schema queue to cordon_queue;
    for relation in
        select c.oid from pg_class c
        where c.relnamespace = 'queue'::regnamespace and c.relkind = 'r'
    loop
        if relation = 'queue.migrations'::regclass then
            execute format('grant select on %s to cordon_queue', relation);
        else
            execute format('grant select, insert, update, delete on %s to cordon_queue', relation);
            execute format('alter table %s enable row level security', relation);
            execute format('drop policy if exists worker on %s', relation);
            execute format('create policy worker on %s to cordon_queue using (true) with check (true)', relation);
        end if;
    end loop;
end
$$;
revoke execute on procedure app.open_queue() from public;
