-- What a department's people know about days, and counts do not say.

-- A dated note: a policy changed, a laboratory was down, the case definition is another. It
-- stands on charts and in exports, and models may leave its days out when they are fitted.
create table annotations (
    tenant_id text not null,
    annotation_id uuid not null,
    first_day date not null,
    last_day date not null,
    -- Null: it concerns all of the department's locations.
    location_id text,
    kind text not null,
    text text not null,
    excluded_from_fitting boolean not null,
    created_at timestamptz not null,
    created_by text not null,
    -- A note that is taken back stays, so that it can be put back.
    removed_at timestamptz,
    removed_by text,
    constraint annotations_pkey primary key (tenant_id, annotation_id),
    constraint annotations_tenant foreign key (tenant_id) references tenants,
    constraint annotations_location foreign key (tenant_id, location_id) references locations,
    constraint annotation_kind check (kind in ('policy_change', 'outage', 'holiday', 'case_definition', 'other')),
    constraint annotation_days_in_order check (first_day <= last_day),
    constraint annotation_days_plausible check (first_day >= '1900-01-01' and last_day <= '2199-12-31'),
    constraint annotation_text_length check (char_length(text) between 1 and 500 and text !~ '[[:cntrl:]]'),
    constraint annotation_removed_whole check ((removed_at is null) = (removed_by is null))
);
create index annotations_by_day on annotations (tenant_id, first_day);

call app.isolate_tenant_rows('annotations');
grant select, insert on annotations to cordon_tenant;
grant update (removed_at, removed_by) on annotations to cordon_tenant;
