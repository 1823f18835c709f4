-- wecom.job_finish(p_corp, p_owner, p_fence, p_now_us, p_results): what came of leased jobs, in one transaction.
--   p_now_us   WeCom's clock, microseconds since 1970
--   p_results  array of {kind, target, outcome, due_us, error, data, events, begun_us, raise, counts}; but for the first
--              three all may be null or missing
--     outcome  done: gone, unless something new came meanwhile; part: stays leased; later: again at due_us, or after a
--              pause that grows with the attempts when there is an error and no due_us; parked: waits for a person
--     data     for wecom.object_store; null: nothing to store
--     events   [[id, due_us], …] that are settled; one whose due time has moved since stays new
--     begun_us begin of a complete pull of the object
--     raise    [[kind, target, due_us, priority], …]; of priority 1 they inherit is_reconcile
--   returns    null: the lease is lost and nothing was written.  Else for each in order "ok", {"left": n} where the
--              store function says that so much is left of its work, or "lost": the job is not ours any more, or named
--              twice, and nothing of it was applied
--   errors     all or nothing; 22023 for an outcome that does not exist; 40001 when a repeat of this call overtook it:
--              repeat it
--   tables     wecom.lease, wecom.event, the objects, wecom.pull, wecom.job, wecom.counter, wecom.corp_due
--   caller     wecom-sync: one call a transaction, for one corp one after the other
-- Plans as for wecom.job_claim.
-- Locks in the order of migrate/0002_queue.sql.  Job rows come after all that is stored, because the stores may raise
-- jobs and all keys must be taken in one order; that the jobs are ours until then holds by the lease, and is checked.
create or replace function wecom.job_finish(p_corp text, p_owner text, p_fence bigint, p_now_us bigint, p_results jsonb)
returns jsonb
language plpgsql
security definer
set search_path = pg_catalog, pg_temp
set plan_cache_mode = force_generic_plan
set enable_seqscan = off
set jit = off
set max_parallel_workers_per_gather = 0
as $$
declare
	v_now constant timestamptz := timestamptz 'epoch' + p_now_us * interval '1 microsecond';
	v_ns integer[];		-- of the results that are ours, by kind and target: their places in p_results from 0 …
	v_kinds text[];
	v_targets text[];
	v_reconciles boolean[];	-- … and what their jobs say
	v_stored jsonb;
	v_self jsonb;
	v_due_at timestamptz;
begin
	if not wecom.lease_hold(p_corp, p_owner, p_fence) then
		return null;
	end if;
	select array_agg(o.n order by o.kind, o.target), array_agg(o.kind order by o.kind, o.target),
		array_agg(o.target order by o.kind, o.target), array_agg(o.is_reconcile order by o.kind, o.target)
	into v_ns, v_kinds, v_targets, v_reconciles
	from wecom.job_finish_ours(p_corp, p_fence, p_results) as o;

	if v_ns is not null then
		perform wecom.job_finish_events(p_corp, p_results, v_ns, v_kinds, v_targets);
		v_stored := wecom.job_finish_store(p_corp, p_now_us, p_results, v_ns, v_kinds, v_targets, v_reconciles);
		-- the jobs at hand can be raised only when they are finished: theirs are kept for the end
		v_due_at := wecom.job_finish_lock(p_corp, p_fence, v_kinds, v_targets, v_stored->'raise');
		v_due_at := least(v_due_at, wecom.job_finish_jobs(p_corp, v_now, p_results, v_ns, v_kinds, v_targets));
		if v_stored->'raise' <> '[]' then
			select jsonb_agg(r.v)
			into v_self
			from jsonb_array_elements(v_stored->'raise') as r (v)
			join unnest(v_kinds, v_targets) as u (kind, target) on u.kind = r.v->>0
				and u.target = r.v->>1;
			if v_self is not null then
				v_due_at := least(v_due_at, wecom.job_raise_priority(p_corp, v_self));
			end if;
		end if;
		if v_stored->'counts' <> '[]' then
			perform wecom.counter_add(p_corp, (v_now at time zone 'UTC')::date, v_stored->'counts');
		end if;
		-- a corp whose scope or permissions changed is read anew, and what was parked for want of them goes on
		if 'corp' = any (v_kinds) and v_stored->'raise' @> '[["chat_list"]]' then
			v_due_at := least(v_due_at, wecom.job_finish_free(p_corp));
		end if;
		-- what kind of jobs may be claimed may have changed
		if v_kinds && '{corp,purge}' then
			v_due_at := least(v_due_at, v_now);
		end if;
		if v_due_at is not null then
			perform wecom.corp_due_raise(p_corp, v_due_at);
		end if;
	end if;
	return (
		select coalesce(jsonb_agg(case when i.n = any (v_ns) then coalesce(v_stored->'left'->(i.n::text), '"ok"')
			else '"lost"' end order by i.n), '[]')
		from generate_series(0, jsonb_array_length(p_results) - 1) as i (n)
	);
end
$$;

comment on function wecom.job_finish(text, text, bigint, bigint, jsonb) is
	'Apply what came of leased jobs under the corp''s lease, all in one transaction; ok, lost or what is left for each.';
