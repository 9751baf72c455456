//! Every right that a hat has on a table, function or schema.

use std::collections::BTreeSet;

/// Role, rights, table; a right on some columns names them.
///
/// This is the table of DESIGN in full: what is not here, no hat may do.
pub const GRANTS: &[(&str, &str, &[&str])] = &[
    // Sign-in and key look-up, before a tenant is known.
    (
        "cordon_gate",
        "tenants",
        &["select(name,simulated,tenant_id)"],
    ),
    (
        "cordon_gate",
        "api_keys",
        &[
            "select(expires_at,key_hash,key_id,last_used_at,prefix,revoked_at,scopes,tenant_id)",
            "update(last_used_at)",
        ],
    ),
    (
        "cordon_gate",
        "users",
        &["select", "insert", "update(password_hash)"],
    ),
    ("cordon_gate", "totp_secrets", ALL),
    ("cordon_gate", "recovery_codes", ALL),
    ("cordon_gate", "passkeys", ALL),
    (
        "cordon_gate",
        "answered_challenges",
        &["select", "insert", "delete"],
    ),
    ("cordon_gate", "memberships", &["select", "insert"]),
    (
        "cordon_gate",
        "invitations",
        &["select", "update(accepted_at,accepted_by)"],
    ),
    (
        "cordon_gate",
        "staff_invitations",
        &["select", "update(accepted_at,accepted_by)"],
    ),
    (
        "cordon_gate",
        "sessions",
        &["select", "insert", "update", "delete"],
    ),
    // Of a department's sign-on all that it takes, the sealed secret among it.
    (
        "cordon_gate",
        "sign_ons",
        &["select(client_id,domains,enabled,issuer,lead_value,role_claim,sealed_secret,tenant_id)"],
    ),
    ("cordon_gate", "sign_on_links", &["select", "insert"]),
    (
        "cordon_gate",
        "sign_on_starts",
        &["select", "insert", "update(used_at)", "delete"],
    ),
    ("cordon_gate", "break_glass", &["select"]),
    (
        "cordon_gate",
        "releases",
        &["select(expires_at,release_id,tenant_id,token_hash,withdrawn_at)"],
    ),
    ("cordon_gate", "audit", &["insert"]),
    ("cordon_gate", "platform_audit", &["insert"]),
    ("cordon_gate", "_sqlx_migrations", &["select"]),
    // One department's rows. Of its keys, no hash.
    (
        "cordon_tenant",
        "api_keys",
        &[
            "select(created_at,expires_at,key_id,last_used_at,name,prefix,replaces,revoked_at,scopes,tenant_id)",
            "insert",
            "update(expires_at,revoked_at)",
        ],
    ),
    (
        "cordon_tenant",
        "locations",
        &["select", "insert", "update(name,parent_id,population)"],
    ),
    (
        "cordon_tenant",
        "observations",
        &["select", "insert", "update(superseded_on)"],
    ),
    (
        "cordon_tenant",
        "uploads",
        &[
            "select",
            "insert",
            "update(as_of,byte_length,changed_rows,decided_at,decided_by,new_rows,reading,\
             refused_rows,report,sha256,status,unchanged_rows)",
        ],
    ),
    (
        "cordon_tenant",
        "upload_chunks",
        &["select", "insert", "delete"],
    ),
    (
        "cordon_tenant",
        "readings",
        &["select", "insert", "update(reading,used_at)"],
    ),
    (
        "cordon_tenant",
        "annotations",
        &["select", "insert", "update(removed_at,removed_by)"],
    ),
    (
        "cordon_tenant",
        "releases",
        &[
            "select(expires_at,figures,release_id,released_at,released_by,tenant_id,withdrawn_at,withdrawn_by)",
            "insert",
            "update(withdrawn_at,withdrawn_by)",
        ],
    ),
    ("cordon_tenant", "model_states", &["select", "insert"]),
    ("cordon_tenant", "forecasts", &["select", "insert"]),
    ("cordon_tenant", "model_settings", &["select", "insert"]),
    (
        "cordon_tenant",
        "model_runs",
        &[
            "select",
            "insert",
            "update(attempts,cost_units,cpu_ms,duration_ms,finished_at,locations,problem,progress,\
             retry_at,settings_version,started_at,state_id,status)",
        ],
    ),
    ("cordon_tenant", "outlooks", &["select", "insert"]),
    (
        "cordon_tenant",
        "reproduction_numbers",
        &["select", "insert"],
    ),
    (
        "cordon_tenant",
        "forecast_scores",
        &[
            "select",
            "insert",
            "update(as_of,baseline,baseline_log_wis,baseline_pit,baseline_wis,truth,truth_as_of,\
             twin,twin_log_wis,twin_pit,twin_wis)",
        ],
    ),
    ("cordon_tenant", "usage_events", &["select", "insert"]),
    ("cordon_tenant", "usage_keys", &["select", "insert"]),
    (
        "cordon_tenant",
        "usage_days",
        &[
            "select",
            "insert",
            "update(cost_units,database_ms,duration_ms,events)",
        ],
    ),
    // What it owes, by which prices.
    ("cordon_tenant", "tenant_plans", &["select"]),
    ("cordon_tenant", "statements", &["select"]),
    ("cordon_tenant", "statement_lines", &["select"]),
    ("cordon_tenant", "corrections", &["select"]),
    ("cordon_tenant", "budgets", &["select"]),
    ("cordon_tenant", "plans", &["select(name,plan_id)"]),
    (
        "cordon_tenant",
        "price_lists",
        &["select(currency,failed_share,minimum,plan_id,refused_share,revision,valid_from)"],
    ),
    ("cordon_tenant", "price_tiers", &["select"]),
    // Its people, their names and its invitations; no hash.
    (
        "cordon_tenant",
        "memberships",
        &["select", "update(lead,removed_at)"],
    ),
    (
        "cordon_tenant",
        "invitations",
        &[
            "select(accepted_at,created_at,email,expires_at,invitation_id,invited_by,revoked_at,role,tenant_id)",
            "insert",
            "update(revoked_at)",
        ],
    ),
    (
        "cordon_tenant",
        "users",
        &["select(created_at,disabled_at,email,name,user_id)"],
    ),
    // How they sign on; the secret is written and not read.
    (
        "cordon_tenant",
        "sign_ons",
        &[
            "select(changed_at,changed_by,client_id,domains,enabled,issuer,lead_value,role_claim,tenant_id)",
            "insert",
            "update(changed_at,changed_by,client_id,domains,enabled,issuer,lead_value,role_claim,sealed_secret)",
        ],
    ),
    (
        "cordon_tenant",
        "sign_on_links",
        &["select(tenant_id)", "delete"],
    ),
    ("cordon_tenant", "audit", &["select", "insert"]),
    ("cordon_tenant", "audit_links", &["select"]),
    ("cordon_tenant", "break_glass", &["select"]),
    // Onboarding: no observation, no forecast, no ensemble, no hash.
    ("cordon_registrar", "tenants", &["select", "insert"]),
    (
        "cordon_registrar",
        "api_keys",
        &[
            "select(created_at,expires_at,key_id,last_used_at,name,prefix,replaces,revoked_at,scopes,tenant_id)",
            "insert",
            "update(expires_at,revoked_at)",
        ],
    ),
    (
        "cordon_registrar",
        "users",
        &[
            "select(created_at,disabled_at,email,name,role,user_id)",
            "insert",
        ],
    ),
    ("cordon_registrar", "memberships", &["select", "insert"]),
    (
        "cordon_registrar",
        "invitations",
        &[
            "select(accepted_at,created_at,email,expires_at,invitation_id,invited_by,revoked_at,role,tenant_id)",
            "insert",
        ],
    ),
    ("cordon_registrar", "model_states", &["insert"]),
    ("cordon_registrar", "audit", &["insert"]),
    ("cordon_registrar", "platform_audit", &["insert"]),
    // All tenants, to read; of billing, to add to.
    (
        "cordon_operator",
        "tenants",
        &["select(created_at,name,simulated,tenant_id)"],
    ),
    (
        "cordon_operator",
        "api_keys",
        &[
            "select(created_at,expires_at,key_id,last_used_at,name,prefix,replaces,revoked_at,scopes,tenant_id)",
        ],
    ),
    ("cordon_operator", "locations", &["select"]),
    ("cordon_operator", "observations", &["select"]),
    ("cordon_operator", "usage_events", &["select"]),
    ("cordon_operator", "usage_days", &["select"]),
    ("cordon_operator", "model_runs", &["select"]),
    ("cordon_operator", "audit", &["select", "insert"]),
    (
        "cordon_operator",
        "break_glass",
        &["select", "insert", "update(ended_at)"],
    ),
    ("cordon_operator", "audit_links", &["select"]),
    ("cordon_operator", "platform_audit_links", &["select"]),
    ("cordon_operator", "platform_audit", &["select", "insert"]),
    ("cordon_operator", "plans", ADD),
    ("cordon_operator", "price_lists", ADD),
    ("cordon_operator", "price_tiers", ADD),
    ("cordon_operator", "tenant_plans", ADD),
    (
        "cordon_operator",
        "closed_months",
        &["select", "insert(closed_at,closed_by,month,previous)"],
    ),
    ("cordon_operator", "statements", ADD),
    ("cordon_operator", "statement_lines", ADD),
    ("cordon_operator", "corrections", ADD),
    (
        "cordon_operator",
        "platform_costs",
        &["select", "insert", "update(removed_at,removed_by)"],
    ),
    ("cordon_operator", "attributions", ADD),
    ("cordon_operator", "budgets", ADD),
    // What requests used, to write; of the events, nothing to read.
    ("cordon_meter", "usage_events", &["insert"]),
    (
        "cordon_meter",
        "usage_keys",
        &["select", "insert", "delete"],
    ),
    (
        "cordon_meter",
        "usage_days",
        &[
            "select",
            "insert",
            "update(cost_units,database_ms,duration_ms,events)",
        ],
    ),
    ("cordon_meter", "statements", &["select(month,tenant_id)"]),
    // Staff, and nobody else.
    (
        "cordon_steward",
        "users",
        &[
            "select(created_at,disabled_at,email,name,role,user_id)",
            "update(disabled_at,role)",
        ],
    ),
    (
        "cordon_steward",
        "staff_invitations",
        &[
            "select(accepted_at,created_at,email,expires_at,invitation_id,invited_by,revoked_at,role)",
            "insert",
            "update(revoked_at)",
        ],
    ),
    ("cordon_steward", "platform_audit", &["insert"]),
    // Turns, and no rows of any tenant.
    ("cordon_queue", "queue.migrations", &["select"]),
    ("cordon_queue", "queue._private_jobs", ALL),
    ("cordon_queue", "queue._private_job_queues", ALL),
    ("cordon_queue", "queue._private_job_retirements", ALL),
    ("cordon_queue", "queue._private_known_crontabs", ALL),
    ("cordon_queue", "queue._private_tasks", ALL),
    ("cordon_queue", "queue._private_workers", ALL),
];

