-- How observations come in: each file or request is an upload, kept whole until somebody
-- decides on it, and named by every value that came with it.

-- A file, or a program's request. Numbered from 1 in each department, so that the number
-- tells nobody how many uploads the others made.
create table uploads (
    tenant_id text not null,
    upload_no integer not null,
    -- 'receiving' until the last byte is stored, 'received' until it is read against what is
    -- known, 'checked' until a person or program decides.
    status text not null,
    source text not null,
    file_name text not null,
    -- Of the bytes as they were sent; null while they arrive, and where nothing was sent.
    byte_length bigint,
    sha256 bytea,
    -- The day on which this was known.
    as_of date not null,
    received_at timestamptz not null,
    received_by text not null,
    decided_at timestamptz,
    decided_by text,
    -- A program's word for this request, by which a repeated one is recognised.
    idempotency_key text,
    -- The upload that this one takes back.
    undoes integer,
    -- How the file is read: delimiter, layout, order of dates, columns.
    reading jsonb,
    -- What was found in it: questions, problems, counts by code.
    report jsonb,
    new_rows bigint not null default 0,
    changed_rows bigint not null default 0,
    unchanged_rows bigint not null default 0,
    refused_rows bigint not null default 0,
    constraint uploads_pkey primary key (tenant_id, upload_no),
    constraint uploads_tenant foreign key (tenant_id) references tenants,
    constraint uploads_undone foreign key (tenant_id, undoes) references uploads,
    constraint uploads_idempotency unique (tenant_id, idempotency_key),
    constraint upload_status check (status in ('receiving', 'received', 'checked', 'accepted', 'cancelled')),
    constraint upload_source check (source in ('page', 'api', 'command', 'undo')),
    constraint upload_file_name check (char_length(file_name) between 1 and 200 and file_name !~ '[[:cntrl:]]'),
    constraint upload_idempotency_key check (char_length(idempotency_key) between 1 and 200),
    constraint upload_sha256 check (octet_length(sha256) = 32),
    constraint upload_decided_whole check (
        (status in ('accepted', 'cancelled')) = (decided_at is not null)
        and (decided_at is null) = (decided_by is null)
    )
);
create index uploads_accepted on uploads (tenant_id, as_of) where status = 'accepted';

-- An undecided upload's text, in order. A line list's is the sums by place and day: what
-- names a person is dropped before anything is stored.
create table upload_chunks (
    tenant_id text not null,
    upload_no integer not null,
    chunk_no integer not null,
    bytes bytea not null,
    constraint upload_chunks_pkey primary key (tenant_id, upload_no, chunk_no),
    constraint upload_chunks_upload foreign key (tenant_id, upload_no) references uploads
);
alter table upload_chunks alter column bytes set storage external;

-- How a department reads files of a shape it has sent before.
create table readings (
    tenant_id text not null,
    -- SHA-256 of the header line.
    header_hash bytea not null,
    reading jsonb not null,
    used_at timestamptz not null,
    constraint readings_pkey primary key (tenant_id, header_hash),
    constraint readings_tenant foreign key (tenant_id) references tenants,
    constraint reading_header_is_sha256 check (octet_length(header_hash) = 32)
);

-- A value now says which upload brought it. Two uploads of one day stand beside each other:
-- the later one supersedes the earlier on the same day, and neither is overwritten.
--
-- 'suppressed' is a number that was reported and withheld because it is small; 'withdrawn' is
-- the end of what was known, as if nothing had been reported.
alter table observations
    add column upload_no integer not null default 0,
    -- How many days the number counts, from `date` on.
    add column days smallint not null default 1,
    alter column new_cases drop not null,
    drop constraint observation_kind,
    drop constraint observation_superseded_later,
    add constraint observation_kind check (kind in ('count', 'correction', 'suppressed', 'withdrawn')),
    add constraint observation_valued check ((new_cases is not null) = (kind in ('count', 'correction'))),
    add constraint observation_superseded_later check (superseded_on >= as_of),
    add constraint observation_days check (days in (1, 7));

-- The owner is under row-level security itself, and has rows to write for every department.
alter table observations no force row level security;
insert into uploads (
    tenant_id, upload_no, status, source, file_name, as_of,
    received_at, received_by, decided_at, decided_by, new_rows
)
select
    tenant_id, row_number() over (partition by tenant_id order by as_of), 'accepted', 'command', 'earlier imports',
    as_of, as_of, 'command line', as_of, 'command line', count(*)
from observations
group by tenant_id, as_of;
update observations
set upload_no = uploads.upload_no
from uploads
where uploads.tenant_id = observations.tenant_id and uploads.as_of = observations.as_of;
alter table observations force row level security;

alter table observations
    alter column upload_no drop default,
    drop constraint observations_pkey,
    add constraint observations_pkey primary key (tenant_id, location_id, date, as_of, upload_no),
    add constraint observations_upload foreign key (tenant_id, upload_no) references uploads;
drop index observations_current;
create index observations_current on observations (tenant_id, date)
    include (location_id, new_cases, kind, days)
    where superseded_on = 'infinity';
-- What an upload brought: for its page, and to take it back.
create index observations_by_upload on observations (tenant_id, upload_no);

-- A county may belong to a region that is a location itself.
alter table locations
    add column parent_id text,
    add constraint locations_parent foreign key (tenant_id, parent_id) references locations,
    add constraint location_not_its_own_parent check (parent_id <> location_id);
grant update (parent_id) on locations to cordon_tenant;

call app.isolate_tenant_rows('uploads');
call app.isolate_tenant_rows('upload_chunks');
call app.isolate_tenant_rows('readings');
-- What was decided stays decided.
create policy undecided on uploads as restrictive for update to cordon_tenant
    using (status not in ('accepted', 'cancelled')) with check (true);
grant select, insert on uploads to cordon_tenant;
grant update (
    status, byte_length, sha256, as_of, decided_at, decided_by, reading, report,
    new_rows, changed_rows, unchanged_rows, refused_rows
) on uploads to cordon_tenant;
grant select, insert, delete on upload_chunks to cordon_tenant;
grant select, insert on readings to cordon_tenant;
grant update (reading, used_at) on readings to cordon_tenant;
revoke update (new_cases, kind) on observations from cordon_tenant;
