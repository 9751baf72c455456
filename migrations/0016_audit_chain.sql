-- The record of what was done is linked: each line's hash takes in the hash of the line before it,
-- a chain for each department and one for the platform. A line that is changed, taken out, put in
-- or moved breaks the chain; that its end was cut off shows against a head that was kept elsewhere.

-- From where it was done, and what came of it.
alter table audit
    add column origin text not null default 'not recorded',
    add column outcome text not null default 'done',
    add constraint audit_outcome check (outcome in ('done', 'refused'));
alter table audit alter column origin drop default, alter column outcome drop default;
alter table platform_audit
    add column origin text not null default 'not recorded',
    add column outcome text not null default 'done',
    add constraint platform_audit_outcome check (outcome in ('done', 'refused'));
alter table platform_audit alter column origin drop default, alter column outcome drop default;

-- The place of a line in its department's chain.
create table audit_links (
    tenant_id text not null,
    seq bigint not null,
    audit_id uuid not null,
    -- SHA-256 over the hash before it and all that the line says: see `app.audit_hash`.
    hash bytea not null,
    constraint audit_links_pkey primary key (tenant_id, seq),
    constraint audit_links_once unique (tenant_id, audit_id),
    constraint audit_links_line foreign key (tenant_id, audit_id) references audit,
    constraint audit_link_is_sha256 check (octet_length(hash) = 32)
);

-- The same for the platform's own chain.
create table platform_audit_links (
    seq bigint not null,
    audit_id uuid not null,
    hash bytea not null,
    constraint platform_audit_links_pkey primary key (seq),
    constraint platform_audit_links_once unique (audit_id),
    constraint platform_audit_links_line foreign key (audit_id) references platform_audit,
    constraint platform_audit_link_is_sha256 check (octet_length(hash) = 32)
);

-- How far each chain has come: the tenant's, or the platform's, which is named ''. No hat reaches
-- this table, so none can keep a department from writing.
create table app.audit_heads (
    chain text not null,
    seq bigint not null,
    hash bytea not null,
    constraint audit_heads_pkey primary key (chain)
);

-- The hash of a line: SHA-256 over the hash before it and its fields, each as its length in bytes,
-- a colon, the field and a comma (netstrings), so that nothing can move from one to the next.
create function app.audit_hash(before bytea, variadic fields text[]) returns bytea
    language sql immutable
    set search_path = pg_catalog
    return sha256(before || convert_to((
        select string_agg(octet_length(field) || ':' || field || ',', '' order by place)
        from unnest(fields) with ordinality as given (field, place)
    ), 'UTF8'));

-- Adds a line to a chain.
create function app.link(
    name text, audit_id uuid, occurred_at timestamptz, actor text, origin text, action text,
    subject text, outcome text
) returns void
    language plpgsql
    set search_path = pg_catalog
as $$
declare
    head app.audit_heads;
begin
    insert into app.audit_heads (chain, seq, hash)
    values (name, 0, sha256(convert_to(name, 'UTF8')))
    on conflict (chain) do nothing;
    select * into head from app.audit_heads h where h.chain = name for update;
    head.seq := head.seq + 1;
    head.hash := app.audit_hash(
        head.hash, head.seq::text, name, audit_id::text,
        to_char(occurred_at at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"'),
        actor, origin, action, subject, outcome
    );
    update app.audit_heads h set seq = head.seq, hash = head.hash where h.chain = name;
    if name = '' then
        insert into public.platform_audit_links values (head.seq, audit_id, head.hash);
    else
        insert into public.audit_links values (name, head.seq, audit_id, head.hash);
    end if;
end
$$;

-- Links a line when the transaction that wrote it commits: the chain is held for no longer than
-- that, and is the last thing that a transaction waits for.
create function app.link_audit() returns trigger
    language plpgsql security definer
    set search_path = pg_catalog
as $$
begin
    perform app.link(
        coalesce(to_jsonb(new) ->> 'tenant_id', ''), new.audit_id, new.occurred_at, new.actor,
        new.origin, new.action, new.subject, new.outcome
    );
    return null;
end
$$;

create constraint trigger link after insert on audit
    deferrable initially deferred for each row execute function app.link_audit();
create constraint trigger link after insert on platform_audit
    deferrable initially deferred for each row execute function app.link_audit();

-- What was recorded before there were chains begins them, in the order in which it happened.
alter table audit no force row level security;
alter table platform_audit no force row level security;
do $$
begin
    perform app.link(chain, audit_id, occurred_at, actor, origin, action, subject, outcome)
    from (
        select tenant_id as chain, audit_id, occurred_at, actor, origin, action, subject, outcome
        from audit
        union all
        select '', audit_id, occurred_at, actor, origin, action, subject, outcome
        from platform_audit
        order by 1, 3, 2
    ) recorded;
end
$$;
alter table audit force row level security;
alter table platform_audit force row level security;

-- The owner's trigger adds links; departments and administrators read them.
call app.isolate_tenant_rows('audit_links');
create policy all_tenants on audit_links for select to cordon_operator using (true);
grant select on audit_links to cordon_tenant, cordon_operator;
alter table platform_audit_links enable row level security;
alter table platform_audit_links force row level security;
create policy read on platform_audit_links for select to cordon_operator using (true);
grant select on platform_audit_links to cordon_operator;
do $$
begin
    execute format('create policy link on audit_links for insert to %I with check (true)', current_user);
    execute format('create policy link on platform_audit_links for insert to %I with check (true)', current_user);
end
$$;

revoke execute on all functions in schema app from public;
