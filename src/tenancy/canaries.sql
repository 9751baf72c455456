-- Two departments with a row in every table, planted by the owner inside a transaction that
-- is rolled back.

-- An owner without superuser is under row-level security itself and steps into a hat only as
-- its member.
do $$
declare
    relation regclass;
begin
    if not (select rolsuper from pg_roles where rolname = current_user) then
        for relation in
            select c.oid from pg_class c join pg_namespace n on n.oid = c.relnamespace
            where n.nspname = 'public' and c.relkind in ('r', 'p') and c.relforcerowsecurity
        loop
            execute format('alter table %s no force row level security', relation);
        end loop;
        execute format(
            'grant cordon_gate, cordon_tenant, cordon_registrar, cordon_operator, cordon_meter, cordon_steward to %I', current_user
        );
    end if;
end
$$;

insert into tenants (tenant_id, name, contact_email, onboarding_id, created_at)
select canary, 'Canary', 'canary@cordon.example', gen_random_uuid(), now()
from unnest(array['cordon-canary-one', 'cordon-canary-two']) canary;

insert into users (user_id, email, name, password_hash, role, created_at)
select gen_random_uuid(), tenant_id || '@cordon.example', 'Canary', 'none', 'epidemiologist', now()
from tenants
where name = 'Canary' and tenant_id like 'cordon-canary-%';

insert into memberships (tenant_id, user_id, created_at, lead)
select tenant_id, user_id, now(), true
from tenants join users on users.email = tenants.tenant_id || '@cordon.example'
where tenant_id like 'cordon-canary-%';

insert into sign_ons (
    tenant_id, issuer, client_id, sealed_secret, domains, enabled, changed_at, changed_by
)
select tenant_id, 'https://canary.example', 'canary', 'canary', '{canary.example}', false, now(), 'canary'
from tenants
where tenant_id like 'cordon-canary-%';

insert into sign_on_links (tenant_id, issuer, subject, user_id, created_at)
select tenant_id, 'https://canary.example', 'canary', user_id, now()
from tenants join users on users.email = tenants.tenant_id || '@cordon.example'
where tenant_id like 'cordon-canary-%';

insert into sign_on_starts (tenant_id, state_hash, browser_hash, next, again, began_at)
select tenant_id, sha256('canary'), sha256('canary'), '', false, now()
from tenants
where tenant_id like 'cordon-canary-%';

insert into break_glass (tenant_id, glass_id, user_id, email, reason, began_at, ends_at)
select tenant_id, gen_random_uuid(), user_id, email, 'a canary looks', now(), now() + interval '1 minute'
from tenants join users on users.email = tenants.tenant_id || '@cordon.example'
where tenant_id like 'cordon-canary-%';

insert into api_keys (tenant_id, key_id, name, prefix, key_hash, scopes, created_at)
select tenant_id, gen_random_uuid(), 'canary', 'none', sha256(tenant_id::bytea), '{read}', now()
from tenants
where tenant_id like 'cordon-canary-%';

insert into invitations (
    tenant_id, invitation_id, email, token_hash, created_at, expires_at, role, invited_by
)
select tenant_id, gen_random_uuid(), 'canary@cordon.example', sha256(tenant_id::bytea), now(), now(), 'lead',
    'canary'
from tenants
where tenant_id like 'cordon-canary-%';

insert into locations (tenant_id, location_id, name, population)
select tenant_id, 'canary', 'Canary', 1
from tenants
where tenant_id like 'cordon-canary-%';

insert into uploads (
    tenant_id, upload_no, status, source, file_name, as_of, received_at, received_by, decided_at, decided_by
)
select tenant_id, 1, 'accepted', 'command', 'canary', '2000-01-01', now(), 'canary', now(), 'canary'
from tenants
where tenant_id like 'cordon-canary-%';

insert into upload_chunks (tenant_id, upload_no, chunk_no, bytes)
select tenant_id, 1, 0, 'canary'
from tenants
where tenant_id like 'cordon-canary-%';

insert into readings (tenant_id, header_hash, reading, used_at)
select tenant_id, sha256('canary'), '{}', now()
from tenants
where tenant_id like 'cordon-canary-%';

insert into observations (tenant_id, location_id, date, as_of, upload_no, new_cases)
select tenant_id, 'canary', '2000-01-01', '2000-01-01', 1, 1
from tenants
where tenant_id like 'cordon-canary-%';

insert into annotations (
    tenant_id, annotation_id, first_day, last_day, kind, text, excluded_from_fitting, created_at, created_by
)
select tenant_id, gen_random_uuid(), '2000-01-01', '2000-01-01', 'other', 'canary', false, now(), 'canary'
from tenants
where tenant_id like 'cordon-canary-%';

insert into releases (tenant_id, release_id, token_hash, figures, released_at, released_by, expires_at)
select tenant_id, gen_random_uuid(), sha256('canary'), '{}', now(), 'canary', now()
from tenants
where tenant_id like 'cordon-canary-%';

