-- Settings kept in the database, and the log of events.

create table wecom.setting (
	name text not null,
	value text not null,
	meaning text not null,
	constraint setting_pkey primary key (name)
);
comment on table wecom.setting is 'Settings of the database itself, shared by all corps; changed by the operator.';
comment on column wecom.setting.name is 'Name of the setting.';
comment on column wecom.setting.value is 'Value as text.';
comment on column wecom.setting.meaning is 'What it does and which values it takes.';

insert into wecom.setting (name, value, meaning) values
	('event_partition_width', 'month', 'Width of new event partitions: month, week or day. Existing ones stay as they are.'),
	('event_partitions_ahead', '3', 'Event partitions kept ready after the current one: 3 to 60.'),
	('event_retention', '400 days', 'How long events are kept and repeats recognised, as an interval of at least one day.');

-- Identity first: repeats are found by the primary key alone.  No check constraints on purpose: PostgreSQL 15 reads their
-- text again at every statement (20 us of 80 for one ingest when the rules stood here).  wecom.ingest checks what it is
-- given, nobody else may write, and tests/sql holds the rules.  For the same reason no index on received_at.
create table wecom.event (
	auth_corp_id text not null,
	event_time timestamptz not null,
	content_hash bytea not null,
	event_id uuid not null,
	received_at timestamptz not null,
	due_at timestamptz,
	deliveries integer not null,
	route text not null,
	state text not null,
	info_type text,
	change_type text,
	job_kind text,
	job_target text,
	body jsonb not null,
	constraint event_pkey primary key (auth_corp_id, event_time, content_hash)
) partition by range (event_time);

-- exactly the events that still wait for their object's job
create index event_new_idx on wecom.event (auth_corp_id, job_kind, job_target, event_time) where state = 'new';

comment on table wecom.event is 'Every well-formed event received, once; range-partitioned by the time inside the event (UTC). Written by wecom.ingest.';
comment on column wecom.event.auth_corp_id is 'The corp the event speaks of, known or not, or suite:<suite_id> for suite-wide events.';
comment on column wecom.event.event_time is 'The time inside the event; 1970-01-01 when it has no usable one. Part of the identity.';
comment on column wecom.event.content_hash is 'SHA-256 of the canonical decrypted content with suite and corp, 32 bytes. Part of the identity.';
comment on column wecom.event.event_id is 'UUID version 7 made by the receiver of the first delivery; sorts by arrival.';
comment on column wecom.event.received_at is 'When the first delivery arrived.';
comment on column wecom.event.due_at is 'A pull of the object that began later than this covers the event; null when it calls for no work.';
comment on column wecom.event.deliveries is 'How often the event was delivered.';
comment on column wecom.event.route is 'Callback route it came by: command, data or system.';
comment on column wecom.event.state is 'new: waits for the job of its object; applied; noted: calls for no work; parked: could not be applied.';
comment on column wecom.event.info_type is 'InfoType, or MsgType on the data route.';
comment on column wecom.event.change_type is 'ChangeType, or Event on the data route.';
comment on column wecom.event.job_kind is 'Kind of the job the event calls for; null for none.';
comment on column wecom.event.job_target is 'Target of that job; empty for all of the kind.';
comment on column wecom.event.body is 'The event as JSON, element names as sent, secrets masked.';

-- always there; the others are made by wecom.event_partition_maintain
create table wecom.event_undated partition of wecom.event
	for values from ('1970-01-01 00:00:00+00') to ('1970-01-02 00:00:00+00');
create table wecom.event_default partition of wecom.event default;
comment on table wecom.event_undated is 'Events without a usable time.';
comment on table wecom.event_default is 'Events outside all other partitions. Should stay empty; wecom.event_partition_maintain tells when it is not.';

alter table wecom.event enable row level security;
create policy event_reader on wecom.event for select to wecom_reader using (
	coalesce(current_setting('app.corp', true), '') in ('', auth_corp_id)
);
