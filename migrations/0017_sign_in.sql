-- How people prove who they are, and where they are signed in.

-- A session knows when its person last proved who they are, whether with a second factor, and
-- enough of where it is used for that person to recognise it.
alter table sessions
    add column session_id uuid not null default gen_random_uuid(),
    add column origin text not null default 'not recorded',
    add column browser text not null default 'not recorded',
    add column proved_at timestamptz not null default '-infinity',
    add column second_factor_at timestamptz;
alter table sessions no force row level security;
update sessions set proved_at = created_at;
alter table sessions force row level security;
alter table sessions
    alter column session_id drop default,
    alter column origin drop default,
    alter column browser drop default,
    alter column proved_at drop default;

-- The secret that a person's authenticator app shares with us (TOTP, RFC 6238), sealed with a key
-- that is not in the database, and the last step of 30 seconds whose code was taken: each is taken
-- once.
create table totp_secrets (
    user_id uuid not null,
    sealed bytea not null,
    created_at timestamptz not null,
    last_step bigint not null,
    constraint totp_secrets_pkey primary key (user_id),
    constraint totp_secrets_user foreign key (user_id) references users on delete cascade
);

-- Codes for whoever has lost their second factor, each for one time. Only hashes are stored.
create table recovery_codes (
    user_id uuid not null,
    code_hash bytea not null,
    created_at timestamptz not null,
    used_at timestamptz,
    constraint recovery_codes_pkey primary key (user_id, code_hash),
    constraint recovery_codes_user foreign key (user_id) references users on delete cascade,
    constraint recovery_code_is_sha256 check (octet_length(code_hash) = 32)
);

alter table totp_secrets enable row level security;
alter table totp_secrets force row level security;
alter table recovery_codes enable row level security;
alter table recovery_codes force row level security;
create policy sign_in on totp_secrets to cordon_gate using (true) with check (true);
create policy sign_in on recovery_codes to cordon_gate using (true) with check (true);
grant select, insert, update, delete on totp_secrets, recovery_codes to cordon_gate;

-- Whoever changes their password does so where they sign in.
create policy change_password on users for update to cordon_gate using (true) with check (true);
grant update (password_hash) on users to cordon_gate;
