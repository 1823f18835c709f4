-- wecom.job_claim_kind(p_corp, p_fence, p_now, p_limit, p_scope): lease what may be claimed of a corp that is not active.
--   p_scope  purge: the purge and auth codes; corp: all of kind corp
--   returns  the jobs
--   tables   wecom.job
--   caller   wecom.job_claim
create or replace function wecom.job_claim_kind(p_corp text, p_fence bigint, p_now timestamptz, p_limit integer,
	p_scope text)
returns table (kind text, target text)
language plpgsql
as $$
begin
	return query
	with picked as materialized (
		select p_corp as corp, j.kind, j.target
		from wecom.job as j
		where j.auth_corp_id = p_corp
			and j.kind in ('corp', 'purge')
			and coalesce(j.state, '') = 'due'	-- not by the index of all that is due
			and j.due_at <= p_now
			and (p_scope = 'corp' or j.kind = 'purge' or j.target like 'code:%')
		order by j.due_at
		limit p_limit
		for update skip locked
	)
	update wecom.job as j
	set state = 'leased',
		claimed_counter = j.counter,
		claimed_at = p_now,
		fence = p_fence
	from picked as w
	where j.auth_corp_id = w.corp
		and j.kind = w.kind
		and j.target = w.target
	returning j.kind, j.target;
end
$$;

comment on function wecom.job_claim_kind(text, bigint, timestamptz, integer, text) is
	'Lease the jobs that may be claimed of a corp that is not active.';
