-- wecom.job_finish_lock(p_corp, p_fence, p_kinds, p_targets, p_raises): lock the jobs at hand and raise others, in one order
-- of keys.
--   p_kinds …  the jobs at hand, by kind and target
--   p_raises   as for wecom.job_raise_priority; those of jobs at hand are left out
--   returns    the earliest due time that is new; null for none
--   errors     40001 serialization_failure: a job is not ours any more, which only a repeat of the same call can cause
--   tables     wecom.job
--   caller     wecom.job_finish
-- A receiver goes through its jobs by kind and target and holds what it has looked at: taken in any other order, two of
-- our rows and two of its would close a ring.
create or replace function wecom.job_finish_lock(p_corp text, p_fence bigint, p_kinds text[], p_targets text[],
	p_raises jsonb)
returns timestamptz
language plpgsql
as $$
declare
	v_ours_n constant integer := cardinality(p_kinds);
	v_group record;
	v_done integer := 0;
	v_locked integer := 0;
	v_due_at timestamptz;
begin
	if p_raises <> '[]' then
		-- what is raised behind each of ours
		for v_group in
			select g.place, jsonb_agg(g.v) as raises
			from (
				select r.v,
					count(*) filter (where (o.kind, o.target) < (r.v->>0, r.v->>1))::integer as place
				from jsonb_array_elements(p_raises) as r (v)
				cross join unnest(p_kinds, p_targets) as o (kind, target)
				group by r.v
				having not bool_or((o.kind, o.target) = (r.v->>0, r.v->>1))
			) as g
			group by g.place
			order by g.place
		loop
			v_locked := v_locked + wecom.job_finish_lock_some(p_corp, p_fence, p_kinds[v_done + 1:v_group.place],
				p_targets[v_done + 1:v_group.place]);
			v_done := v_group.place;
			v_due_at := least(v_due_at, wecom.job_raise_priority(p_corp, v_group.raises));
		end loop;
	end if;
	v_locked := v_locked + wecom.job_finish_lock_some(p_corp, p_fence, p_kinds[v_done + 1:], p_targets[v_done + 1:]);
	if v_locked <> v_ours_n then
		raise exception 'a job of this call has been finished meanwhile' using errcode = 'serialization_failure';
	end if;
	return v_due_at;
end
$$;

comment on function wecom.job_finish_lock(text, bigint, text[], text[], jsonb) is
	'Lock the jobs at hand and raise others, in one order of keys; the earliest due time that is new.';
