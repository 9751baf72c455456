-- Who may speak to this database, and for whom.
--
-- Cordon serves every health department from the same tables. Each connection wears one
-- hat: a login role with the rights of one kind of work and no other. None is superuser,
-- owner, or a member of another, and none bypasses row-level security.

-- Roles belong to the whole cluster, so a second database, or a second migration at the
-- same moment, may have made them already.
do $$
declare
    hat text;
begin
    foreach hat in array array['cordon_gate', 'cordon_tenant', 'cordon_registrar', 'cordon_operator']
    loop
        begin
            execute format('create role %I login', hat);
        exception
            when duplicate_object or unique_violation then null;
        end;
    end loop;
end
$$;

-- Nothing is granted by default, neither here nor for what later migrations create.
revoke all on schema public from public;
alter default privileges revoke execute on functions from public;

create schema app;
comment on schema app is 'How a transaction is bound to one tenant.';

grant usage on schema public, app to cordon_gate, cordon_tenant, cordon_registrar, cordon_operator;

-- The one way to bind a transaction to a tenant, and its first statement.
--
-- `set local` and not `set_config`: Citus forwards the former to its workers and not the
-- latter. A transaction once bound stays with its tenant: a second tenant is refused.
create function app.bind_tenant(tenant text) returns void
    language plpgsql
    set search_path = pg_catalog
as $$
declare
    bound constant text := nullif(current_setting('app.current_tenant', true), '');
begin
    if tenant is null or tenant !~ '^[a-z][a-z0-9_-]{1,62}$' then
        raise exception 'not a tenant id' using errcode = 'CD002';
    end if;
    if bound <> tenant then
        raise exception 'this transaction is bound to another tenant' using errcode = 'CD003';
    end if;
    execute format('set local app.current_tenant = %L', tenant);
end
$$;

-- Raises, because a query without a tenant is a fault and never an empty answer.
create function app.unbound() returns text
    language plpgsql stable parallel safe
    set search_path = pg_catalog
as $$
begin
    raise exception 'no tenant is bound to this transaction' using errcode = 'CD001';
end
$$;

-- The tenant this transaction is bound to. One expression, so that PostgreSQL can inline
-- it. After a transaction-local setting ends it reads '' rather than NULL.
create function app.require_tenant() returns text
    language sql stable parallel safe
    return coalesce(nullif(pg_catalog.current_setting('app.current_tenant', true), ''), app.unbound());

revoke execute on all functions in schema app from public;
grant execute on function app.bind_tenant(text), app.unbound(), app.require_tenant() to cordon_tenant;

-- Puts one table under isolation: its rows are visible to `cordon_tenant` for the bound
-- tenant alone, the owner included in the rule.
--
-- The scalar sub-query is evaluated once per query rather than once per row. Citus refuses
-- sub-queries in policies, and there the same expression stands bare.
create procedure app.isolate_tenant_rows(relation regclass)
    language plpgsql
    set search_path = pg_catalog
as $$
declare
    rule constant text := case
        when exists (select from pg_catalog.pg_extension where extname = 'citus')
        then 'tenant_id = app.require_tenant()'
        else 'tenant_id = (select app.require_tenant())'
    end;
begin
    execute format('alter table %s enable row level security', relation);
    execute format('alter table %s force row level security', relation);
    execute format(
        'create policy own_tenant on %s to cordon_tenant using (%s) with check (%s)',
        relation, rule, rule
    );
end
$$;
revoke execute on procedure app.isolate_tenant_rows(regclass) from public;