/// What is added and never changed.
const ADD: &[&str] = &["select", "insert"];

/// All that can be done with rows.
const ALL: &[&str] = &["select", "insert", "update", "delete"];

/// Functions that a hat may call in our schemas.
const FUNCTIONS: &[(&str, &str)] = &[
    ("cordon_tenant", "app.bind_tenant"),
    ("cordon_tenant", "app.queue_turn"),
    ("cordon_tenant", "app.require_tenant"),
    ("cordon_meter", "app.forget_usage_before"),
    ("cordon_meter", "app.prepare_usage_months"),
];

/// What the catalogue should hold, in the form of [`FOUND`].
pub fn wanted() -> BTreeSet<(String, String, String)> {
    let tables = GRANTS
        .iter()
        .flat_map(|(role, table, rights)| rights.iter().map(move |right| (*role, *right, *table)));
    let functions = FUNCTIONS
        .iter()
        .map(|(role, function)| (*role, "execute", *function));
    tables
        .chain(functions)
        .map(|(role, right, object)| (role.to_owned(), right.to_owned(), object.to_owned()))
        .collect()
}

/// What the catalogue holds: rights of the hats, and of everybody, on the tables, columns,
/// sequences and functions of our schemas. A partition or an extension's copy of a table
/// counts wherever it lives, but for the chunks of events.
pub const FOUND: &str = "
with grantee as (
    select oid, rolname::text as role from pg_roles where rolname like 'cordon\\_%' and rolname <> 'cordon_owner'
    union all
    select 0, 'public'
),
relation as (
    select c.oid, c.relacl, c.relowner,
        case when n.nspname = 'public' then '' else n.nspname || '.' end || c.relname as name
    from pg_class c
    join pg_namespace n on n.oid = c.relnamespace
    where c.relkind in ('r', 'p', 'v', 'm', 'f', 'S')
        and n.nspname not in ('pg_catalog', 'information_schema', 'pg_toast')
        -- An extension's own tables are its affair.
        and not exists (
            select from pg_depend d
            where d.classid = 'pg_class'::regclass and d.objid = c.oid and d.deptype = 'e'
        )
        -- Its chunks of a table of ours carry the table's rights, and are under row-level
        -- security that no policy opens: a rule.
        and not (n.nspname = '_timescaledb_internal' and exists (
            select from pg_inherits i where i.inhrelid = c.oid and i.inhparent = 'public.usage_events'::regclass
        ))
)
select g.role, lower(a.privilege_type), r.name
from relation r
cross join aclexplode(r.relacl) a
join grantee g on g.oid = a.grantee
where a.grantee <> r.relowner
union all
select g.role,
    lower(a.privilege_type) || '(' || string_agg(t.attname, ',' order by t.attname collate \"C\") || ')',
    r.name
from relation r
join pg_attribute t on t.attrelid = r.oid and not t.attisdropped
cross join aclexplode(t.attacl) a
join grantee g on g.oid = a.grantee
group by g.role, a.privilege_type, r.name
union all
select g.role, lower(a.privilege_type), n.nspname || '.' || p.proname
from pg_proc p
join pg_namespace n on n.oid = p.pronamespace
cross join aclexplode(coalesce(p.proacl, acldefault('f', p.proowner))) a
join grantee g on g.oid = a.grantee
where n.nspname in ('app', 'public') and a.grantee <> p.proowner
    -- An extension's own functions are its affair.
    and not exists (select from pg_depend d where d.objid = p.oid and d.deptype = 'e')
";
