-- wecom.corp_due_recompute(p_corp, p_now, p_scope, p_is_leased): when the corp is to be looked at next, from its jobs.
--   p_scope      all, corp or purge: which of its jobs may be claimed, see wecom.job_claim
--   p_is_leased  some job is leased; false: look (past all that were, while an old snapshot keeps them)
--   returns      nothing
--   tables       wecom.corp_due, FOR UPDATE; reads wecom.job, wecom.lease
--   caller       wecom.job_claim
-- The earliest job that may be claimed; the end of the lease while anything is leased, should its daemon die; in a minute
-- for what may not be claimed now.  Infinity when nothing waits and nothing is leased; of a corp that is not active the row
-- goes then.
create or replace function wecom.corp_due_recompute(p_corp text, p_now timestamptz, p_scope text, p_is_leased boolean)
returns void
language plpgsql
as $$
declare
	v_clock constant timestamptz := clock_timestamp();
	v_due record;
	v_from timestamptz;
	v_waiting timestamptz;
	v_next timestamptz;
	v_lease_end timestamptz;
begin
	-- whoever looks at the row decides that his job needs no more: alone with it before the jobs are read
	select d.turn, d.due_at, d.waiting_from
	into v_due
	from wecom.corp_due as d
	where d.auth_corp_id = p_corp
	order by d.turn desc
	limit 1
	for update;
	if not found then
		return;
	end if;
	v_from := least(v_due.due_at, v_due.waiting_from);

	select min(w.due_at)
	into v_waiting
	from (values (0), (1), (2)) as p (priority)
	cross join lateral (
		select j.due_at
		from wecom.job as j
		where j.auth_corp_id = p_corp
			and j.state = 'due'
			and j.priority = p.priority
			and j.due_at >= v_from
		order by j.due_at
		limit 1
	) as w;
	v_next := v_waiting;
	if p_scope <> 'all' and v_waiting is not null then
		select least(min(j.due_at), p_now + interval '60 seconds')
		into v_next
		from wecom.job as j
		where j.auth_corp_id = p_corp
			and j.kind in ('corp', 'purge')
			and coalesce(j.state, '') = 'due'	-- not by the index of all that is due
			and (p_scope = 'corp' or j.kind = 'purge' or j.target like 'code:%');
	end if;
	select p_now + (l.expires_at - v_clock)
	into v_lease_end
	from wecom.lease as l
	where l.auth_corp_id = p_corp
		and (p_is_leased or (
			select j.fence
			from wecom.job as j
			where j.auth_corp_id = p_corp
				and j.state = 'leased'
			order by j.fence
			limit 1
		) is not null);
	-- the two clocks make it waver by less than a second, which is not worth a write
	if v_lease_end - v_due.due_at between interval '0' and interval '1 second' then
		v_lease_end := v_due.due_at;
	end if;
	v_next := least(v_next, v_lease_end);
	v_waiting := case when v_waiting < v_next then v_waiting end;

	if v_next is null and p_scope <> 'all' then
		delete from wecom.corp_due as d
		where d.auth_corp_id = p_corp
			and d.turn = v_due.turn;
		return;
	end if;
	v_next := coalesce(v_next, 'infinity');
	if v_next <> v_due.due_at or v_waiting is distinct from v_due.waiting_from then
		update wecom.corp_due as d
		set due_at = v_next,
			waiting_from = v_waiting,
			turn = d.turn + 1
		where d.auth_corp_id = p_corp
			and d.turn = v_due.turn;
	end if;
end
$$;

comment on function wecom.corp_due_recompute(text, timestamptz, text, boolean) is
	'Set a corp''s next due time from its jobs and its lease; infinity when there is nothing.';
