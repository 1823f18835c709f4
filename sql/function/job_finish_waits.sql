-- wecom.job_finish_waits(p_corp, p_kinds, p_targets): do events wait for these jobs?
--   returns  for each job when the first of its waiting events is due; null for none
--   tables   reads wecom.event
--   caller   wecom.job_finish_jobs, in a statement after the jobs were locked: see migrate/0002_queue.sql
create or replace function wecom.job_finish_waits(p_corp text, p_kinds text[], p_targets text[])
returns timestamptz[]
language plpgsql
as $$
begin
	return (
		with waiting as materialized (
			select e.job_kind, e.job_target, min(e.due_at) as due_at
			from (
				select u.kind, array_agg(u.target) as targets
				from unnest(p_kinds, p_targets) as u (kind, target)
				group by u.kind
			) as k
			cross join lateral (
				select w.job_kind, w.job_target, w.due_at
				from wecom.event as w
				where w.auth_corp_id = p_corp
					and w.job_kind = k.kind
					and w.job_target = any (k.targets)
					and w.state = 'new'
				offset 0
			) as e
			group by e.job_kind, e.job_target
		)
		select array_agg(w.due_at order by u.place)
		from unnest(p_kinds, p_targets) with ordinality as u (kind, target, place)
		left join waiting as w on w.job_kind = u.kind
			and w.job_target = u.target
	);
end
$$;

comment on function wecom.job_finish_waits(text, text[], text[]) is
	'When the first event that waits for each of these jobs is due; null for none.';
