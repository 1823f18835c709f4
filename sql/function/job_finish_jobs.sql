-- wecom.job_finish_jobs(p_corp, p_now, p_results, p_ns, p_kinds, p_targets): give the jobs their next state.
--   p_ns …   the results that are ours: place, kind, target; all locked
--   returns  the earliest due time of those that wait again; null for none
--   tables   wecom.job; reads wecom.event
--   caller   wecom.job_finish
-- done:   deleted, unless it was raised since the claim or has an event that waits: due again then.  Figures wait as long as
--         after any other change (wecom.rollup_raise): a busy corp's day changes whenever it is counted
-- later:  at due_us, but at once when raised meanwhile; with an error it keeps its pause, which without due_us is 2, 4, 8 …
--         up to 3600 s and up to a quarter more, so that what fails together does not come back together
-- parked: waits for a person
-- One job after the other, each by its whole key.  A statement for all of them joins a list with the table, and of a queue
-- that was found empty when it was vacuumed last the planner believes that it has one row: it then read the whole index
-- instead, 8000 entries for four jobs.
create or replace function wecom.job_finish_jobs(p_corp text, p_now timestamptz, p_results jsonb, p_ns integer[],
	p_kinds text[], p_targets text[])
returns timestamptz
language plpgsql
as $$
declare
	v_waits constant timestamptz[] := wecom.job_finish_waits(p_corp, p_kinds, p_targets);	-- see there
	v_result jsonb;
	v_outcome text;
	v_is_answered boolean;
	v_error text;
	v_given_at timestamptz;
	v_again record;
	v_due_at timestamptz;
begin
	for v_i in 1..cardinality(p_ns) loop
		v_result := p_results->p_ns[v_i];
		v_outcome := v_result->>'outcome';
		continue when v_outcome = 'part';
		if v_outcome = 'done' and v_waits[v_i] is null then
			delete from wecom.job as j
			where j.auth_corp_id = p_corp
				and j.kind = p_kinds[v_i]
				and j.target = p_targets[v_i]
				and j.counter = j.claimed_counter;
			continue when found;
		end if;

		v_is_answered := v_outcome = 'done' or coalesce((v_result->>'begun_us')::bigint, 0) > 0;
		v_error := left(nullif(v_result->>'error', ''), 1000);
		v_given_at := timestamptz 'epoch' + (v_result->>'due_us')::bigint * interval '1 microsecond';
		update wecom.job as j
		set state = case when v_outcome = 'parked' then 'parked' else 'due' end,
			due_at = case
				when v_outcome = 'done' and p_kinds[v_i] = 'rollup' then p_now + interval '10 seconds'
				when v_outcome = 'done' then greatest(p_now, v_waits[v_i])
				when v_outcome = 'parked' then j.due_at
				when v_error is null and j.counter <> j.claimed_counter then p_now
				when v_error is null then coalesce(v_given_at, p_now)
				else coalesce(v_given_at, p_now + least(3600, 2 ^ least(j.attempts + 1, 12)) * interval '1 second'
					* (1 + (hashtextextended(p_targets[v_i], j.attempts) & 1023) / 4096.0))
			end,
			priority = case when v_outcome = 'done' and p_kinds[v_i] <> 'rollup' then 0 else j.priority end,
			-- asked for while it ran, it pulls once more, though no event waits; else it has, when it is done, or
			-- when it waits for something else after a pull
			is_reconcile = j.is_reconcile and (not v_is_answered or j.counter <> j.claimed_counter),
			is_asked = j.is_asked and (not v_is_answered or j.counter <> j.claimed_counter),
			attempts = case when v_outcome = 'done' then 0 else j.attempts + (v_error is not null)::integer end,
			last_error = case when v_outcome = 'done' then null else coalesce(v_error, j.last_error) end,
			claimed_counter = null,
			claimed_at = null,
			fence = null
		where j.auth_corp_id = p_corp
			and j.kind = p_kinds[v_i]
			and j.target = p_targets[v_i]
		returning j.state, j.due_at
		into v_again;
		if v_again.state = 'due' then
			v_due_at := least(v_due_at, v_again.due_at);
		end if;
	end loop;
	return v_due_at;
end
$$;

comment on function wecom.job_finish_jobs(text, timestamptz, jsonb, integer[], text[], text[]) is
	'Delete the jobs that are done, make those due that are to run again, park the others; the earliest due time.';
