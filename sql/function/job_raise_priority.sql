-- wecom.job_raise_priority(p_corp, p_jobs): wecom.job_raise with priorities, for what is asked without an event.
--   p_jobs   array of [kind, target, due_us, priority, is_reconcile]; the last two may be missing: 0, false
--   returns  the earliest due time for which wecom.corp_due_raise has to follow; null for none
--   tables   wecom.job
--   caller   wecom.job_finish, wecom.reconcile_raise, wecom.corp_authorise, wecom.corp_suspend, wecom.resync, wecom.purge
-- What is written, and why each key is looked at right before it is written: see wecom.job_raise.  A waiting job keeps
-- its smaller priority and its earlier due time.
create or replace function wecom.job_raise_priority(p_corp text, p_jobs jsonb)
returns timestamptz
language plpgsql
as $$
declare
	v_due_at timestamptz;
begin
	with written as (
		insert into wecom.job as j (auth_corp_id, kind, target, state, due_at, counter, attempts, priority, is_reconcile,
			is_asked)
		select p_corp, w.kind, w.target, 'due', w.due_at, 1, 0, w.priority, w.is_reconcile, true
		from (
			select u.v->>0 as kind, u.v->>1 as target,
				timestamptz 'epoch' + min((u.v->>2)::bigint) * interval '1 microsecond' as due_at,
				min(coalesce((u.v->>3)::smallint, 0)) as priority,
				bool_or(coalesce((u.v->>4)::boolean, false)) as is_reconcile
			from jsonb_array_elements(p_jobs) as u (v)
			group by 1, 2
			order by 1, 2
			offset 0	-- keeps the look above the sort
		) as w
		where not exists (
			select
			from wecom.job as l
			where l.auth_corp_id = p_corp
				and l.kind = w.kind
				and l.target = w.target
				and ((l.state = 'due' and l.due_at <= w.due_at and l.priority <= w.priority
						and l.is_reconcile >= w.is_reconcile and l.is_asked)
					or l.state = 'parked'
					or (l.counter <> l.claimed_counter and l.is_reconcile >= w.is_reconcile and l.is_asked))
			for key share
		)
		on conflict (auth_corp_id, kind, target) do update
		set due_at = case when j.state = 'due' then least(j.due_at, excluded.due_at) else j.due_at end,
			priority = case when j.state = 'due' then least(j.priority, excluded.priority) else j.priority end,
			is_reconcile = j.is_reconcile or excluded.is_reconcile,
			is_asked = true,
			counter = j.counter + 1
		where (j.state = 'due' and (j.due_at > excluded.due_at or j.priority > excluded.priority
				or j.is_reconcile < excluded.is_reconcile or not j.is_asked))
			or (j.state = 'leased' and (j.counter = j.claimed_counter or j.is_reconcile < excluded.is_reconcile
				or not j.is_asked))
		returning j.state, j.due_at
	)
	select min(w.due_at)
	into v_due_at
	from written as w
	where w.state = 'due';
	return v_due_at;
end
$$;

comment on function wecom.job_raise_priority(text, jsonb) is
	'Make jobs of a corp due with a priority, writing only what changes; the earliest due time that is new.';
