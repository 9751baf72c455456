-- Who lets whom in, and who shuts whom out: leads their own department's people, administrators the
-- platform's staff.

-- A hat for administering staff: accounts of administrators and onboarding staff, and nobody else's.
do $$
begin
    create role cordon_steward login;
exception
    when duplicate_object or unique_violation then null;
end
$$;
grant usage on schema public, app to cordon_steward;

-- A lead lets colleagues in and shuts them out. Whoever was removed keeps their row, so that they
-- can be let in again, and nothing that they did loses its author.
alter table memberships
    add column lead boolean not null default false,
    add column removed_at timestamptz;
alter table memberships no force row level security;
-- Whoever was first in a department leads it.
update memberships m set lead = true
from (
    select distinct on (tenant_id) tenant_id, user_id
    from memberships
    order by tenant_id, created_at, user_id
) first
where m.tenant_id = first.tenant_id and m.user_id = first.user_id;
alter table memberships force row level security;
alter table memberships alter column lead drop default;

alter table invitations
    add column role text not null default 'epidemiologist',
    add column invited_by text not null default 'not recorded',
    add column revoked_at timestamptz,
    add constraint invitation_role check (role in ('lead', 'epidemiologist'));
alter table invitations no force row level security;
alter table memberships no force row level security;
-- Where nobody is in yet, whoever was invited will lead.
update invitations i set role = 'lead'
where not exists (select from memberships m where m.tenant_id = i.tenant_id);
alter table invitations force row level security;
alter table memberships force row level security;
alter table invitations
    alter column role drop default,
    alter column invited_by drop default;

-- The same for staff, who belong to no department.
create table staff_invitations (
    invitation_id uuid not null,
    email text not null,
    role text not null,
    token_hash bytea not null,
    invited_by text not null,
    created_at timestamptz not null,
    expires_at timestamptz not null,
    accepted_at timestamptz,
    accepted_by uuid,
    revoked_at timestamptz,
    constraint staff_invitations_pkey primary key (invitation_id),
    constraint staff_invitation_email_lower_case check (email = lower(email) and char_length(email) between 3 and 254),
    constraint staff_invitation_role check (role in ('admin', 'onboarding')),
    constraint staff_invitation_token_is_sha256 check (octet_length(token_hash) = 32),
    constraint staff_invitation_accepted_whole check ((accepted_at is null) = (accepted_by is null))
);
create index staff_invitations_by_token on staff_invitations using hash (token_hash);
alter table staff_invitations enable row level security;
alter table staff_invitations force row level security;
create policy accept_invitation on staff_invitations to cordon_gate using (true) with check (true);
create policy staff on staff_invitations to cordon_steward using (true) with check (true);
grant select on staff_invitations to cordon_gate;
grant update (accepted_at, accepted_by) on staff_invitations to cordon_gate;
grant insert on staff_invitations to cordon_steward;
grant select (invitation_id, email, role, invited_by, created_at, expires_at, accepted_at, revoked_at)
    on staff_invitations to cordon_steward;
grant update (revoked_at) on staff_invitations to cordon_steward;

-- The gate makes staff of whoever accepted an invitation to be, and a lead likewise.
drop policy accept_invitation on users;
create policy accept_invitation on users for insert to cordon_gate with check (
    role = 'epidemiologist'
    or exists (
        select
        from staff_invitations s
        where s.accepted_by = users.user_id and s.role = users.role and s.email = users.email
    )
);
drop policy accept_invitation on memberships;
create policy accept_invitation on memberships for insert to cordon_gate with check (
    removed_at is null
    and exists (
        select
        from invitations i
        where i.tenant_id = memberships.tenant_id
            and i.accepted_by = memberships.user_id
            and (i.role = 'lead') = memberships.lead
    )
);

-- A department's people and invitations are rows of it like any other.
call app.isolate_tenant_rows('memberships');
call app.isolate_tenant_rows('invitations');
grant select on memberships to cordon_tenant;
grant update (lead, removed_at) on memberships to cordon_tenant;
grant insert on invitations to cordon_tenant;
grant select (tenant_id, invitation_id, email, role, invited_by, created_at, expires_at, accepted_at, revoked_at)
    on invitations to cordon_tenant;
grant update (revoked_at) on invitations to cordon_tenant;
grant select (role, invited_by, revoked_at) on invitations to cordon_registrar;
-- Of its people, their names; nobody else's.
create policy own_people on users for select to cordon_tenant using (
    user_id in (select m.user_id from memberships m)
);
grant select (user_id, email, name, created_at, disabled_at) on users to cordon_tenant;

-- Staff, by administrators. The others' accounts are not theirs.
create policy staff on users to cordon_steward
    using (role in ('admin', 'onboarding')) with check (role in ('admin', 'onboarding'));
grant select (user_id, email, name, role, created_at, disabled_at) on users to cordon_steward;
grant update (role, disabled_at) on users to cordon_steward;
create policy record_staff on platform_audit for insert to cordon_steward with check (true);
grant insert on platform_audit to cordon_steward;

-- Whoever is shut out, removed or given another role is signed out everywhere, in the same commit.
create function app.end_sessions() returns trigger
    language plpgsql security definer
    set search_path = pg_catalog
as $$
begin
    delete from public.sessions where user_id = new.user_id;
    return null;
end
$$;
create trigger end_sessions after update of disabled_at, role on users
    for each row when (
        old.disabled_at is distinct from new.disabled_at or old.role is distinct from new.role
    )
    execute function app.end_sessions();
create trigger end_sessions after update of removed_at, lead on memberships
    for each row when (
        old.removed_at is distinct from new.removed_at or old.lead is distinct from new.lead
    )
    execute function app.end_sessions();
do $$
begin
    execute format('create policy end_sessions on sessions to %I using (true) with check (true)', current_user);
end
$$;

-- A department that has a lead keeps one, and so does the platform an administrator. Whoever changes
-- them holds all of them first, in one order, so that two cannot each be the last that goes.
create function app.keep_a_lead() returns trigger
    language plpgsql
    set search_path = pg_catalog
as $$
begin
    if not exists (
        select from public.memberships m
        where m.tenant_id = new.tenant_id and m.lead and m.removed_at is null
    ) then
        raise exception 'the last lead' using errcode = '23514', constraint = 'department_keeps_a_lead';
    end if;
    return null;
end
$$;
create trigger keep_a_lead after update of removed_at, lead on memberships
    for each row when (
        old.lead and old.removed_at is null and not (new.lead and new.removed_at is null)
    )
    execute function app.keep_a_lead();

create function app.keep_an_admin() returns trigger
    language plpgsql
    set search_path = pg_catalog
as $$
begin
    if not exists (select from public.users u where u.role = 'admin' and u.disabled_at is null) then
        raise exception 'the last administrator' using errcode = '23514', constraint = 'platform_keeps_an_admin';
    end if;
    return null;
end
$$;
create trigger keep_an_admin after update of disabled_at, role on users
    for each row when (
        old.role = 'admin' and old.disabled_at is null
        and not (new.role = 'admin' and new.disabled_at is null)
    )
    execute function app.keep_an_admin();

revoke execute on all functions in schema app from public;
