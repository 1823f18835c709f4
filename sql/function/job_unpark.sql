-- wecom.job_unpark(p_corp, p_kind, p_target): make parked jobs, and those that wait after failures, due at once; and the
-- look at the authorisation of a suspended corp.
--   p_kind    null: of every kind
--   p_target  null: all of the kind
--   returns   how many, and the earliest due time for which wecom.corp_due_raise has to follow
--   tables    wecom.job
--   caller    wecom.unpark, wecom.resync, wecom.purge
create or replace function wecom.job_unpark(p_corp text, p_kind text, p_target text)
returns table (freed integer, due_at timestamptz)
language plpgsql
as $$
declare
	v_now constant timestamptz := clock_timestamp();
begin
	return query
	with locked as materialized (
		select j.kind, j.target
		from wecom.job as j
		where j.auth_corp_id = p_corp
			and (p_kind is null or j.kind = p_kind)
			and (p_target is null or j.target = p_target)
			and (j.state = 'parked'
				or (j.state = 'due' and (j.attempts > 0 or (j.kind = 'corp' and j.due_at > v_now))))
		order by j.kind, j.target
		for update
	), free as (
		update wecom.job as j
		set state = 'due',
			due_at = least(j.due_at, v_now),
			counter = j.counter + 1,
			attempts = 0
		from locked as l
		where j.auth_corp_id = p_corp
			and j.kind = l.kind
			and j.target = l.target
		returning j.due_at
	)
	select count(*)::integer, min(f.due_at)
	from free as f;
end
$$;

comment on function wecom.job_unpark(text, text, text) is
	'Make parked jobs, and those that wait after failures, due at once: how many, and the earliest due time.';
