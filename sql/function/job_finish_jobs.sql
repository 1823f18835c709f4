-- wecom.job_finish_jobs(p_corp, p_now, p_results, p_ns, p_kinds, p_targets): give the jobs their next state.
--   p_ns …   the results that are ours: place, kind, target; all locked
--   returns  the earliest due time of those that wait again; null for none
--   tables   wecom.job; reads wecom.event
--   caller   wecom.job_finish
-- done:   deleted, unless it was raised since the claim or has an event that waits: due again then
-- later:  at due_us, but at once when raised meanwhile; with an error it keeps its pause, which without due_us is 2, 4, 8 …
--         up to 3600 s and up to a quarter more, so that what fails together does not come back together
-- parked: waits for a person
create or replace function wecom.job_finish_jobs(p_corp text, p_now timestamptz, p_results jsonb, p_ns integer[],
	p_kinds text[], p_targets text[])
returns timestamptz
language plpgsql
set enable_hashjoin = off
set enable_mergejoin = off
as $$
declare
	v_outcomes text[];
	v_waits timestamptz[];	-- when the first event that waits is due; null for none
	v_due_at timestamptz;
begin
	select array_agg(p_results #>> array[u.n::text, 'outcome'] order by u.place)
	into v_outcomes
	from unnest(p_ns) with ordinality as u (n, place);
	v_waits := wecom.job_finish_waits(p_corp, p_kinds, p_targets);

	delete from wecom.job as j
	using (
		select p_corp as corp, u.kind, u.target
		from unnest(p_kinds, p_targets, v_outcomes, v_waits) as u (kind, target, outcome, waits_at)
		where u.outcome = 'done'
			and u.waits_at is null
		offset 0
	) as o
	where j.auth_corp_id = o.corp
		and j.kind = o.kind
		and j.target = o.target
		and j.counter = j.claimed_counter;

	-- the rest, without asking which those were: mostly none are left
	with again as (
		update wecom.job as j
		set state = case when o.outcome = 'parked' then 'parked' else 'due' end,
			due_at = case
				when o.outcome = 'done' then greatest(p_now, o.waits_at)
				when o.outcome = 'parked' then j.due_at
				when o.error is null and j.counter <> j.claimed_counter then p_now
				when o.error is null then coalesce(o.due_at, p_now)
				else coalesce(o.due_at, p_now + least(3600, 2 ^ least(j.attempts + 1, 12)) * interval '1 second'
					* (1 + (hashtextextended(o.target, j.attempts) & 1023) / 4096.0))
			end,
			priority = case when o.outcome = 'done' then 0 else j.priority end,
			-- asked for while it ran, it pulls once more, though no event waits
			is_reconcile = j.is_reconcile and (o.outcome <> 'done' or j.counter <> j.claimed_counter),
			attempts = case when o.outcome = 'done' then 0 else j.attempts + (o.error is not null)::integer end,
			last_error = case when o.outcome = 'done' then null else coalesce(o.error, j.last_error) end,
			claimed_counter = null,
			claimed_at = null,
			fence = null
		from (
			select p_corp as corp, u.kind, u.target, u.outcome, u.waits_at,
				left(nullif(p_results #>> array[u.n::text, 'error'], ''), 1000) as error,
				timestamptz 'epoch'
					+ (p_results #>> array[u.n::text, 'due_us'])::bigint * interval '1 microsecond' as due_at
			from unnest(p_ns, p_kinds, p_targets, v_outcomes, v_waits) as u (n, kind, target, outcome, waits_at)
			where u.outcome <> 'part'
			offset 0
		) as o
		where j.auth_corp_id = o.corp
			and j.kind = o.kind
			and j.target = o.target
		returning j.state, j.due_at
	)
	select min(a.due_at)
	into v_due_at
	from again as a
	where a.state = 'due';
	return v_due_at;
end
$$;

comment on function wecom.job_finish_jobs(text, timestamptz, jsonb, integer[], text[], text[]) is
	'Delete the jobs that are done, make those due that are to run again, park the others; the earliest due time.';
