//! Rules about roles, row-level security and keys. Each query finds the offenders by name.

/// A query whose every row names an offender, and what is wrong with it.
pub const RULES: &[(&str, &str)] = &[
    (
        "select hat from unnest(array['cordon_gate', 'cordon_tenant', 'cordon_registrar', 'cordon_operator', 'cordon_queue', 'cordon_meter', 'cordon_steward']) hat
         where not exists (select from pg_roles where rolname = hat and rolcanlogin)",
        "this role should exist and be able to log in",
    ),
    (
        "select rolname::text from pg_roles
         where rolname in ('cordon_gate', 'cordon_tenant', 'cordon_registrar', 'cordon_operator', 'cordon_queue', 'cordon_meter', 'cordon_steward')
             and (rolsuper or rolbypassrls or rolcreaterole or rolcreatedb or rolreplication)",
        "a hat is no superuser, bypasses no row-level security and creates neither roles nor databases",
    ),
    (
        "select r.rolname::text
         from pg_auth_members m join pg_roles r on r.oid = m.member
         where r.rolname in ('cordon_gate', 'cordon_tenant', 'cordon_registrar', 'cordon_operator', 'cordon_queue', 'cordon_meter', 'cordon_steward')",
        "a hat is no member of another role",
    ),
    (
        // What a session starts with counts as bound.
        "select coalesce(r.rolname, 'every role') || ' starts with ' || setting
         from pg_db_role_setting s
         left join pg_roles r on r.oid = s.setrole
         cross join unnest(s.setconfig) setting
         where (s.setrole = 0
                 or r.rolname in ('cordon_gate', 'cordon_tenant', 'cordon_registrar', 'cordon_operator', 'cordon_queue', 'cordon_meter', 'cordon_steward'))
             and s.setdatabase in (0, (select oid from pg_database where datname = current_database()))
             and setting ~ '^(app\\.|role=|row_security=|search_path=)'
         union all
         select 'this session starts with ' || tenant
         from current_setting('app.current_tenant', true) tenant
         where tenant <> ''",
        "nothing is set beforehand that binds a tenant or changes whose names are meant",
    ),
    (
        "select r.rolname || ' owns ' || c.relname
         from pg_class c join pg_roles r on r.oid = c.relowner
         where r.rolname in ('cordon_gate', 'cordon_tenant', 'cordon_registrar', 'cordon_operator', 'cordon_queue', 'cordon_meter', 'cordon_steward')
         union all
         select r.rolname || ' may create in schema ' || n.nspname
         from pg_namespace n
         join pg_roles r on r.rolname in ('cordon_gate', 'cordon_tenant', 'cordon_registrar', 'cordon_operator', 'cordon_queue', 'cordon_meter', 'cordon_steward')
         where n.nspname !~ '^pg_' and has_schema_privilege(r.oid, n.oid, 'create')",
        "a hat owns nothing and creates nothing",
    ),
    (
        "select rolname::text from pg_roles
         where rolname in ('cordon_gate', 'cordon_tenant', 'cordon_registrar', 'cordon_operator', 'cordon_queue', 'cordon_meter', 'cordon_steward')
             and has_database_privilege(oid, current_database(), 'temporary')",
        "a hat makes no temporary tables, which would be taken for ours; revoke temporary on the \
         database from public, as its owner",
    ),
    (
        "select c.relname::text
         from pg_class c
         join pg_namespace n on n.oid = c.relnamespace and n.nspname = 'public'
         where c.relkind in ('r', 'p') and c.relname <> '_sqlx_migrations'
             and not (c.relrowsecurity and c.relforcerowsecurity)",
        "row-level security should be enabled and forced",
    ),
    (
        // A partition, or a chunk of an extension, which has its table's rights wherever it lives.
        "select c.oid::regclass::text
         from pg_inherits i
         join pg_class c on c.oid = i.inhrelid
         where i.inhparent = 'public.usage_events'::regclass
             and not (c.relrowsecurity and c.relforcerowsecurity
                 and not exists (select from pg_policy where polrelid = c.oid))",
        "a part of a table should be under row-level security that no policy opens",
    ),
    (
        "select 'isolate_chunks'
         from pg_class
         where oid = 'public.usage_events'::regclass and relkind = 'r' and not (
             exists (select from pg_event_trigger where evtname = 'isolate_chunks' and evtenabled <> 'D')
             and current_setting('timescaledb.enable_event_triggers', true) is not distinct from 'on')",
        "what puts new chunks of events under row-level security should be switched on",
    ),
    (
        // A policy for everybody, or a second one that lets the tenant hat see more of tenants' rows.
        "select p.tablename || '.' || p.policyname
         from pg_policies p
         where 'public' = any(p.roles)
             or ('cordon_tenant' = any(p.roles) and p.permissive = 'PERMISSIVE'
                 and (exists (
                     select from pg_attribute a
                     where a.attrelid = format('%I.%I', p.schemaname, p.tablename)::regclass
                         and a.attname = 'tenant_id')
                     or p.policyname not in ('own_plan', 'own_people'))
                 and (
                 p.roles <> array['cordon_tenant'::name] or p.policyname <> 'own_tenant' or p.cmd <> 'ALL'
                 or regexp_replace(p.qual, '\\s+', ' ', 'g') not in (
                     '(tenant_id = ( SELECT app.require_tenant() AS require_tenant))',
                     '(tenant_id = app.require_tenant())')
                 or p.with_check is distinct from p.qual))",
        "a policy names its role, and the tenant hat has the one that isolates",
    ),
    (
        "select distinct c.relname::text
         from pg_class c
         cross join aclexplode(c.relacl) a
         join pg_roles r on r.oid = a.grantee and r.rolname = 'cordon_tenant'
         where not exists (
             select from pg_policies p
             where p.tablename = c.relname and p.policyname in ('own_tenant', 'own_plan', 'own_people'))
             -- A part of a table is closed altogether.
             and not exists (select from pg_inherits i where i.inhrelid = c.oid)",
        "a table that departments reach has the policy that isolates them",
    ),
    (
        "select c.relname::text
         from pg_class c
         join pg_namespace n on n.oid = c.relnamespace and n.nspname = 'public'
         join pg_attribute a on a.attrelid = c.oid and a.attname = 'tenant_id' and not a.attisdropped
         where c.relkind in ('r', 'p') and not (a.attnotnull and a.atttypid = 'text'::regtype)",
        "tenant_id should be text not null",
    ),
    (
        "select t.relname || '.' || i.relname
         from pg_index x
         join pg_class i on i.oid = x.indexrelid
         join pg_class t on t.oid = x.indrelid
         join pg_namespace n on n.oid = t.relnamespace and n.nspname = 'public'
         join pg_attribute a on a.attrelid = t.oid and a.attname = 'tenant_id' and not a.attisdropped
         where x.indisunique and x.indkey[0] <> a.attnum",
        "a unique key of a table with tenants' rows starts with tenant_id",
    ),
    (
        // To a table of tenants' rows, a reference without the tenant could point across.
        "select t.relname || '.' || k.conname
         from pg_constraint k
         join pg_class t on t.oid = k.conrelid
         join pg_attribute a on a.attrelid = k.conrelid and a.attname = 'tenant_id' and not a.attisdropped
         join pg_attribute b on b.attrelid = k.confrelid and b.attname = 'tenant_id' and not b.attisdropped
         where k.contype = 'f' and not (k.conkey[1] = a.attnum and k.confkey[1] = b.attnum)",
        "a foreign key between tables of tenants' rows starts with tenant_id",
    ),
    (
        "select c.relname::text
         from pg_class c
         join pg_namespace n on n.oid = c.relnamespace and n.nspname in ('public', 'app')
         where c.relkind = 'm'
             or (c.relkind = 'v' and not coalesce('security_invoker=true' = any(c.reloptions), false))",
        "a view is security_invoker, and none is materialised",
    ),
    (
        "select n.nspname || '.' || p.proname
         from pg_proc p
         join pg_namespace n on n.oid = p.pronamespace and n.nspname in ('public', 'app')
         where p.prosecdef and (
             not exists (select from unnest(p.proconfig) setting where setting like 'search_path=%pg_temp')
             or has_function_privilege('public', p.oid, 'execute'))",
        "a security definer function has a fixed search_path that ends with pg_temp, and is not for everybody",
    ),
    (
        "select r.rolname || ' reads ' || s.relname
         from pg_class s
         join pg_roles r on r.rolname in ('cordon_gate', 'cordon_tenant', 'cordon_registrar', 'cordon_operator', 'cordon_queue', 'cordon_meter', 'cordon_steward')
         where s.relname in ('pg_stat_statements', 'pg_statistic') and has_table_privilege(r.oid, s.oid, 'select')",
        "statistics hold tenants' values and totals",
    ),
];
