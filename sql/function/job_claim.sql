-- wecom.job_claim(p_corp, p_owner, p_fence, p_now_us, p_limit): take jobs that are due out of a leased corp's queue.
--   p_now_us  WeCom's clock, microseconds since 1970
--   p_limit   at most so many jobs
--   returns   null: the lease is lost.  Else an array, see wecom.job_describe
--   tables    wecom.lease, wecom.corp, wecom.job, wecom.corp_due; reads wecom.event and the objects
--   caller    wecom-sync: one call a transaction
-- Everything is found by its key, a few rows among any number: plans are made once, and never read a table whole, whatever
-- the statistics say of a queue that was empty when they were taken.  For the same reason the functions below join on a
-- corp that the planner does not know: it cannot begin with all rows of the corp.  (No JIT: what is forbidden counts as so
-- dear that every plan with a sort would be compiled, which takes seconds.)
-- Which kinds, by the state of the corp: active all; unknown, pending, suspended and cancelled corp and purge only; and
-- nothing but the purge and auth codes as long as a purge waits or runs.  What may not be claimed is looked at again
-- after a minute.  What waits for a corp that left is dropped.
create or replace function wecom.job_claim(p_corp text, p_owner text, p_fence bigint, p_now_us bigint, p_limit integer)
returns jsonb
language plpgsql
security definer
set search_path = pg_catalog, pg_temp
set plan_cache_mode = force_generic_plan
set enable_seqscan = off
set enable_hashjoin = off
set enable_mergejoin = off
set enable_sort = off
set jit = off
as $$
declare
	v_now constant timestamptz := timestamptz 'epoch' + p_now_us * interval '1 microsecond';
	v_state text;
	v_scope text;
	v_kinds text[];
	v_targets text[];
	v_claimed jsonb := '[]';
begin
	if not wecom.lease_hold(p_corp, p_owner, p_fence) then
		return null;
	end if;

	-- one corp may have the app of several suites: one of them active is enough, and it left when it left all
	select c.state
	into v_state
	from wecom.corp as c
	where c.auth_corp_id = p_corp
	order by array_position('{active,pending,suspended,cancelled}', c.state)
	limit 1;
	perform
	from wecom.job as j
	where j.auth_corp_id = p_corp
		and j.kind = 'purge'
		and j.state <> 'parked';
	v_scope := case when found then 'purge' when v_state = 'active' then 'all' else 'corp' end;
	if v_scope = 'corp' and v_state = 'cancelled' then
		if wecom.job_drop_left(p_corp, v_now, 1000) > 0 then
			perform wecom.corp_due_raise(p_corp, v_now);
		end if;
	end if;

	if v_scope = 'all' then
		select array_agg(c.kind), array_agg(c.target)
		into v_kinds, v_targets
		from wecom.job_claim_due(p_corp, p_fence, v_now, p_limit) as c;
	else
		select array_agg(c.kind), array_agg(c.target)
		into v_kinds, v_targets
		from wecom.job_claim_kind(p_corp, p_fence, v_now, p_limit, v_scope) as c;
	end if;
	if v_kinds is not null then
		v_claimed := wecom.job_describe(p_corp, v_kinds, v_targets);
	end if;
	perform wecom.corp_due_recompute(p_corp, v_now, v_scope, v_kinds is not null);
	return v_claimed;
end
$$;

comment on function wecom.job_claim(text, text, bigint, bigint, integer) is
	'Take due jobs of a leased corp, each with the state of its object and its waiting events; null when the lease is lost.';
