-- wecom.purge_events(p_corp, p_left_at, p_limit, p_is_last): delete events of a corp that left.
--   p_is_last  those that cancelled; else all but these
--   returns    how many went, at most p_limit
--   tables     wecom.event
--   caller     wecom.purge_store
-- Rows that a receiver holds are left for the next step: nothing is waited for.
create or replace function wecom.purge_events(p_corp text, p_left_at timestamptz, p_limit integer, p_is_last boolean)
returns bigint
language plpgsql
as $$
declare
	v_gone bigint;
begin
	with gone as materialized (
		select e.event_time, e.content_hash
		from wecom.event as e
		where e.auth_corp_id = p_corp
			and e.event_time <= p_left_at
			and coalesce(e.job_kind = 'purge', false) = p_is_last
		limit p_limit
		for update skip locked
	)
	delete from wecom.event as e
	using gone as g
	where e.auth_corp_id = p_corp
		and e.event_time = g.event_time
		and e.content_hash = g.content_hash;
	get diagnostics v_gone = row_count;
	return v_gone;
end
$$;

comment on function wecom.purge_events(text, timestamptz, integer, boolean) is
	'Delete events of a corp that left; how many.';
