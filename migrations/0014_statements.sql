-- What use costs: plans and their prices, a statement for each department and month, the
-- platform's own cost, and budgets. Rows are added and never changed: what held once can be read
-- for good.

-- A plan, by which departments pay. What it costs is in its price lists.
create table plans (
    plan_id text not null,
    name text not null,
    created_at timestamptz not null,
    created_by text not null,
    constraint plans_pkey primary key (plan_id),
    constraint plan_id_form check (plan_id ~ '^[a-z][a-z0-9_-]{1,62}$'),
    constraint plan_name_length check (char_length(name) between 1 and 100 and name !~ '[[:cntrl:]]')
);

-- What a plan costs from a month on. The latest revision of the latest list that has begun holds.
create table price_lists (
    plan_id text not null,
    -- The first of a month: what is included, tiers and the minimum are of a whole month.
    valid_from date not null,
    revision integer not null,
    currency text not null,
    minimum numeric(18, 2) not null,
    -- What share of the price a request costs that was refused, and one that failed by our fault.
    refused_share numeric(5, 4) not null,
    failed_share numeric(5, 4) not null,
    created_at timestamptz not null,
    created_by text not null,
    constraint price_lists_pkey primary key (plan_id, valid_from, revision),
    constraint price_lists_plan foreign key (plan_id) references plans,
    constraint price_list_begins_with_a_month check (extract(day from valid_from) = 1),
    constraint price_list_currency check (currency ~ '^[A-Z]{3}$'),
    constraint price_list_minimum check (minimum >= 0),
    constraint price_list_shares check (refused_share between 0 and 1 and failed_share between 0 and 1)
);

-- From so many cost units of a kind in a month on, each costs so much. Below the first step they
-- are included.
create table price_tiers (
    plan_id text not null,
    valid_from date not null,
    revision integer not null,
    event_type text not null,
    above numeric(24, 6) not null,
    unit_price numeric(18, 8) not null,
    constraint price_tiers_pkey primary key (plan_id, valid_from, revision, event_type, above),
    constraint price_tiers_list foreign key (plan_id, valid_from, revision) references price_lists,
    constraint price_tier_type check (
        event_type in ('api_call', 'enkf_run', 'report_gen', 'data_stored')
    ),
    constraint price_tier_not_negative check (above >= 0 and unit_price >= 0)
);

-- From which month on a department pays by which plan; by the plan `standard` until then.
create table tenant_plans (
    tenant_id text not null,
    valid_from date not null,
    revision integer not null,
    plan_id text not null,
    created_at timestamptz not null,
    created_by text not null,
    constraint tenant_plans_pkey primary key (tenant_id, valid_from, revision),
    constraint tenant_plans_tenant foreign key (tenant_id) references tenants,
    constraint tenant_plans_plan foreign key (plan_id) references plans,
    constraint tenant_plan_begins_with_a_month check (extract(day from valid_from) = 1)
);

-- A month that is closed: its statements are made, and nothing about it changes any more.
create table closed_months (
    month date not null,
    closed_at timestamptz not null,
    closed_by text not null,
    -- The transaction that closes it: what belongs to the month is added in this one alone.
    closing xid8 not null default pg_current_xact_id(),
    -- The month before, which is closed too; none for the first. So they are closed in order.
    previous date,
    constraint closed_months_pkey primary key (month),
    constraint closed_months_in_order foreign key (previous) references closed_months,
    constraint closed_month_is_a_month check (extract(day from month) = 1),
    constraint closed_month_follows check (previous = month - interval '1 month')
);
create unique index closed_months_one_first on closed_months ((true)) where previous is null;

-- What a department owes for a month.
create table statements (
    tenant_id text not null,
    month date not null,
    plan_id text not null,
    currency text not null,
    total numeric(18, 2) not null,
    -- SHA-256 over all that is on it, the hash of the statement before it included.
    sha256 bytea not null,
    closed_at timestamptz not null,
    constraint statements_pkey primary key (tenant_id, month),
    constraint statements_tenant foreign key (tenant_id) references tenants,
    constraint statements_month foreign key (month) references closed_months,
    constraint statements_plan foreign key (plan_id) references plans,
    constraint statement_is_sha256 check (octet_length(sha256) = 32)
);

-- What a line of a closed statement should have been. It goes on the next statement, as a line
-- that takes the wrong one back and a line that stands for it.
create table corrections (
    tenant_id text not null,
    correction_id uuid not null,
    month date not null,
    line_no integer not null,
    -- The right amount.
    amount numeric(18, 2) not null,
    reason text not null,
    created_at timestamptz not null,
    created_by text not null,
    constraint corrections_pkey primary key (tenant_id, correction_id),
    constraint corrections_once unique (tenant_id, month, line_no),
    constraint correction_reason_length check (
        char_length(reason) between 1 and 300 and reason !~ '[[:cntrl:]]'
    )
);

