//! Every policy of the hats that are bound to no tenant, and every one that narrows. What the
//! tenant hat may see of tenants' rows is one and the same for all tables, and a rule.

use std::collections::BTreeSet;

/// A policy for one of its roles, as [`FOUND`] writes it.
const POLICIES: &[&str] = &[
    // The queue's own tables, which know of tenants their ids.
    "_private_job_queues.worker to cordon_queue for all using true with check true",
    "_private_job_retirements.worker to cordon_queue for all using true with check true",
    "_private_jobs.worker to cordon_queue for all using true with check true",
    "_private_known_crontabs.worker to cordon_queue for all using true with check true",
    "_private_tasks.worker to cordon_queue for all using true with check true",
    "_private_workers.worker to cordon_queue for all using true with check true",
    "api_keys.all_tenants to cordon_operator for select using true",
    "api_keys.by_hash to cordon_gate for all using true with check true",
    "api_keys.registry to cordon_registrar for all using true with check true",
    // What is revoked stays revoked.
    "api_keys.unrevoked to cordon_registrar for update using (revoked_at IS NULL) with check true restrictive",
    "api_keys.unrevoked to cordon_tenant for update using (revoked_at IS NULL) with check true restrictive",
    "audit.all_tenants to cordon_operator for select using true",
    "break_glass.look to cordon_operator for all using true with check true",
    "break_glass.not_ended to cordon_operator for update using (ended_at IS NULL) with check (ended_at IS NOT NULL) restrictive",
    "break_glass.sign_in to cordon_gate for select using true",
    "audit_links.all_tenants to cordon_operator for select using true",
    "audit_links.link to the owner for insert with check true",
    "platform_audit_links.link to the owner for insert with check true",
    "platform_audit_links.read to cordon_operator for select using true",
    "audit.record_billing to cordon_operator for insert with check true",
    "audit.record to cordon_registrar for insert with check true",
    "audit.record_sign_in to cordon_gate for insert with check true",
    "invitations.accept_invitation to cordon_gate for all using true with check true",
    "invitations.registry to cordon_registrar for all using true with check true",
    "locations.all_tenants to cordon_operator for select using true",
    // By an invitation that this person accepted, to be what it says.
    "memberships.accept_invitation to cordon_gate for insert with check ((removed_at IS NULL) AND (EXISTS ( SELECT FROM invitations i \
     WHERE ((i.tenant_id = memberships.tenant_id) AND (i.accepted_by = memberships.user_id) AND ((i.role = 'lead'::text) = memberships.lead)))))",
    // By a link to the issuer of a department whose sign-on is on, and nobody who was ever in one.
    "memberships.join_by_sign_on to cordon_gate for insert with check ((removed_at IS NULL) AND (EXISTS ( SELECT FROM (sign_ons s \
     JOIN sign_on_links l ON (((l.tenant_id = s.tenant_id) AND (l.issuer = s.issuer)))) \
     WHERE ((s.tenant_id = memberships.tenant_id) AND (l.user_id = memberships.user_id) AND s.enabled AND \
     ((s.role_claim IS NOT NULL) OR (NOT memberships.lead))))) \
     AND (EXISTS ( SELECT FROM users u WHERE ((u.user_id = memberships.user_id) AND (u.role = 'epidemiologist'::text)))) \
     AND (NOT (EXISTS ( SELECT FROM memberships m WHERE (m.user_id = memberships.user_id)))))",
    "memberships.registry to cordon_registrar for all using true with check true",
    "memberships.sign_in to cordon_gate for select using true",
    "model_runs.all_tenants to cordon_operator for select using true",
    "model_states.baseline to cordon_registrar for insert with check (kind = 'baseline'::text)",
    "observations.all_tenants to cordon_operator for select using true",
    "platform_audit.read to cordon_operator for select using true",
    "platform_audit.record_billing to cordon_operator for insert with check true",
    "platform_audit.record to cordon_gate for insert with check true",
    "platform_audit.record to cordon_registrar for insert with check true",
    "releases.by_link to cordon_gate for select using true",
    // What is withdrawn stays withdrawn.
    "releases.not_withdrawn to cordon_tenant for update using (withdrawn_at IS NULL) with check true restrictive",
    "recovery_codes.sign_in to cordon_gate for all using true with check true",
    "passkeys.sign_in to cordon_gate for all using true with check true",
    "answered_challenges.sign_in to cordon_gate for all using true with check true",
    "totp_secrets.sign_in to cordon_gate for all using true with check true",
    "users.change_password to cordon_gate for update using true with check true",
    "platform_audit.record_staff to cordon_steward for insert with check true",
    "sessions.end_sessions to the owner for all using true with check true",
    "sign_on_links.link to cordon_gate for insert with check true",
    "sign_on_links.sign_in to cordon_gate for select using true",
    "sign_on_starts.begin to cordon_gate for insert with check true",
    // What is over.
    "sign_on_starts.forget to cordon_gate for delete using (began_at < (now() - '01:00:00'::interval))",
    "sign_on_starts.sign_in to cordon_gate for select using true",
    // Once.
    "sign_on_starts.take to cordon_gate for update using (used_at IS NULL) with check (used_at IS NOT NULL)",
    "sign_ons.sign_in to cordon_gate for select using true",
    "staff_invitations.accept_invitation to cordon_gate for all using true with check true",
    "staff_invitations.staff to cordon_steward for all using true with check true",
    "users.own_people to cordon_tenant for select using (user_id IN ( SELECT m.user_id FROM memberships m))",
    "users.staff to cordon_steward for all using (role = ANY (ARRAY['admin'::text, 'onboarding'::text])) \
     with check (role = ANY (ARRAY['admin'::text, 'onboarding'::text]))",
    "sessions.sign_in to cordon_gate for all using true with check true",
    "tenants.all_tenants to cordon_operator for select using true",
    "tenants.names to cordon_gate for select using true",
    "tenants.registry to cordon_registrar for all using true with check true",
    // What was decided stays decided.
    "uploads.undecided to cordon_tenant for update using (status <> ALL (ARRAY['accepted'::text, 'cancelled'::text])) with check true restrictive",
    // What is closed stays as it is.
    "attributions.while_closing to cordon_operator for insert with check (month IN ( SELECT closed_months.month FROM closed_months \
     WHERE (closed_months.closing = pg_current_xact_id()))) restrictive",
    "statement_lines.while_closing to cordon_operator for insert with check (month IN ( SELECT closed_months.month FROM closed_months \
     WHERE (closed_months.closing = pg_current_xact_id()))) restrictive",
    "statements.while_closing to cordon_operator for insert with check (month IN ( SELECT closed_months.month FROM closed_months \
     WHERE (closed_months.closing = pg_current_xact_id()))) restrictive",
    "platform_costs.not_closed to cordon_operator for insert with check (month > COALESCE(( SELECT max(closed_months.month) AS max \
     FROM closed_months), '-infinity'::date)) restrictive",
    "platform_costs.not_closed_again to cordon_operator for update using ((removed_at IS NULL) AND (month > COALESCE(( SELECT max(closed_months.month) AS max \
     FROM closed_months), '-infinity'::date))) with check true restrictive",
    "price_lists.not_closed to cordon_operator for insert with check (valid_from > COALESCE(( SELECT max(closed_months.month) AS max \
     FROM closed_months), '-infinity'::date)) restrictive",
    "tenant_plans.not_closed to cordon_operator for insert with check (valid_from > COALESCE(( SELECT max(closed_months.month) AS max \
     FROM closed_months), '-infinity'::date)) restrictive",
    "usage_events.not_closed to cordon_meter for insert with check (NOT (EXISTS ( SELECT FROM statements s \
     WHERE ((s.tenant_id = usage_events.tenant_id) AND (s.month = (date_trunc('month'::text, (usage_events.occurred_at AT TIME ZONE 'UTC'::text)))::date))))) restrictive",
    "usage_events.not_closed to cordon_tenant for insert with check (NOT (EXISTS ( SELECT FROM statements s \
     WHERE ((s.tenant_id = usage_events.tenant_id) AND (s.month = (date_trunc('month'::text, (usage_events.occurred_at AT TIME ZONE 'UTC'::text)))::date))))) restrictive",
    "statements.closed to cordon_meter for select using true",
    "attributions.billing to cordon_operator for all using true with check true",
    "budgets.billing to cordon_operator for all using true with check true",
    "closed_months.billing to cordon_operator for all using true with check true",
    "corrections.billing to cordon_operator for all using true with check true",
    "plans.billing to cordon_operator for all using true with check true",
    "platform_costs.billing to cordon_operator for all using true with check true",
    "price_lists.billing to cordon_operator for all using true with check true",
    "price_tiers.billing to cordon_operator for all using true with check true",
    "statement_lines.billing to cordon_operator for all using true with check true",
    "statements.billing to cordon_operator for all using true with check true",
    "tenant_plans.billing to cordon_operator for all using true with check true",
    "plans.own_plan to cordon_tenant for select using ((plan_id = 'standard'::text) OR (plan_id IN ( SELECT tenant_plans.plan_id FROM tenant_plans)))",
    "price_lists.own_plan to cordon_tenant for select using ((plan_id = 'standard'::text) OR (plan_id IN ( SELECT tenant_plans.plan_id FROM tenant_plans)))",
    "price_tiers.own_plan to cordon_tenant for select using ((plan_id = 'standard'::text) OR (plan_id IN ( SELECT tenant_plans.plan_id FROM tenant_plans)))",
    "usage_days.all_tenants to cordon_operator for select using true",
    "usage_days.count to cordon_meter for all using (counted_by = 'requests'::text) with check (counted_by = 'requests'::text)",
    // What requests used is not for a department to write.
    "usage_days.own_work to cordon_tenant for insert with check (counted_by = 'work'::text) restrictive",
    "usage_days.own_work_again to cordon_tenant for update using (counted_by = 'work'::text) with check (counted_by = 'work'::text) restrictive",
    "usage_events.all_tenants to cordon_operator for select using true",
    "usage_events.record to cordon_meter for insert with check true",
    "usage_keys.forget to cordon_meter for delete using (recorded_at < (now() - '60 days'::interval))",
    "usage_keys.record to cordon_meter for insert with check true",
    "usage_keys.recorded to cordon_meter for select using true",
    // The gate makes no staff but by an invitation to be it.
    "users.accept_invitation to cordon_gate for insert with check ((role = 'epidemiologist'::text) OR (EXISTS ( SELECT FROM staff_invitations s \
     WHERE ((s.accepted_by = users.user_id) AND (s.role = users.role) AND (s.email = users.email)))))",
    "users.registry to cordon_registrar for all using true with check true",
    "users.sign_in to cordon_gate for select using true",
];

/// What the catalogue should hold, in the form of [`FOUND`].
pub fn wanted() -> BTreeSet<String> {
    POLICIES.iter().map(|policy| (*policy).to_owned()).collect()
}

/// What the catalogue holds: a line for each policy and role.
pub const FOUND: &str = "
select p.tablename || '.' || p.policyname || ' to '
    || case role when pg_get_userbyid(c.relowner) then 'the owner' else role end || ' for ' || lower(p.cmd)
    || coalesce(' using ' || regexp_replace(p.qual, '\\s+', ' ', 'g'), '')
    || coalesce(' with check ' || regexp_replace(p.with_check, '\\s+', ' ', 'g'), '')
    || case p.permissive when 'RESTRICTIVE' then ' restrictive' else '' end
from pg_policies p
cross join unnest(p.roles) role
join pg_namespace n on n.nspname = p.schemaname
join pg_class c on c.relnamespace = n.oid and c.relname = p.tablename
where role <> 'cordon_tenant' or p.permissive = 'RESTRICTIVE' or p.policyname in ('own_plan', 'own_people')
";
