create or replace view mirror.job as
select
	j.auth_corp_id,
	j.kind,
	j.target,
	j.state,
	j.due_at,
	j.attempts,
	j.last_error,
	j.priority,
	j.is_reconcile
from wecom.job as j;

comment on view mirror.job is 'Work that is still to be done, one row for each object.';
comment on column mirror.job.auth_corp_id is 'The corp.';
comment on column mirror.job.kind is 'What is to be pulled or done.';
comment on column mirror.job.target is 'The object; empty for all of the kind.';
comment on column mirror.job.state is 'due: waits for due_at; leased: being worked on; parked: waits for a person.';
comment on column mirror.job.due_at is 'Not to be done before.';
comment on column mirror.job.attempts is 'Attempts that failed since the last success.';
comment on column mirror.job.last_error is 'Why the last attempt failed.';
comment on column mirror.job.priority is '0: called for by an event; 1: backfill or full reconcile; 2: enrichment.';
comment on column mirror.job.is_reconcile is 'Asked for by a full reconcile or a person.';
