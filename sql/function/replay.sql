-- wecom.replay(p_corp, p_from, p_to): let the events of a time be judged again.
--   p_from, p_to  times inside the events: from p_from to before p_to
--   returns       how many events wait again
--   tables        wecom.event, wecom.job, wecom.corp_due
--   caller        operators
-- What later pulls cover costs no call, and edges that the version chains hold change nothing.  Left alone: events that
-- call for no work, auth codes (good for one use) and cancellations (wecom.purge says what it does).
create or replace function wecom.replay(p_corp text, p_from timestamptz, p_to timestamptz)
returns bigint
language plpgsql
security definer
set search_path = pg_catalog, pg_temp
as $$
declare
	v_replayed bigint;
	v_kinds text[];
	v_targets text[];
	v_due_ats timestamptz[];
	v_due_at timestamptz;
begin
	with locked as materialized (
		select e.event_time, e.content_hash
		from wecom.event as e
		where e.auth_corp_id = p_corp
			and e.event_time >= p_from
			and e.event_time < p_to
			and e.state in ('applied', 'noted', 'parked')
			and e.job_kind <> 'purge'
			and e.job_target not like 'code:%'
		order by e.event_time, e.content_hash
		for update
	), replayed as (
		update wecom.event as e
		set state = 'new'
		from locked as l
		where e.auth_corp_id = p_corp
			and e.event_time = l.event_time
			and e.content_hash = l.content_hash
		returning e.job_kind, e.job_target, e.due_at
	), object as (
		select r.job_kind, r.job_target, count(*) as n, min(r.due_at) as due_at
		from replayed as r
		group by r.job_kind, r.job_target
	)
	select coalesce(sum(o.n), 0),
		array_agg(o.job_kind), array_agg(o.job_target), array_agg(o.due_at)
	into v_replayed, v_kinds, v_targets, v_due_ats
	from object as o;

	if v_kinds is not null then
		v_due_at := wecom.job_raise(p_corp, v_kinds, v_targets, v_due_ats);
		if v_due_at is not null then
			perform wecom.corp_due_raise(p_corp, v_due_at);
		end if;
	end if;
	return v_replayed;
end
$$;

comment on function wecom.replay(text, timestamptz, timestamptz) is
	'Let the events of a time be judged again; how many.';
