-- Figures that leave a department: weekly counts for whoever has the link.

-- What was released, as it was released. Small numbers, and what would give them away, were taken
-- out before it was stored, so nobody can ask this row for more than it shows.
create table releases (
    tenant_id text not null,
    release_id uuid not null,
    -- Of the link; the link itself is shown once.
    token_hash bytea not null,
    figures jsonb not null,
    released_at timestamptz not null,
    released_by text not null,
    expires_at timestamptz not null,
    withdrawn_at timestamptz,
    withdrawn_by text,
    constraint releases_pkey primary key (tenant_id, release_id),
    constraint releases_tenant foreign key (tenant_id) references tenants,
    constraint release_token_is_sha256 check (octet_length(token_hash) = 32),
    constraint release_size check (pg_column_size(figures) < 4194304),
    constraint release_withdrawn_whole check ((withdrawn_at is null) = (withdrawn_by is null))
);
create index releases_by_token on releases using hash (token_hash);

call app.isolate_tenant_rows('releases');
grant select (tenant_id, release_id, figures, released_at, released_by, expires_at, withdrawn_at, withdrawn_by)
    on releases to cordon_tenant;
grant insert on releases to cordon_tenant;
grant update (withdrawn_at, withdrawn_by) on releases to cordon_tenant;
-- What is withdrawn stays withdrawn: whoever had the link may rely on it.
create policy not_withdrawn on releases as restrictive for update to cordon_tenant
    using (withdrawn_at is null) with check (true);

-- The gate finds whose release a link opens, and reads no figure.
create policy by_link on releases for select to cordon_gate using (true);
grant select (tenant_id, release_id, token_hash, expires_at, withdrawn_at) on releases to cordon_gate;
