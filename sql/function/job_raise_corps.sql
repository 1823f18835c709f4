-- wecom.job_raise_corps(p_owners, p_kinds, p_targets, p_due_ats): wecom.job_raise and wecom.corp_due_raise for objects of
-- several corps.  Keys may repeat.
--   p_due_ats  when each may run
--   returns    nothing
--   tables     wecom.job, wecom.corp_due
--   caller     wecom.ingest_corps
-- What is written, and why each key is looked at right before it is written: see wecom.job_raise.
create or replace function wecom.job_raise_corps(p_owners text[], p_kinds text[], p_targets text[],
	p_due_ats timestamptz[])
returns void
language plpgsql
as $$
declare
	v_corps text[];
	v_due_ats timestamptz[];
begin
	with written as (
		insert into wecom.job as j (auth_corp_id, kind, target, state, due_at, counter, attempts)
		select w.corp, w.kind, w.target, 'due', w.due_at, 1, 0
		from (
			select u.corp, u.kind, u.target, min(u.due_at) as due_at
			from unnest(p_owners, p_kinds, p_targets, p_due_ats) as u (corp, kind, target, due_at)
			group by u.corp, u.kind, u.target
			order by u.corp, u.kind, u.target
			offset 0	-- keeps the look above the sort
		) as w
		where not exists (
			select
			from wecom.job as l
			where l.auth_corp_id = w.corp
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
		returning j.auth_corp_id, j.state, j.due_at
	), due as (
		select w.auth_corp_id as corp, min(w.due_at) as due_at
		from written as w
		where w.state = 'due'
		group by w.auth_corp_id
	)
	select array_agg(d.corp order by d.corp), array_agg(d.due_at order by d.corp)
	into v_corps, v_due_ats
	from due as d;

	for v_n in 1..coalesce(cardinality(v_corps), 0) loop
		perform wecom.corp_due_raise(v_corps[v_n], v_due_ats[v_n]);
	end loop;
end
$$;

comment on function wecom.job_raise_corps(text[], text[], text[], timestamptz[]) is
	'wecom.job_raise and wecom.corp_due_raise for objects of several corps.';
