-- Passkeys (WebAuthn, https://www.w3.org/TR/webauthn-3/): what a person's device or security key
-- signs with. Here are public keys alone, so that a copy of this table opens nothing.
create table passkeys (
    user_id uuid not null,
    -- Its name on pages; it opens nothing.
    passkey_id uuid not null,
    -- Of the id that the authenticator gave it.
    credential_hash bytea not null,
    -- The public key, and how often it was used where the authenticator counts.
    credential jsonb not null,
    name text not null,
    created_at timestamptz not null,
    last_used_at timestamptz,
    constraint passkeys_pkey primary key (user_id, passkey_id),
    constraint passkeys_user foreign key (user_id) references users on delete cascade,
    -- Whoever copies the public key of somebody else does not become them.
    constraint passkeys_once unique (credential_hash),
    constraint passkey_credential_is_sha256 check (octet_length(credential_hash) = 32),
    constraint passkey_name_length check (char_length(name) between 1 and 100 and name !~ '[[:cntrl:]]')
);

-- Challenges that were answered, each once, until they would have ended anyhow. One that is asked
-- and never answered is nowhere: it is in the page that asks, sealed.
create table answered_challenges (
    challenge_hash bytea not null,
    ends_at timestamptz not null,
    constraint answered_challenges_pkey primary key (challenge_hash),
    constraint answered_challenge_is_sha256 check (octet_length(challenge_hash) = 32)
);
create index answered_challenges_by_end on answered_challenges (ends_at);

alter table passkeys enable row level security;
alter table passkeys force row level security;
alter table answered_challenges enable row level security;
alter table answered_challenges force row level security;
create policy sign_in on passkeys to cordon_gate using (true) with check (true);
create policy sign_in on answered_challenges to cordon_gate using (true) with check (true);
grant select, insert, update, delete on passkeys to cordon_gate;
grant select, insert, delete on answered_challenges to cordon_gate;
