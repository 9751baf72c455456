-- A department, $1, of which a month is closed, as administrators and the closing write it.
insert into closed_months (month, closed_at, closed_by)
select '2025-12-01', now(), 'test'
where not exists (select from closed_months);

insert into tenant_plans (tenant_id, valid_from, revision, plan_id, created_at, created_by)
values ($1, '2026-01-01', 1, 'standard', now(), 'test');

insert into statements (tenant_id, month, plan_id, currency, total, sha256, closed_at)
values ($1, '2025-12-01', 'standard', 'USD', 1, sha256('test'), now());

insert into statement_lines (tenant_id, month, line_no, kind, quantity, unit_price, amount, note)
values ($1, '2025-12-01', 1, 'minimum', 1, 1, 1, 'test');

insert into corrections (tenant_id, correction_id, month, line_no, amount, reason, created_at, created_by)
values ($1, gen_random_uuid(), '2025-12-01', 1, 0, 'test', now(), 'test');

insert into budgets (tenant_id, revision, soft, hard, created_at, created_by)
values ($1, 1, 1, 2, now(), 'test');

insert into sign_ons (tenant_id, issuer, client_id, sealed_secret, domains, enabled, changed_at, changed_by)
values ($1, 'https://login.example', 'cordon', 'sealed', '{test.example}', false, now(), 'test');

insert into sign_on_links (tenant_id, issuer, subject, user_id, created_at)
select tenant_id, 'https://login.example', 'somebody', user_id, now()
from memberships
where tenant_id = $1
limit 1;

insert into break_glass (tenant_id, glass_id, user_id, email, reason, began_at, ends_at)
select tenant_id, gen_random_uuid(), user_id, 'admin@cordon.example', 'a test looks', '2026-01-01', '2026-01-01 00:10'
from memberships
where tenant_id = $1
limit 1;
