-- wecom.job_finish_lock_some(p_corp, p_fence, p_kinds, p_targets): lock jobs in the order of keys.
--   p_kinds …  by kind and target
--   returns    how many were there, leased under this number
--   tables     wecom.job, FOR UPDATE
--   caller     wecom.job_finish_lock
create or replace function wecom.job_finish_lock_some(p_corp text, p_fence bigint, p_kinds text[], p_targets text[])
returns integer
language plpgsql
as $$
begin
	return (
		select count(*)
		from (
			select u.kind, u.target
			from unnest(p_kinds, p_targets) as u (kind, target)
			order by 1, 2
			offset 0	-- keeps the look above the sort
		) as o
		cross join lateral (
			select
			from wecom.job as j
			where j.auth_corp_id = p_corp
				and j.kind = o.kind
				and j.target = o.target
				and coalesce(j.state, '') = 'leased'	-- by the key, not by the index of all that is leased
				and j.fence = p_fence
			limit 1
			for update
		) as j
	);
end
$$;

comment on function wecom.job_finish_lock_some(text, bigint, text[], text[]) is
	'Lock jobs in the order of keys; how many are leased under this number.';
