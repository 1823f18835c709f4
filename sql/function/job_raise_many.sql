-- wecom.job_raise_many(p_corp, p_kinds, p_targets, p_due_ats): wecom.job_raise for several jobs, keys may repeat.
--   returns  the earliest due time for which wecom.corp_due_raise has to follow; null for none
--   tables   wecom.job
--   caller   wecom.ingest_many
-- One look at all of them, then one insert for those that are missing, due too late, or leased and not yet raised.
-- Looks wait for daemons only, inserts go in key order: batches never deadlock.
create or replace function wecom.job_raise_many(p_corp text, p_kinds text[], p_targets text[], p_due_ats timestamptz[])
returns timestamptz
language plpgsql
as $$
declare
	v_due_at timestamptz;
	v_kinds text[];
	v_targets text[];
	v_due_ats timestamptz[];
begin
	with wanted as materialized (
		select w.kind, w.target, min(w.due_at) as due_at
		from unnest(p_kinds, p_targets, p_due_ats) as w (kind, target, due_at)
		group by w.kind, w.target
	), held as materialized (
		select j.kind, j.target, j.state, j.due_at, j.counter <> j.claimed_counter as is_raised
		from wanted as w
		join wecom.job as j on j.auth_corp_id = p_corp and j.kind = w.kind and j.target = w.target
		order by j.kind, j.target
		for key share of j
	)
	select array_agg(w.kind), array_agg(w.target), array_agg(w.due_at)
	into v_kinds, v_targets, v_due_ats
	from wanted as w
	left join held as h on h.kind = w.kind and h.target = w.target
	where h.kind is null
		or (h.state = 'due' and h.due_at > w.due_at)
		or (h.state = 'leased' and not h.is_raised);

	if v_kinds is null then
		return null;
	end if;

	with made as (
		insert into wecom.job as j (auth_corp_id, kind, target, state, due_at, counter, attempts)
		select p_corp, w.kind, w.target, 'due', w.due_at, 1, 0
		from unnest(v_kinds, v_targets, v_due_ats) as w (kind, target, due_at)
		order by w.kind, w.target
		on conflict (auth_corp_id, kind, target) do update
		set due_at = case when j.state = 'due' then excluded.due_at else j.due_at end,
			counter = j.counter + 1
		where (j.state = 'due' and j.due_at > excluded.due_at)
			or (j.state = 'leased' and j.counter = j.claimed_counter)
		returning j.state, j.due_at
	)
	select min(m.due_at)
	into v_due_at
	from made as m
	where m.state = 'due';
	return v_due_at;
end
$$;

comment on function wecom.job_raise_many(text, text[], text[], timestamptz[]) is
	'Make several jobs of a corp due as wecom.job_raise does; the earliest due time that is new, null for none.';
