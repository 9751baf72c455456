-- What was used, and what was done: rows that are added and never changed.

-- One use of the platform by a department, written in the same commit as the work itself.
create table usage_events (
    tenant_id text not null,
    event_id uuid not null,
    event_type text not null,
    occurred_at timestamptz not null,
    duration_ms integer not null,
    cost_units numeric(18, 6) not null,
    constraint usage_events_pkey primary key (tenant_id, event_id, occurred_at),
    constraint usage_events_tenant foreign key (tenant_id) references tenants,
    constraint usage_event_type check (event_type in ('api_call', 'enkf_run', 'report_gen')),
    constraint usage_event_duration check (duration_ms >= 0),
    constraint usage_event_cost check (cost_units >= 0)
);
create index usage_events_by_time on usage_events (tenant_id, occurred_at);

-- Who did what to a department, and when. The department reads its own.
create table audit (
    tenant_id text not null,
    audit_id uuid not null,
    occurred_at timestamptz not null,
    -- A person's e-mail address, an API key's prefix, or the command line.
    actor text not null,
    -- What was done, as `noun.verb`: `tenant.onboarded`, `api_key.issued`.
    action text not null,
    -- To whom or to what, in words that a reader of the audit understands.
    subject text not null,
    constraint audit_pkey primary key (tenant_id, audit_id),
    constraint audit_tenant foreign key (tenant_id) references tenants,
    constraint audit_action_form check (action ~ '^[a-z_]+\.[a-z_]+$')
);
create index audit_by_time on audit (tenant_id, occurred_at);

-- The same for what concerns no department: staff accounts, staff signing in.
create table platform_audit (
    audit_id uuid not null,
    occurred_at timestamptz not null,
    actor text not null,
    action text not null,
    subject text not null,
    constraint platform_audit_pkey primary key (audit_id),
    constraint platform_audit_action_form check (action ~ '^[a-z_]+\.[a-z_]+$')
);

call app.isolate_tenant_rows('usage_events');
create policy all_tenants on usage_events for select to cordon_operator using (true);
grant select, insert on usage_events to cordon_tenant;
grant select on usage_events to cordon_operator;

call app.isolate_tenant_rows('audit');
create policy all_tenants on audit for select to cordon_operator using (true);
create policy record on audit for insert to cordon_registrar with check (true);
create policy record_sign_in on audit for insert to cordon_gate with check (true);
grant select, insert on audit to cordon_tenant;
grant insert on audit to cordon_registrar, cordon_gate;
grant select on audit to cordon_operator;

alter table platform_audit enable row level security;
alter table platform_audit force row level security;
create policy record on platform_audit for insert to cordon_registrar, cordon_gate with check (true);
create policy read on platform_audit for select to cordon_operator using (true);
grant insert on platform_audit to cordon_registrar, cordon_gate;
grant select on platform_audit to cordon_operator;
