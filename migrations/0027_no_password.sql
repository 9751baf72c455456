-- Whoever joined at their department's provider has no password here, rather than one that nobody
-- knows: pages can say so, and do not ask for it.
alter table users
    alter column password_hash drop not null,
    add constraint user_password check (password_hash is not null or role = 'epidemiologist');
comment on column users.password_hash is 'Argon2id; null for whoever signs on at their department''s provider alone.';
