-- A department's people sign on at their department's own provider (OpenID Connect).

-- Where, and who may come in by it. The client secret is sealed with a key that is not in the
-- database, for this department; its leads write it and read it never again.
create table sign_ons (
    tenant_id text not null,
    issuer text not null,
    client_id text not null,
    sealed_secret bytea not null,
    -- Of whose addresses; lower case.
    domains text[] not null,
    -- The claim that says who leads, and by which value. Without, the provider says nothing of it.
    role_claim text,
    lead_value text,
    enabled boolean not null,
    changed_at timestamptz not null,
    changed_by text not null,
    constraint sign_ons_pkey primary key (tenant_id),
    constraint sign_ons_tenant foreign key (tenant_id) references tenants,
    constraint sign_on_issuer_length check (char_length(issuer) between 1 and 300),
    constraint sign_on_client_id_length check (
        char_length(client_id) between 1 and 200 and client_id !~ '[[:cntrl:]]'
    ),
    constraint sign_on_domains check (cardinality(domains) between 1 and 20),
    constraint sign_on_role_whole check ((role_claim is null) = (lead_value is null)),
    constraint sign_on_role_length check (
        char_length(role_claim) between 1 and 200 and char_length(lead_value) between 1 and 200
    )
);

-- Whom a provider means by a subject: of this department, and by its issuer. A subject is never
-- given to another person; an e-mail address may be.
create table sign_on_links (
    tenant_id text not null,
    issuer text not null,
    subject text not null,
    user_id uuid not null,
    created_at timestamptz not null,
    constraint sign_on_links_pkey primary key (tenant_id, issuer, subject),
    constraint sign_on_links_one_each unique (tenant_id, issuer, user_id),
    -- When it commits: whoever joins by a link is not in the department before the link is there.
    constraint sign_on_links_member foreign key (tenant_id, user_id) references memberships
        deferrable initially deferred,
    constraint sign_on_subject_length check (char_length(subject) between 1 and 255)
);

-- Somebody has been sent to their provider and is awaited, in that browser and once. Both are
-- hashes: what the provider brings back, and what the browser keeps.
create table sign_on_starts (
    tenant_id text not null,
    state_hash bytea not null,
    browser_hash bytea not null,
    -- Where they wanted to go.
    next text not null,
    -- Whether they were signed in already and prove again who they are.
    again boolean not null,
    began_at timestamptz not null,
    used_at timestamptz,
    constraint sign_on_starts_pkey primary key (tenant_id, state_hash),
    constraint sign_on_starts_tenant foreign key (tenant_id) references tenants,
    constraint sign_on_start_is_of_sha256 check (
        octet_length(state_hash) = 32 and octet_length(browser_hash) = 32
    ),
    constraint sign_on_start_next_length check (char_length(next) <= 2000)
);
create index sign_on_starts_by_time on sign_on_starts (began_at);

call app.isolate_tenant_rows('sign_ons');
call app.isolate_tenant_rows('sign_on_links');
call app.isolate_tenant_rows('sign_on_starts');

grant select (tenant_id, issuer, client_id, domains, role_claim, lead_value, enabled, changed_at, changed_by)
    on sign_ons to cordon_tenant;
grant insert on sign_ons to cordon_tenant;
grant update (
    issuer, client_id, sealed_secret, domains, role_claim, lead_value, enabled, changed_at, changed_by
) on sign_ons to cordon_tenant;
-- With another provider nobody is known by the subjects of the one before.
grant select (tenant_id), delete on sign_on_links to cordon_tenant;

create policy sign_in on sign_ons for select to cordon_gate using (true);
grant select (tenant_id, issuer, client_id, sealed_secret, domains, role_claim, lead_value, enabled)
    on sign_ons to cordon_gate;
create policy sign_in on sign_on_links for select to cordon_gate using (true);
create policy link on sign_on_links for insert to cordon_gate with check (true);
grant select, insert on sign_on_links to cordon_gate;
create policy sign_in on sign_on_starts for select to cordon_gate using (true);
create policy begin on sign_on_starts for insert to cordon_gate with check (true);
-- Once.
create policy take on sign_on_starts for update to cordon_gate
    using (used_at is null) with check (used_at is not null);
create policy forget on sign_on_starts for delete to cordon_gate
    using (began_at < now() - interval '1 hour');
grant select, insert, delete on sign_on_starts to cordon_gate;
grant update (used_at) on sign_on_starts to cordon_gate;

-- Besides by an invitation, the gate lets somebody into a department whose sign-on is on, by a link
-- to its issuer: an epidemiologist who belongs to no department and never did.
create policy join_by_sign_on on memberships for insert to cordon_gate with check (
    removed_at is null
    and exists (
        select
        from sign_ons s
        join sign_on_links l on l.tenant_id = s.tenant_id and l.issuer = s.issuer
        where s.tenant_id = memberships.tenant_id
            and l.user_id = memberships.user_id
            and s.enabled
            and (s.role_claim is not null or not memberships.lead)
    )
    and exists (
        select from users u where u.user_id = memberships.user_id and u.role = 'epidemiologist'
    )
    and not exists (select from memberships m where m.user_id = memberships.user_id)
);