create table statement_lines (
    tenant_id text not null,
    month date not null,
    line_no integer not null,
    kind text not null,
    event_type text,
    quantity numeric(24, 6) not null,
    unit_price numeric(18, 8) not null,
    amount numeric(18, 2) not null,
    note text not null,
    -- Of a line that takes one back, or stands for one.
    correction_id uuid,
    constraint statement_lines_pkey primary key (tenant_id, month, line_no),
    constraint statement_lines_statement foreign key (tenant_id, month) references statements,
    constraint statement_lines_correction foreign key (tenant_id, correction_id) references corrections,
    constraint statement_lines_corrected_once unique (tenant_id, correction_id, kind),
    constraint statement_line_kind check (kind in ('usage', 'minimum', 'reversal', 'correction')),
    constraint statement_line_corrects check (
        (correction_id is not null) = (kind in ('reversal', 'correction'))
    )
);
alter table corrections
    add constraint corrections_line foreign key (tenant_id, month, line_no) references statement_lines;

-- What the platform costs in a month, as administrators enter it.
create table platform_costs (
    cost_id uuid not null,
    month date not null,
    name text not null,
    currency text not null,
    amount numeric(18, 2) not null,
    -- What it is split by, and how much of that there was to use in the month.
    driver text not null,
    capacity numeric(24, 6),
    -- How what nobody used in particular is split.
    rest text not null,
    created_at timestamptz not null,
    created_by text not null,
    removed_at timestamptz,
    removed_by text,
    constraint platform_costs_pkey primary key (cost_id),
    constraint platform_cost_month check (extract(day from month) = 1),
    constraint platform_cost_name_length check (char_length(name) between 1 and 100 and name !~ '[[:cntrl:]]'),
    constraint platform_cost_currency check (currency ~ '^[A-Z]{3}$'),
    constraint platform_cost_not_negative check (amount >= 0),
    constraint platform_cost_driver check (driver in ('processors', 'database', 'storage', 'shared')),
    constraint platform_cost_capacity check (
        capacity is null or (capacity > 0 and driver <> 'shared')
    ),
    constraint platform_cost_rest check (rest in ('evenly', 'in_proportion')),
    constraint platform_cost_removed_whole check ((removed_at is null) = (removed_by is null))
);
create index platform_costs_by_month on platform_costs (month);

-- What of a cost a department bears, written down when its month is closed.
create table attributions (
    tenant_id text not null,
    month date not null,
    cost_id uuid not null,
    direct numeric(18, 2) not null,
    idle numeric(18, 2) not null,
    shared numeric(18, 2) not null,
    constraint attributions_pkey primary key (tenant_id, month, cost_id),
    constraint attributions_tenant foreign key (tenant_id) references tenants,
    constraint attributions_month foreign key (month) references closed_months,
    constraint attributions_cost foreign key (cost_id) references platform_costs
);

-- How much a department means to spend in a month, in the currency of its plan: above `soft` it is
-- told, above `hard` it starts no more runs of the model. The latest revision holds.
create table budgets (
    tenant_id text not null,
    revision integer not null,
    soft numeric(18, 2),
    hard numeric(18, 2),
    created_at timestamptz not null,
    created_by text not null,
    constraint budgets_pkey primary key (tenant_id, revision),
    constraint budgets_tenant foreign key (tenant_id) references tenants,
    constraint budget_not_negative check (soft >= 0 and hard >= 0),
    constraint budget_soft_before_hard check (soft <= hard)
);

-- The plan that holds where nothing else was agreed: an hour of a processor 0.72, a gigabyte kept
-- for a month about 0.30, ten thousand calls included.
insert into plans (plan_id, name, created_at, created_by)
values ('standard', 'Standard', '2020-01-01', 'migration');
insert into price_lists (
    plan_id, valid_from, revision, currency, minimum, refused_share, failed_share, created_at, created_by
)
values ('standard', '2020-01-01', 1, 'USD', 0, 1, 0, '2020-01-01', 'migration');
insert into price_tiers (plan_id, valid_from, revision, event_type, above, unit_price)
values
    ('standard', '2020-01-01', 1, 'api_call', 10000, 0.0005),
    ('standard', '2020-01-01', 1, 'api_call', 1000000, 0.0002),
    ('standard', '2020-01-01', 1, 'enkf_run', 0, 0.000002),
    ('standard', '2020-01-01', 1, 'report_gen', 0, 0.05),
    ('standard', '2020-01-01', 1, 'data_stored', 3000, 0.00001);

-- Of a department.
call app.isolate_tenant_rows('tenant_plans');
call app.isolate_tenant_rows('statements');
call app.isolate_tenant_rows('corrections');
call app.isolate_tenant_rows('statement_lines');
call app.isolate_tenant_rows('budgets');
grant select on tenant_plans, statements, corrections, statement_lines, budgets to cordon_tenant;
-- Its share of the cost would tell a department about others.
alter table attributions enable row level security;
alter table attributions force row level security;

