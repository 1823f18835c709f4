-- wecom.job_raise(p_corp, p_kinds, p_targets, p_due_ats): see to it that objects' jobs run after what this transaction
-- has written is committed, without writing when they will anyway (a busy object has no hot row).  Keys may repeat.
--   p_due_ats  when each may run
--   returns    the earliest due time for which wecom.corp_due_raise has to follow; null for none
--   tables     wecom.job
--   caller     wecom.ingest_one for a repeat, wecom.ingest_many
-- What is written, by what a job is by now:
--   missing   inserted
--   due       nothing when it is due in time, else due_at moves earlier and counter + 1
--   leased    counter + 1; nothing when raised since the claim: one raise is enough to make it due again
--   parked    nothing: its events stay 'new' and are found when a person lets it go on
-- One key after the other, each looked at FOR KEY SHARE (see migrate/0002_queue.sql) and then written: the subquery with
-- the locking clause runs for each row of the sorted list, right before that row is inserted.  Looking at all of them
-- first deadlocked: a share held on a later key made a daemon wait, and another receiver behind it.
create or replace function wecom.job_raise(p_corp text, p_kinds text[], p_targets text[], p_due_ats timestamptz[])
returns timestamptz
language plpgsql
as $$
declare
	v_due_at timestamptz;
begin
	with written as (
		insert into wecom.job as j (auth_corp_id, kind, target, state, due_at, counter, attempts)
		select p_corp, w.kind, w.target, 'due', w.due_at, 1, 0
		from (
			select u.kind, u.target, min(u.due_at) as due_at
			from unnest(p_kinds, p_targets, p_due_ats) as u (kind, target, due_at)
			group by u.kind, u.target
			order by u.kind, u.target
			offset 0	-- keeps the look above the sort
		) as w
		where not exists (
			select
			from wecom.job as l
			where l.auth_corp_id = p_corp
				and l.kind = w.kind
				and l.target = w.target
				and ((l.state = 'due' and l.due_at <= w.due_at)
					or l.state = 'parked'
					or l.counter <> l.claimed_counter)
			for key share
		)
		on conflict (auth_corp_id, kind, target) do update
		set due_at = case when j.state = 'due' then excluded.due_at else j.due_at end,
			counter = j.counter + 1
		where (j.state = 'due' and j.due_at > excluded.due_at)
			or (j.state = 'leased' and j.counter = j.claimed_counter)
		returning j.state, j.due_at
	)
	select min(w.due_at)
	into v_due_at
	from written as w
	where w.state = 'due';
	return v_due_at;
end
$$;

comment on function wecom.job_raise(text, text[], text[], timestamptz[]) is
	'Make jobs of a corp due, writing only those that would not run in time anyway; the earliest due time that is new.';
