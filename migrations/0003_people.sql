-- The people who sign in, how they were let in, and where they are signed in now.

-- A person. What they may do follows from `role`; an epidemiologist's department is in
-- `memberships`. No tenant reads this table.
create table users (
    user_id uuid not null,
    email text not null,
    name text not null,
    -- argon2id, in PHC string form.
    password_hash text not null,
    role text not null,
    created_at timestamptz not null,
    -- Set when the person is shut out: sessions end with it.
    disabled_at timestamptz,
    constraint users_pkey primary key (user_id),
    constraint users_email_taken unique (email),
    constraint user_email_lower_case check (email = lower(email) and char_length(email) between 3 and 254),
    constraint user_name_length check (char_length(name) between 1 and 200),
    constraint user_role check (role in ('admin', 'onboarding', 'epidemiologist'))
);

-- An epidemiologist belongs to a department.
create table memberships (
    tenant_id text not null,
    user_id uuid not null,
    created_at timestamptz not null,
    constraint memberships_pkey primary key (tenant_id, user_id),
    constraint memberships_tenant foreign key (tenant_id) references tenants,
    constraint memberships_user foreign key (user_id) references users
);
create index memberships_by_user on memberships (user_id);

-- An invitation lets one person in, once, before it expires. Only the token's SHA-256 is
-- stored.
create table invitations (
    tenant_id text not null,
    invitation_id uuid not null,
    email text not null,
    token_hash bytea not null,
    created_at timestamptz not null,
    expires_at timestamptz not null,
    accepted_at timestamptz,
    accepted_by uuid,
    constraint invitations_pkey primary key (tenant_id, invitation_id),
    constraint invitations_tenant foreign key (tenant_id) references tenants,
    constraint invitation_email_lower_case check (email = lower(email) and char_length(email) between 3 and 254),
    constraint invitation_token_is_sha256 check (octet_length(token_hash) = 32),
    constraint invitation_accepted_whole check ((accepted_at is null) = (accepted_by is null))
);
create index invitations_by_token on invitations using hash (token_hash);

-- A signed-in browser. Its cookie holds the session id; here stands its SHA-256 alone, so
-- that a copy of this table signs nobody in.
create table sessions (
    id_hash bytea not null,
    user_id uuid not null,
    created_at timestamptz not null,
    last_seen_at timestamptz not null,
    -- The absolute end. The idle end is counted from `last_seen_at`.
    expires_at timestamptz not null,
    constraint sessions_pkey primary key (id_hash),
    constraint sessions_user foreign key (user_id) references users on delete cascade,
    constraint session_id_is_sha256 check (octet_length(id_hash) = 32)
);
create index sessions_by_user on sessions (user_id);
create index sessions_by_end on sessions (expires_at);

alter table users enable row level security;
alter table users force row level security;
alter table memberships enable row level security;
alter table memberships force row level security;
alter table invitations enable row level security;
alter table invitations force row level security;
alter table sessions enable row level security;
alter table sessions force row level security;

create policy sign_in on users for select to cordon_gate using (true);
-- Whoever arrives by the gate is an epidemiologist: it makes no staff.
create policy accept_invitation on users for insert to cordon_gate with check (role = 'epidemiologist');
create policy registry on users to cordon_registrar using (true) with check (true);
grant select on users to cordon_gate;
grant insert on users to cordon_gate;
grant insert on users to cordon_registrar;
grant select (user_id, email, name, role, created_at, disabled_at) on users to cordon_registrar;

create policy sign_in on memberships for select to cordon_gate using (true);
-- The gate adds a person to a department only by an invitation that this person accepted.
create policy accept_invitation on memberships for insert to cordon_gate with check (
    exists (
        select
        from invitations
        where invitations.tenant_id = memberships.tenant_id
            and invitations.accepted_by = memberships.user_id
    )
);
create policy registry on memberships to cordon_registrar using (true) with check (true);
grant select, insert on memberships to cordon_gate;
grant select, insert on memberships to cordon_registrar;

create policy accept_invitation on invitations to cordon_gate using (true) with check (true);
create policy registry on invitations to cordon_registrar using (true) with check (true);
grant select on invitations to cordon_gate;
grant update (accepted_at, accepted_by) on invitations to cordon_gate;
grant insert on invitations to cordon_registrar;
grant select (tenant_id, invitation_id, email, created_at, expires_at, accepted_at)
    on invitations to cordon_registrar;

create policy sign_in on sessions to cordon_gate using (true) with check (true);
grant select, insert, update, delete on sessions to cordon_gate;
