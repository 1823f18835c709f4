-- The queue: jobs, next due times, leases, and what has been pulled when.
--
-- Who locks what, and why nothing is lost although the receiver mostly writes nothing:
--  * Lock order inside a transaction, for everyone: lease, event, corp and what is known of its objects, secret, pull, job
--    (by kind, target), counter, corp_due.
--  * The receiver looks at a job row and at the corp_due row FOR KEY SHARE before it decides that nothing need be written.
--    Whoever takes a job out of waiting (claim, finish, park, unpark) or recomputes a corp_due row must first lock the
--    row FOR UPDATE, alone of all modes in conflict with a key share, and read events or jobs in a LATER statement of
--    the transaction: all that was decided by an earlier look is committed and visible by then.
--  * Who holds a job row waits only for those with greater keys, as the receiver does; `for update skip locked` waits
--    for none.  wecom.job_finish therefore stores first, for that may raise jobs, and then takes all keys in one order.
--  * A claim sets claimed_counter := counter.  Finishing deletes the row where counter = claimed_counter; else the job
--    is due again.  Events that the pull does not cover (event.due_at >= begin of the pull) are still 'new' and make it
--    due again as well.
--  * A leased job is its daemon's under the lease's fencing number.  A claim and a finish hold the lease FOR SHARE, so
--    that it cannot change hands before they end; a new holder makes all jobs leased under older numbers due again.
--  * No job waits that is due before least(corp_due.due_at, corp_due.waiting_from): a claim reads from there on, past
--    what was claimed before and cannot be vacuumed while an old snapshot is held.  Whoever makes a job due tells
--    wecom.corp_due_raise; a lost word is found by wecom.corp_due_sweep.

-- no check constraints here: 20 us an ingest, see migrate/0001_event.sql
create table wecom.job (
	auth_corp_id text not null,
	kind text not null,
	target text not null,
	state text not null,
	due_at timestamptz not null,
	counter bigint not null,
	claimed_counter bigint,
	claimed_at timestamptz,
	fence bigint,
	attempts integer not null,
	last_error text,
	constraint job_pkey primary key (auth_corp_id, kind, target)
) with (
	fillfactor = 60,
	autovacuum_vacuum_scale_factor = 0.02,
	autovacuum_vacuum_threshold = 500,
	autovacuum_vacuum_cost_delay = 0,
	autovacuum_analyze_scale_factor = 0.1
);
-- exactly the claimable rows, in the order in which they are claimed
create index job_due_idx on wecom.job (auth_corp_id, due_at) where state = 'due';

comment on table wecom.job is 'Work to do, one row for each object: many events on one object are one job. Gone when done.';
comment on column wecom.job.auth_corp_id is 'The corp.';
comment on column wecom.job.kind is 'corp, chat, chat_list, customer, customer_list, tag, member, member_list, openid_map or purge.';
comment on column wecom.job.target is 'The object; empty for all of the kind.';
comment on column wecom.job.state is 'due: waits for due_at; leased: being worked on; parked: waits for a person.';
comment on column wecom.job.due_at is 'Not to be claimed before.';
comment on column wecom.job.counter is 'Raised when a new event must not be lost to a claim or a finish already under way.';
comment on column wecom.job.claimed_counter is 'The counter when the job was claimed; another value now means due again.';
comment on column wecom.job.claimed_at is 'When the job was claimed.';
comment on column wecom.job.fence is 'Fencing number of the corp''s lease under which the job was claimed.';
comment on column wecom.job.attempts is 'Attempts that failed since the last success.';
comment on column wecom.job.last_error is 'Why the last attempt failed, for people; never a secret.';

create table wecom.corp_due (
	auth_corp_id text not null,
	due_at timestamptz not null,
	constraint corp_due_pkey primary key (auth_corp_id)
) with (
	fillfactor = 50,
	autovacuum_vacuum_scale_factor = 0.02,
	autovacuum_vacuum_threshold = 200,
	autovacuum_vacuum_cost_delay = 0
);
create index corp_due_due_at_idx on wecom.corp_due (due_at);

comment on table wecom.corp_due is 'When a corp next has work; never later than its earliest waiting job. Written only when the time moves earlier, or by the daemon that recomputes it.';
comment on column wecom.corp_due.auth_corp_id is 'The corp.';
comment on column wecom.corp_due.due_at is 'Not later than the due time of any waiting job of the corp.';

create table wecom.lease (
	auth_corp_id text not null,
	owner text not null,
	fence bigint not null,
	expires_at timestamptz not null,
	constraint lease_pkey primary key (auth_corp_id)
) with (
	fillfactor = 50,
	autovacuum_vacuum_scale_factor = 0.02,
	autovacuum_vacuum_threshold = 200,
	autovacuum_vacuum_cost_delay = 0
);

comment on table wecom.lease is 'Which daemon serves a corp. Apart from corp_due: the receiver touches that one, every apply share-locks this one.';
comment on column wecom.lease.auth_corp_id is 'The corp.';
comment on column wecom.lease.owner is 'Name of the daemon that holds, or last held, the lease.';
comment on column wecom.lease.fence is 'Raised at every change of holder; an apply under an older number changes nothing.';
comment on column wecom.lease.expires_at is 'End of the lease by the database''s clock.';

create table wecom.pull (
	auth_corp_id text not null,
	kind text not null,
	target text not null,
	begun_at timestamptz not null,
	constraint pull_pkey primary key (auth_corp_id, kind, target)
) with (fillfactor = 70);

comment on table wecom.pull is 'The latest complete pull of each object: written by the daemon in the transaction that applies it, read by the receiver for repeats only.';
comment on column wecom.pull.auth_corp_id is 'The corp.';
comment on column wecom.pull.kind is 'Kind of the job that pulled.';
comment on column wecom.pull.target is 'The object; empty for all of the kind.';
comment on column wecom.pull.begun_at is 'When the pull began, less what the clocks may differ; covers every event with an earlier due_at.';

alter table wecom.job enable row level security;
create policy job_reader on wecom.job for select to wecom_reader using (
	coalesce(current_setting('app.corp', true), '') in ('', auth_corp_id)
);
