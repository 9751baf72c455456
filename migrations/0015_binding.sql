-- A tenant cannot be named without proof.
--
-- A setting can be set by whoever can send a statement, and so could be by a statement that
-- somebody smuggled into a department's query. So a transaction also carries a proof: a keyed
-- hash over the tenant and an end, which the portal makes and no hat can, since none can read
-- the key. What is smuggled in finds the proof of its own department and no other.

-- The key, ready for HMAC-SHA-256 (RFC 2104): xored with the inner and the outer pad.
create table app.binding_key (
    only_one boolean not null default true,
    inner_pad bytea not null,
    outer_pad bytea not null,
    constraint binding_key_pkey primary key (only_one),
    constraint binding_key_is_one check (only_one),
    constraint binding_key_is_of_sha256 check (octet_length(inner_pad) = 64 and octet_length(outer_pad) = 64)
);
comment on table app.binding_key is 'With what the portal proves that it chose a tenant. No hat reads it.';

-- The tenant this transaction is bound to. It raises where none is bound, because a query without
-- a tenant is a fault and never an empty answer; and where one is bound without the portal's proof
-- of it, `<end>.<keyed hash>`, for a transaction that began before its end, in seconds since 1970.
-- It is called for each table of each query, so it is one function that reads one row.
create or replace function app.require_tenant() returns text
    language plpgsql stable parallel safe security definer
    set search_path = pg_catalog
as $$
declare
    -- After a transaction-local setting ends it reads '' rather than null.
    tenant constant text := nullif(current_setting('app.current_tenant', true), '');
    proof constant text := current_setting('app.tenant_proof', true);
    until constant text := split_part(proof, '.', 1);
    key app.binding_key;
    made text;
begin
    if tenant is null then
        raise exception 'no tenant is bound to this transaction' using errcode = 'CD001';
    end if;
    select * into key from app.binding_key;
    made := until || '.' || encode(
        sha256(key.outer_pad || sha256(key.inner_pad || convert_to(tenant || '.' || until, 'UTF8'))), 'hex'
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
drop function app.unbound();

-- The one way to bind a transaction to a tenant, and its first statement.
drop function app.bind_tenant(text);
create function app.bind_tenant(tenant text, proof text) returns void
    language plpgsql security definer
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
    execute format('set local app.tenant_proof = %L', coalesce(proof, ''));
    perform app.require_tenant();
end
$$;

revoke execute on all functions in schema app from public;
grant execute on function app.bind_tenant(text, text) to cordon_tenant;
