-- wecom.job_drop(p_corp, p_now, p_limit): drop jobs without waiting events, leased or not, but for purges and auth codes.
--   p_now    those that are taken back are due then; whoever calls tells wecom.corp_due_raise
--   p_limit  at most so many
--   returns  how many went or were taken back
--   tables   wecom.job; reads wecom.event, wecom.corp
--   caller   wecom.job_drop_left, wecom.purge_store
-- A leased job with waiting events is taken back from its daemon: what it comes back with is lost, like that of one that
-- is dropped.  Rows that others hold are left for the next call: the caller may hold events.
-- A corp that has been authorised again keeps its jobs: its line and the job that reads it appear in one commit, so each
-- statement here sees both or neither.
create or replace function wecom.job_drop(p_corp text, p_now timestamptz, p_limit integer)
returns bigint
language plpgsql
as $$
declare
	v_kinds text[];
	v_targets text[];
	v_dropped bigint;
	v_taken bigint;
begin
	with locked as materialized (
		select j.kind, j.target
		from wecom.job as j
		where j.auth_corp_id = p_corp
			and j.kind <> 'purge'
			and j.target not like 'code:%'
			and (j.state = 'leased' or not wecom.job_has_events(p_corp, j.kind, j.target))
			and not exists (select from wecom.corp as c where c.auth_corp_id = p_corp and c.state <> 'cancelled')
		limit p_limit
		for update skip locked
	)
	select array_agg(l.kind), array_agg(l.target)
	into v_kinds, v_targets
	from locked as l;

	-- looked at again in a statement after the lock: see migrate/0002_queue.sql
	delete from wecom.job as j
	using unnest(v_kinds, v_targets) as u (kind, target)
	where j.auth_corp_id = p_corp
		and j.kind = u.kind
		and j.target = u.target
		and not wecom.job_has_events(p_corp, j.kind, j.target)
		and not exists (select from wecom.corp as c where c.auth_corp_id = p_corp and c.state <> 'cancelled');
	get diagnostics v_dropped = row_count;

	update wecom.job as j
	set state = 'due',
		due_at = p_now,
		claimed_counter = null,
		claimed_at = null,
		fence = null
	from unnest(v_kinds, v_targets) as u (kind, target)
	where j.auth_corp_id = p_corp
		and j.kind = u.kind
		and j.target = u.target
		and j.state = 'leased';
	get diagnostics v_taken = row_count;
	return v_dropped + v_taken;
end
$$;

comment on function wecom.job_drop(text, timestamptz, integer) is
	'Drop jobs without waiting events but for purges and auth codes, and take leased ones back; how many.';
