-- wecom.job_raise(p_corp, p_kind, p_target, p_due_at): see to it that an object's job runs after what this transaction
-- has written is committed, and do so without writing when it will anyway (a busy object has no hot row).
--   p_due_at  when the job may run
--   returns   true when a waiting job is new or now due earlier: wecom.corp_due_raise has to follow
--   tables    wecom.job
--   caller    wecom.ingest_one, wecom.job_raise_many.  Several jobs of a transaction: in (kind, target) order
--
--   job       what is written
--   missing   inserted
--   due       nothing when it is due by p_due_at, else due_at moves earlier and counter + 1
--   leased    counter + 1, unless it was raised since the claim: one raise is enough to make it due again
--   parked    nothing: its events stay 'new' and are found when a person lets it go on
--
-- The look takes FOR KEY SHARE, which a claim's and a finish's FOR UPDATE waits for: see migrate/0002_queue.sql.
create or replace function wecom.job_raise(p_corp text, p_kind text, p_target text, p_due_at timestamptz)
returns boolean
language plpgsql
as $$
declare
	v_state text;
	v_due_at timestamptz;
	v_is_raised boolean;
begin
	select j.state, j.due_at, j.counter <> j.claimed_counter
	into v_state, v_due_at, v_is_raised
	from wecom.job as j
	where j.auth_corp_id = p_corp
		and j.kind = p_kind
		and j.target = p_target
	for key share;

	if not found then
		-- the conflict: another transaction inserted it since the look
		insert into wecom.job as j (auth_corp_id, kind, target, state, due_at, counter, attempts)
		values (p_corp, p_kind, p_target, 'due', p_due_at, 1, 0)
		on conflict (auth_corp_id, kind, target) do update
		set due_at = case when j.state = 'due' then excluded.due_at else j.due_at end,
			counter = j.counter + 1
		where (j.state = 'due' and j.due_at > excluded.due_at)
			or (j.state = 'leased' and j.counter = j.claimed_counter)
		returning j.state
		into v_state;
		return found and v_state = 'due';
	end if;

	if v_state = 'due' and v_due_at > p_due_at then
		update wecom.job as j
		set due_at = p_due_at,
			counter = j.counter + 1
		where j.auth_corp_id = p_corp
			and j.kind = p_kind
			and j.target = p_target
			and j.due_at > p_due_at;
		return found;
	end if;

	if v_state = 'leased' and not v_is_raised then
		update wecom.job as j
		set counter = j.counter + 1
		where j.auth_corp_id = p_corp
			and j.kind = p_kind
			and j.target = p_target
			and j.counter = j.claimed_counter;
	end if;
	return false;
end
$$;

comment on function wecom.job_raise(text, text, text, timestamptz) is
	'Make an object''s job due, writing only if it would not run in time anyway; true when the corp''s due time may move.';
