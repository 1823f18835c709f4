-- wecom.event_due_again(p_corp, p_event_time, p_content_hash, p_kind, p_target, p_due_at): a repeat of a stored event
-- calls for its object's pull again (two real edits can be identical within one second), unless a pull that covers it
-- has been recorded in wecom.pull.
--   p_kind … p_due_at  the job as the repeat states it
--   returns   true when the job is to be raised
--   tables    reads wecom.pull, writes wecom.event
--   caller    wecom.ingest_one, wecom.ingest_many, for repeats that name a job
-- An event not yet recorded as covered becomes 'new' again, for the daemon finds by that what a pull has to cover; its
-- later due_at keeps a pull already under way from covering the repeat.  'parked' stays.
create or replace function wecom.event_due_again(p_corp text, p_event_time timestamptz, p_content_hash bytea, p_kind text,
	p_target text, p_due_at timestamptz)
returns boolean
language plpgsql
as $$
begin
	perform
	from wecom.pull as p
	where p.auth_corp_id = p_corp
		and p.kind = p_kind
		and p.target in (p_target, '')
		and p.begun_at > p_due_at;
	if found then
		return false;
	end if;

	update wecom.event as e
	set state = 'new',
		job_kind = p_kind,
		job_target = p_target,
		due_at = greatest(e.due_at, p_due_at)
	where e.auth_corp_id = p_corp
		and e.event_time = p_event_time
		and e.content_hash = p_content_hash
		and (e.state in ('applied', 'noted') or (e.state = 'new' and e.due_at < p_due_at));
	return true;
end
$$;

comment on function wecom.event_due_again(text, timestamptz, bytea, text, text, timestamptz) is
	'Make a repeated event wait for its job again unless a recorded pull covers it; true when the job is to be raised.';
