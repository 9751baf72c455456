-- The health departments, and the keys their programs use.

-- One health department. Onboarding creates it; nothing deletes it, and its id is never
-- given to another.
create table tenants (
    tenant_id text not null,
    name text not null,
    contact_email text not null,
    -- True of the demonstration departments, so that no page passes them off as real.
    simulated boolean not null default false,
    -- The submission that created it, by which a repeated one is recognised.
    onboarding_id uuid not null,
    created_at timestamptz not null,
    constraint tenants_pkey primary key (tenant_id),
    constraint tenant_id_form check (tenant_id ~ '^[a-z][a-z0-9_-]{1,62}$'),
    constraint tenant_name_length check (char_length(name) between 1 and 200 and name !~ '[[:cntrl:]]'),
    constraint tenant_contact_length check (char_length(contact_email) between 3 and 254)
);
alter table tenants enable row level security;
alter table tenants force row level security;
create policy registry on tenants to cordon_registrar using (true) with check (true);
create policy names on tenants for select to cordon_gate using (true);
create policy all_tenants on tenants for select to cordon_operator using (true);
grant select, insert on tenants to cordon_registrar;
grant select (tenant_id, name, simulated) on tenants to cordon_gate;
grant select (tenant_id, name, simulated, created_at) on tenants to cordon_operator;

-- A key for a department's programs. The key itself is shown once and stored nowhere; what
-- is kept is its SHA-256 and enough of its beginning to tell it from the others.
create table api_keys (
    tenant_id text not null,
    key_id uuid not null,
    name text not null,
    prefix text not null,
    key_hash bytea not null,
    created_at timestamptz not null,
    expires_at timestamptz,
    revoked_at timestamptz,
    last_used_at timestamptz,
    constraint api_keys_pkey primary key (tenant_id, key_id),
    constraint api_keys_tenant foreign key (tenant_id) references tenants,
    constraint api_key_name_length check (char_length(name) between 1 and 100),
    constraint api_key_hash_is_sha256 check (octet_length(key_hash) = 32)
);
-- Not unique: a unique key that all departments share would tell one what another has.
create index api_keys_by_hash on api_keys using hash (key_hash);
alter table api_keys enable row level security;
alter table api_keys force row level security;
create policy registry on api_keys to cordon_registrar using (true) with check (true);
create policy by_hash on api_keys to cordon_gate using (true) with check (true);
create policy all_tenants on api_keys for select to cordon_operator using (true);
-- Whoever onboards issues and revokes keys, and cannot read the hash of one.
grant insert on api_keys to cordon_registrar;
grant select (tenant_id, key_id, name, prefix, created_at, expires_at, revoked_at, last_used_at)
    on api_keys to cordon_registrar;
grant update (revoked_at) on api_keys to cordon_registrar;
grant select (tenant_id, key_id, key_hash, expires_at, revoked_at, last_used_at) on api_keys to cordon_gate;
grant update (last_used_at) on api_keys to cordon_gate;
grant select (tenant_id, key_id, name, prefix, created_at, expires_at, revoked_at, last_used_at)
    on api_keys to cordon_operator;
