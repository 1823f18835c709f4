-- What the reconciler needs beside the queue: order of jobs, corps in full, tokens, counters of calls and of findings.

-- 0: an event calls for it; 1: backfill and full reconcile; 2: details that only a pull knows (enrichment)
alter table wecom.job
	add column priority smallint not null default 0,
	add column is_reconcile boolean not null default false;
comment on column wecom.job.priority is '0: called for by an event; 1: backfill or full reconcile; 2: enrichment. Lower first, but none starves.';
comment on column wecom.job.is_reconcile is 'Asked for by a full reconcile or a person: what is found to differ is drift.';

-- exactly the claimable rows, in the order in which they are claimed
drop index wecom.job_due_idx;
create index job_due_idx on wecom.job (auth_corp_id, priority, due_at) where state = 'due';
-- the corp's share of what is under way: for a new holder of the lease, and for its next due time
create index job_leased_idx on wecom.job (auth_corp_id, fence) where state = 'leased';

alter table wecom.corp_due
	add column waiting_from timestamptz;
comment on column wecom.corp_due.due_at is 'When to look at the corp: not later than the due time of any job that may be claimed.';
comment on column wecom.corp_due.waiting_from is 'No job waits with a due time before both this and due_at (null: before due_at): where a claim begins to read, so that it does not go through what is claimed and not yet vacuumed.';

alter table wecom.corp
	add column scope jsonb,
	add column permissions text[],
	add column admins jsonb,
	add column corp_type text,
	add column subject_type integer,
	add column suspended_reason text,
	add column authorised_at timestamptz,
	add column backfilled_at timestamptz,
	add column reconcile_at timestamptz;
create index corp_reconcile_idx on wecom.corp (reconcile_at) where state = 'active';
comment on column wecom.corp.scope is 'Whom the app may see: privilege of the auth info (allow_user, allow_party, allow_tag, level …).';
comment on column wecom.corp.permissions is 'Permissions granted to the app.';
comment on column wecom.corp.admins is 'Administrators of the app: [{userid, open_userid, auth_type}].';
comment on column wecom.corp.corp_type is 'corp_type of the auth info.';
comment on column wecom.corp.subject_type is 'subject_type of the auth info: 1 enterprise, 2 government, 3 other, 4 team.';
comment on column wecom.corp.suspended_reason is 'Why WeCom refuses our calls; null unless suspended.';
comment on column wecom.corp.authorised_at is 'Time of the event that brought the newest auth code exchanged.';
comment on column wecom.corp.backfilled_at is 'When the first full read of the corp was asked for; what differs after it is drift.';
comment on column wecom.corp.reconcile_at is 'When everything is read again; null until the first read.';

create table wecom.token (
	auth_corp_id text not null,
	kind text not null,
	generation bigint not null,
	sealed bytea,
	expires_at timestamptz,
	refreshing_by text,
	refreshing_until timestamptz,
	constraint token_pkey primary key (auth_corp_id, kind),
	constraint token_whole check ((sealed is null) = (expires_at is null)),
	constraint token_refresh_whole check ((refreshing_by is null) = (refreshing_until is null))
) with (fillfactor = 70);
comment on table wecom.token is 'Access tokens, sealed by the programs as secrets are, and who is fetching the next one.';
comment on column wecom.token.auth_corp_id is 'The corp; suite:<suite_id> for the suite''s own.';
comment on column wecom.token.kind is 'suite_access_token or access_token.';
comment on column wecom.token.generation is 'Raised with every token kept: a failing one is dropped only while it is still the same.';
comment on column wecom.token.sealed is 'Version, nonce, ciphertext and tag (AES-256-GCM); null when there is none.';
comment on column wecom.token.expires_at is 'End of the token''s life by WeCom''s clock; null when there is none.';
comment on column wecom.token.refreshing_by is 'Who fetches the next one; null for nobody.';
comment on column wecom.token.refreshing_until is 'Until when the others leave it to them, by the database''s clock.';

create table wecom.api_usage (
	auth_corp_id text not null,
	day date not null,
	api text not null,
	calls bigint not null,
	errors bigint not null,
	limited bigint not null,
	saved bigint not null,
	constraint api_usage_pkey primary key (auth_corp_id, day, api)
) with (fillfactor = 70);
comment on table wecom.api_usage is 'API calls made and saved, by corp, day and API.';
comment on column wecom.api_usage.auth_corp_id is 'The corp the call was made for, or suite:<suite_id>.';
comment on column wecom.api_usage.day is 'Day of the call (UTC).';
comment on column wecom.api_usage.api is 'The API''s path, e.g. externalcontact/groupchat/get.';
comment on column wecom.api_usage.calls is 'Requests sent.';
comment on column wecom.api_usage.errors is 'Of these, answered by an error or not at all.';
comment on column wecom.api_usage.limited is 'Of these, refused because there were too many (45009, 45033).';
comment on column wecom.api_usage.saved is 'Requests not needed, because the event itself or an earlier answer told enough.';

create table wecom.counter (
	auth_corp_id text not null,
	day date not null,
	name text not null,
	n bigint not null,
	constraint counter_pkey primary key (auth_corp_id, day, name)
) with (fillfactor = 70);
comment on table wecom.counter is 'What the reconciler found and did, counted by corp and day.';
comment on column wecom.counter.auth_corp_id is 'The corp.';
comment on column wecom.counter.day is 'Day on which the job was finished (UTC).';
comment on column wecom.counter.name is 'What is counted: chat_gap, drift_customer, checked_customer, pull_saved …';
comment on column wecom.counter.n is 'How many.';

create table wecom.gap (
	auth_corp_id text not null,
	chat_id text not null,
	found_at timestamptz not null,
	repaired_at timestamptz,
	constraint gap_pkey primary key (auth_corp_id, chat_id, found_at)
);
comment on table wecom.gap is 'Gaps in the version chains of group chats, and when they were closed.';
comment on column wecom.gap.auth_corp_id is 'The corp.';
comment on column wecom.gap.chat_id is 'The chat.';
comment on column wecom.gap.found_at is 'Arrival of the first event that did not link.';
comment on column wecom.gap.repaired_at is 'When a pull closed it; null while it is open.';

alter table wecom.token enable row level security;
create policy token_reader on wecom.token for select to wecom_reader using (
	coalesce(current_setting('app.corp', true), '') in ('', auth_corp_id)
);
alter table wecom.secret enable row level security;
-- how old the suite's ticket is concerns every corp; what is sealed is not granted to the reader at all
create policy secret_reader on wecom.secret for select to wecom_reader using (
	coalesce(current_setting('app.corp', true), '') in ('', auth_corp_id) or kind = 'suite_ticket'
);
alter table wecom.api_usage enable row level security;
create policy api_usage_reader on wecom.api_usage for select to wecom_reader using (
	coalesce(current_setting('app.corp', true), '') in ('', auth_corp_id)
);
alter table wecom.counter enable row level security;
create policy counter_reader on wecom.counter for select to wecom_reader using (
	coalesce(current_setting('app.corp', true), '') in ('', auth_corp_id)
);
alter table wecom.gap enable row level security;
create policy gap_reader on wecom.gap for select to wecom_reader using (
	coalesce(current_setting('app.corp', true), '') in ('', auth_corp_id)
);
