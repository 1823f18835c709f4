-- wecom.job_write(p_corp, p_kind, p_target, p_due_at): write a job that a look found missing or not going to run in time.
--   p_due_at  when the job may run
--   returns   true when a waiting job is new or now due earlier: wecom.corp_due_raise has to follow
--   tables    wecom.job
--   caller    wecom.ingest_one
-- What is written, by what the job is by now:
--   missing   inserted
--   due       due_at moves earlier and counter + 1; nothing when it is due by p_due_at
--   leased    counter + 1; nothing when raised since the claim: one raise is enough to make it due again
--   parked    nothing: its events stay 'new' and are found when a person lets it go on
create or replace function wecom.job_write(p_corp text, p_kind text, p_target text, p_due_at timestamptz)
returns boolean
language plpgsql
as $$
declare
	v_is_due boolean;
begin
	insert into wecom.job as j (auth_corp_id, kind, target, state, due_at, counter, attempts)
	values (p_corp, p_kind, p_target, 'due', p_due_at, 1, 0)
	on conflict (auth_corp_id, kind, target) do update
	set due_at = case when j.state = 'due' then excluded.due_at else j.due_at end,
		counter = j.counter + 1
	where (j.state = 'due' and j.due_at > excluded.due_at)
		or (j.state = 'leased' and j.counter = j.claimed_counter)
	returning j.state = 'due'
	into v_is_due;
	return v_is_due;
end
$$;

comment on function wecom.job_write(text, text, text, timestamptz) is
	'Insert a job, or make it due earlier, or raise it while leased; true when the corp''s next due time may have to move.';
