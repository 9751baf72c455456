-- An administrator who must look inside a department says why and for how long, reads only, and is
-- seen to have done so.
create table break_glass (
    tenant_id text not null,
    glass_id uuid not null,
    -- Who looks.
    user_id uuid not null,
    email text not null,
    reason text not null,
    began_at timestamptz not null,
    ends_at timestamptz not null,
    -- Set when they ended it before.
    ended_at timestamptz,
    constraint break_glass_pkey primary key (tenant_id, glass_id),
    constraint break_glass_tenant foreign key (tenant_id) references tenants,
    constraint break_glass_user foreign key (user_id) references users,
    constraint break_glass_reason check (char_length(reason) between 10 and 500 and reason !~ '[[:cntrl:]]'),
    constraint break_glass_an_hour_at_most check (
        ends_at > began_at and ends_at <= began_at + interval '60 minutes'
    )
);
create index break_glass_by_user on break_glass (user_id, ends_at);
create index break_glass_by_time on break_glass (tenant_id, began_at);

-- The department reads who looked, and why; whoever finds out who is asking, whether they may.
call app.isolate_tenant_rows('break_glass');
grant select on break_glass to cordon_tenant;
create policy sign_in on break_glass for select to cordon_gate using (true);
grant select on break_glass to cordon_gate;
create policy look on break_glass to cordon_operator using (true) with check (true);
grant select, insert on break_glass to cordon_operator;
grant update (ended_at) on break_glass to cordon_operator;
-- What has ended stays so.
create policy not_ended on break_glass as restrictive for update to cordon_operator
    using (ended_at is null) with check (ended_at is not null);
