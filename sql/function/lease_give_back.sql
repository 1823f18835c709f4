-- wecom.lease_give_back(p_corp, p_fence): jobs leased under this fencing number or an older one are due again at once.
--   returns  how many
--   tables   wecom.job, wecom.corp_due
--   caller   wecom.lease_take, wecom.lease_release
create or replace function wecom.lease_give_back(p_corp text, p_fence bigint)
returns bigint
language plpgsql
as $$
declare
	v_due_at timestamptz;
	v_given bigint;
begin
	with locked as materialized (
		select p_corp as corp, j.kind, j.target
		from wecom.job as j
		where j.auth_corp_id = p_corp
			and j.state = 'leased'
			and j.fence <= p_fence
		order by j.kind, j.target
		for update
	), given as (
		update wecom.job as j
		set state = 'due',
			claimed_counter = null,
			claimed_at = null,
			fence = null
		from locked as l
		where j.auth_corp_id = l.corp
			and j.kind = l.kind
			and j.target = l.target
			and j.state = 'leased'
		returning j.due_at
	)
	select min(g.due_at), count(*)
	into v_due_at, v_given
	from given as g;

	if v_given > 0 then
		perform wecom.corp_due_raise(p_corp, v_due_at);
	end if;
	return v_given;
end
$$;

comment on function wecom.lease_give_back(text, bigint) is
	'Make jobs leased under this fencing number or an older one due again; how many.';
