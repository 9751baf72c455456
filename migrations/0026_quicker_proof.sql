-- The proof of the tenant at half the price.
--
-- It is asked for each table of each query: eight times for a page of cases. Most of what it took was
-- to read the one row of the key, each time, through the executor.

-- The two halves of the key as constants. Declared as if they never changed, so that a session reads
-- them once, when it first plans the expression below, and keeps them in that plan. They are the owner's
-- alone: no hat may call them. And no session has the plan printed, which is why the function below
-- switches that off for itself.
create function app.inner_pad() returns bytea
    language sql immutable parallel safe
    set search_path = pg_catalog, pg_temp
    as $$ select inner_pad from app.binding_key $$;
create function app.outer_pad() returns bytea
    language sql immutable parallel safe
    set search_path = pg_catalog, pg_temp
    as $$ select outer_pad from app.binding_key $$;

-- They do change when the portal is given another secret. To alter a function, even to what it is, is
-- to tell all sessions to plan again what calls it.
create function app.plan_proofs_anew() returns trigger
    language plpgsql
    set search_path = pg_catalog, pg_temp
as $$
begin
    alter function app.inner_pad() immutable;
    alter function app.outer_pad() immutable;
    return null;
end
$$;
create trigger plan_proofs_anew after insert or update or delete on app.binding_key
    for each row execute function app.plan_proofs_anew();

-- As before: the tenant this transaction is bound to. It raises where none is bound, because a query
-- without a tenant is a fault and never an empty answer; and where one is bound without the portal's
-- proof of it, `<end>.<keyed hash>`, for a transaction that began before its end, in seconds since 1970.
create or replace function app.require_tenant() returns text
    language plpgsql stable parallel safe security definer
    set search_path = pg_catalog, pg_temp
    set debug_print_plan = off
as $$
declare
    -- After a transaction-local setting ends it reads '' rather than null.
    tenant constant text := nullif(current_setting('app.current_tenant', true), '');
    proof constant text := current_setting('app.tenant_proof', true);
    until constant text := split_part(proof, '.', 1);
    made text;
begin
    if tenant is null then
        raise exception 'no tenant is bound to this transaction' using errcode = 'CD001';
    end if;
    made := until || '.' || encode(
        sha256(app.outer_pad() || sha256(app.inner_pad() || convert_to(tenant || '.' || until, 'UTF8'))), 'hex'
    );
    -- By their hashes first: how long that takes says nothing about how much of a guess was right.
    -- What is the same was made by the portal, so its end is a number.
    if hashtextextended(proof, 0) = hashtextextended(made, 0) and proof = made then
        if to_timestamp(until::double precision) > transaction_timestamp() then
            return tenant;
        end if;
    end if;
    raise exception 'the tenant of this transaction is not proved' using errcode = 'CD004';
end
$$;

-- As before, the one way to bind a transaction to a tenant, and its first statement. It takes the
-- proof and does not look at it: whatever is read or written next does.
create or replace function app.bind_tenant(tenant text, proof text) returns void
    language plpgsql security definer
    set search_path = pg_catalog, pg_temp
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
    tenant := set_config('app.current_tenant', tenant, true);
    proof := set_config('app.tenant_proof', coalesce(proof, ''), true);
end
$$;

revoke execute on function app.inner_pad(), app.outer_pad(), app.plan_proofs_anew() from public;
