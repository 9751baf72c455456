-- What a key may do, which key it took the place of, and a department's own hand on its keys.

alter table api_keys
    -- Keys issued so far could only read.
    add column scopes text[] not null default '{read}',
    -- The key that was rotated into this one. The old one ends by its `expires_at`.
    add column replaces uuid;
-- From here on, whoever issues a key says what it may do.
alter table api_keys alter column scopes drop default;
alter table api_keys
    add constraint api_key_scopes check (
        scopes <@ array['read', 'write', 'run'] and cardinality(scopes) between 1 and 3
    ),
    add constraint api_keys_replaces foreign key (tenant_id, replaces) references api_keys;

-- The gate says what an opened key may do, and by what name the audit knows it.
grant select (prefix, scopes) on api_keys to cordon_gate;

-- What is revoked stays revoked, whoever tries: no hat that writes keys reaches the row again.
create policy unrevoked on api_keys as restrictive for update to cordon_tenant, cordon_registrar
    using (revoked_at is null) with check (true);

-- Whoever onboards rotates a key by letting the old one expire.
grant select (scopes, replaces) on api_keys to cordon_registrar;
grant update (expires_at) on api_keys to cordon_registrar;

grant select (scopes, replaces) on api_keys to cordon_operator;

-- A department's people issue, rotate and revoke their own department's keys. They write a
-- hash and cannot read one: only the gate can.
call app.isolate_tenant_rows('api_keys');
grant select (
    tenant_id, key_id, name, prefix, scopes, replaces, created_at, expires_at, revoked_at, last_used_at
) on api_keys to cordon_tenant;
grant insert on api_keys to cordon_tenant;
grant update (expires_at, revoked_at) on api_keys to cordon_tenant;
