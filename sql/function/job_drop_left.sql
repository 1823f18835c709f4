-- wecom.job_drop_left(p_corp, p_now, p_limit): drop what waits for a corp that left: its events, then its jobs.
--   p_limit  at most so many events and jobs
--   returns  how many rows went
--   tables   wecom.event, wecom.job; reads wecom.corp
--   caller   wecom.job_claim, for a cancelled corp without a purge
-- Events from after the cancellation may be the first of a new authorisation whose code is being exchanged: they go when
-- they are an hour old.
create or replace function wecom.job_drop_left(p_corp text, p_now timestamptz, p_limit integer)
returns bigint
language plpgsql
as $$
declare
	v_left_at timestamptz;
	v_events bigint;
	v_jobs bigint;
begin
	select max(c.cancelled_at)
	into v_left_at
	from wecom.corp as c
	where c.auth_corp_id = p_corp;

	with gone as materialized (
		select e.event_time, e.content_hash
		from wecom.event as e
		where e.auth_corp_id = p_corp
			and e.state = 'new'
			and e.job_kind <> 'purge'
			and e.job_target not like 'code:%'
			and (e.event_time <= v_left_at or e.event_time <= p_now - interval '1 hour')
		limit p_limit
		for update skip locked
	)
	delete from wecom.event as e
	using gone as g
	where e.auth_corp_id = p_corp
		and e.event_time = g.event_time
		and e.content_hash = g.content_hash;
	get diagnostics v_events = row_count;

	v_jobs := wecom.job_drop(p_corp, p_now, p_limit);
	return v_events + v_jobs;
end
$$;

comment on function wecom.job_drop_left(text, timestamptz, integer) is
	'Drop what waits for a corp that left; how many rows went.';
