-- wecom.job_finish_ours(p_corp, p_fence, p_results): which results are of jobs that are leased under this number.
--   returns  place in p_results from 0, kind, target, and whether the job is part of a reconcile; of a job that is named
--            twice the first
--   errors   22023 invalid_parameter_value: an outcome that does not exist
--   tables   reads wecom.job
--   caller   wecom.job_finish
create or replace function wecom.job_finish_ours(p_corp text, p_fence bigint, p_results jsonb)
returns table (n integer, kind text, target text, is_reconcile boolean)
language plpgsql
as $$
begin
	perform
	from jsonb_array_elements(p_results) as r (v)
	where coalesce(r.v->>'outcome' not in ('done', 'part', 'later', 'parked'), true);
	if found then
		raise exception 'an outcome must be done, part, later or parked' using errcode = 'invalid_parameter_value';
	end if;

	return query
	select distinct on (r.kind, r.target) r.n, r.kind, r.target, j.is_reconcile
	from (
		select (e.n - 1)::integer as n, e.v->>'kind' as kind, e.v->>'target' as target
		from jsonb_array_elements(p_results) with ordinality as e (v, n)
		offset 0
	) as r
	cross join lateral (
		select l.is_reconcile
		from wecom.job as l
		where l.auth_corp_id = p_corp
			and l.kind = r.kind
			and l.target = r.target
			and coalesce(l.state, '') = 'leased'	-- by the key, not by the index of all that is leased
			and l.fence = p_fence
		limit 1
	) as j
	order by r.kind, r.target, r.n;
end
$$;

comment on function wecom.job_finish_ours(text, bigint, jsonb) is
	'Of the results of jobs, those whose job is leased under this fencing number.';