-- Of everybody. A department reads of plans its own and the usual one.
alter table plans enable row level security;
alter table plans force row level security;
alter table price_lists enable row level security;
alter table price_lists force row level security;
alter table price_tiers enable row level security;
alter table price_tiers force row level security;
alter table closed_months enable row level security;
alter table closed_months force row level security;
alter table platform_costs enable row level security;
alter table platform_costs force row level security;
create policy own_plan on plans for select to cordon_tenant using (
    plan_id = 'standard' or plan_id in (select plan_id from tenant_plans)
);
create policy own_plan on price_lists for select to cordon_tenant using (
    plan_id = 'standard' or plan_id in (select plan_id from tenant_plans)
);
create policy own_plan on price_tiers for select to cordon_tenant using (
    plan_id = 'standard' or plan_id in (select plan_id from tenant_plans)
);
grant select (plan_id, name) on plans to cordon_tenant;
grant select (plan_id, valid_from, revision, currency, minimum, refused_share, failed_share)
    on price_lists to cordon_tenant;
grant select on price_tiers to cordon_tenant;

-- The operator reads all of it and adds to it; what is closed stays as it is.
create policy billing on plans to cordon_operator using (true) with check (true);
create policy billing on price_lists to cordon_operator using (true) with check (true);
create policy billing on price_tiers to cordon_operator using (true) with check (true);
create policy billing on tenant_plans to cordon_operator using (true) with check (true);
create policy billing on closed_months to cordon_operator using (true) with check (true);
create policy billing on statements to cordon_operator using (true) with check (true);
create policy billing on corrections to cordon_operator using (true) with check (true);
create policy billing on statement_lines to cordon_operator using (true) with check (true);
create policy billing on platform_costs to cordon_operator using (true) with check (true);
create policy billing on attributions to cordon_operator using (true) with check (true);
create policy billing on budgets to cordon_operator using (true) with check (true);
create policy not_closed on price_lists as restrictive for insert to cordon_operator
    with check (valid_from > coalesce((select max(month) from closed_months), '-infinity'));
create policy not_closed on tenant_plans as restrictive for insert to cordon_operator
    with check (valid_from > coalesce((select max(month) from closed_months), '-infinity'));
create policy not_closed on platform_costs as restrictive for insert to cordon_operator
    with check (month > coalesce((select max(month) from closed_months), '-infinity'));
create policy not_closed_again on platform_costs as restrictive for update to cordon_operator
    using (removed_at is null and month > coalesce((select max(month) from closed_months), '-infinity'))
    with check (true);
create policy while_closing on statements as restrictive for insert to cordon_operator with check (
    month in (select month from closed_months where closing = pg_current_xact_id())
);
create policy while_closing on statement_lines as restrictive for insert to cordon_operator with check (
    month in (select month from closed_months where closing = pg_current_xact_id())
);
create policy while_closing on attributions as restrictive for insert to cordon_operator with check (
    month in (select month from closed_months where closing = pg_current_xact_id())
);
grant select, insert on plans, price_lists, price_tiers, tenant_plans, statements, corrections,
    statement_lines, platform_costs, attributions, budgets to cordon_operator;
grant select, insert (month, closed_at, closed_by, previous) on closed_months to cordon_operator;
grant update (removed_at, removed_by) on platform_costs to cordon_operator;
-- What administrators do to a department's bill stands in its audit.
create policy record_billing on audit for insert to cordon_operator with check (true);
create policy record_billing on platform_audit for insert to cordon_operator with check (true);
grant insert on audit, platform_audit to cordon_operator;

-- No use is added to a month of which the department has a statement.
create policy not_closed on usage_events as restrictive for insert to cordon_tenant, cordon_meter with check (
    not exists (
        select from statements s
        where s.tenant_id = usage_events.tenant_id
            and s.month = date_trunc('month', usage_events.occurred_at at time zone 'UTC')::date
    )
);
create policy closed on statements for select to cordon_meter using (true);
grant select (tenant_id, month) on statements to cordon_meter;

-- Drops what was used before a month, of months that are closed alone: their statements stay.
create function app.forget_usage_before(first_kept date) returns integer
    language plpgsql security definer
    set search_path = pg_catalog
as $$
declare
    month date;
    partition text;
    forgotten integer := 0;
begin
    perform pg_advisory_xact_lock(hashtextextended('cordon usage months', 0));
    -- As the owner, who is under row-level security too.
    alter table public.closed_months no force row level security;
    if (select relkind from pg_class where oid = 'public.usage_events'::regclass) <> 'p' then
        -- Months are closed in order.
        select max(c.month) + interval '1 month' into month
        from public.closed_months c
        where c.month < date_trunc('month', first_kept::timestamp);
        if month is not null then
            execute format(
                'select count(*) from %s.drop_chunks(''public.usage_events'', older_than => $1)',
                (select extnamespace::regnamespace from pg_extension where extname = 'timescaledb')
            ) into forgotten using month::timestamp at time zone 'UTC';
        end if;
    else
        for month in
            select c.month from public.closed_months c
            where c.month < date_trunc('month', first_kept::timestamp)
            order by c.month
        loop
            partition := 'usage_events_' || to_char(month, 'YYYY_MM');
            continue when to_regclass('public.' || partition) is null;
            execute format('drop table public.%I', partition);
            forgotten := forgotten + 1;
        end loop;
    end if;
    alter table public.closed_months force row level security;
    return forgotten;
end
$$;
revoke execute on function app.forget_usage_before(date) from public;
grant execute on function app.forget_usage_before(date) to cordon_meter;