insert into model_states (tenant_id, state_id, as_of, kind, members, variables, ensemble, parameters, created_at)
select tenant_id, gen_random_uuid(), '2000-01-01', 'baseline', 2, array['x'], array[1, 2], '{}', now()
from tenants
where tenant_id like 'cordon-canary-%';

insert into forecasts (tenant_id, state_id, location_id, target_date, quantile, new_cases, issued_at)
select tenant_id, state_id, 'canary', '2000-01-02', 0.5, 1, now()
from model_states
where tenant_id like 'cordon-canary-%';

insert into model_settings (tenant_id, version, settings, created_at, created_by)
select tenant_id, 1, '{}', now(), 'canary'
from tenants
where tenant_id like 'cordon-canary-%';

insert into model_runs (tenant_id, run_id, kind, cause, requested_at, requested_by)
select tenant_id, gen_random_uuid(), 'forecast', 'command', now(), 'canary'
from tenants
where tenant_id like 'cordon-canary-%';

insert into outlooks (
    tenant_id, state_id, location_id, origin, model, rises, recent_week, reporting, origins
)
select tenant_id, state_id, 'canary', '2000-01-01', 'baseline', 0.5, 1, 1, 0
from model_states
where tenant_id like 'cordon-canary-%';

insert into reproduction_numbers (tenant_id, location_id, date, state_id, q025, q25, q50, q75, q975)
select tenant_id, 'canary', '2000-01-01', state_id, 1, 1, 1, 1, 1
from model_states
where tenant_id like 'cordon-canary-%';

insert into forecast_scores (
    tenant_id, location_id, settings_version, replayed, origin, days, ahead, as_of, twin, baseline
)
select tenant_id, 'canary', 0, false, '2000-01-01', 1, 1, '2000-01-01',
    array_fill(1, array[23]), array_fill(1, array[23])
from tenants
where tenant_id like 'cordon-canary-%';

insert into usage_events (
    tenant_id, event_id, event_type, outcome, occurred_at, duration_ms, database_ms, cost_units
)
select tenant_id, gen_random_uuid(), 'api_call', 'done', now(), 1, 1, 1
from tenants
where tenant_id like 'cordon-canary-%';

insert into usage_keys (tenant_id, key, recorded_at)
select tenant_id, 'canary', now()
from tenants
where tenant_id like 'cordon-canary-%';

insert into usage_days (
    tenant_id, date, event_type, outcome, key_id, counted_by, events, duration_ms, database_ms, cost_units
)
select tenant_id, '2000-01-01', 'api_call', 'done', gen_random_uuid(), counter, 1, 1, 1, 1
from tenants, unnest(array['work', 'requests']) counter
where tenant_id like 'cordon-canary-%';

insert into audit (tenant_id, audit_id, occurred_at, actor, origin, action, subject, outcome)
select tenant_id, gen_random_uuid(), now(), 'canary', 'canary', 'canary.planted', 'canary', 'done'
from tenants
where tenant_id like 'cordon-canary-%';
-- Linked now, and not when this is committed, which it never is.
set constraints all immediate;

insert into closed_months (month, closed_at, closed_by)
select '1999-01-01', now(), 'canary'
where not exists (select from closed_months);

insert into statements (tenant_id, month, plan_id, currency, total, sha256, closed_at)
select tenant_id, (select min(month) from closed_months), 'standard', 'USD', 1, sha256('canary'), now()
from tenants
where tenant_id like 'cordon-canary-%';

insert into statement_lines (tenant_id, month, line_no, kind, quantity, unit_price, amount, note)
select tenant_id, (select min(month) from closed_months), 1, 'minimum', 1, 1, 1, 'canary'
from tenants
where tenant_id like 'cordon-canary-%';

insert into corrections (tenant_id, correction_id, month, line_no, amount, reason, created_at, created_by)
select tenant_id, gen_random_uuid(), (select min(month) from closed_months), 1, 0, 'canary', now(), 'canary'
from tenants
where tenant_id like 'cordon-canary-%';

insert into tenant_plans (tenant_id, valid_from, revision, plan_id, created_at, created_by)
select tenant_id, '1999-01-01', 1, 'standard', now(), 'canary'
from tenants
where tenant_id like 'cordon-canary-%';

insert into budgets (tenant_id, revision, soft, hard, created_at, created_by)
select tenant_id, 1, 1, 2, now(), 'canary'
from tenants
where tenant_id like 'cordon-canary-%';

insert into platform_costs (
    cost_id, month, name, currency, amount, driver, rest, created_at, created_by
)
values ('00000000-0000-0000-0000-00000000ca4a', '1999-01-01', 'canary', 'USD', 1, 'shared', 'evenly', now(), 'canary');

insert into attributions (tenant_id, month, cost_id, direct, idle, shared)
select tenant_id, (select min(month) from closed_months), '00000000-0000-0000-0000-00000000ca4a', 0, 0, 0.5
from tenants
where tenant_id like 'cordon-canary-%';
