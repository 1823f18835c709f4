-- wecom.member_list_store(p_corp, p_data, p_begun_us, p_now_us, p_is_reconcile): the members and departments the app sees.
--   p_data   a part {departments: [{id, parentid, order, name}]} or {users: as for wecom.member_put}; at the end {complete:
--            true, listed: [userid, …], departments: [id, …] or null}
--   returns  {raise, counts}, either may be missing
--   tables   wecom.member, wecom.department
--   caller   wecom.object_store
-- At the end: those who were listed and whom the mirror does not see yet are asked for one by one, and so are those in
-- view who were not listed: user/get tells whether they are gone.  A department that the complete list of departments
-- does not have is gone.
create or replace function wecom.member_list_store(p_corp text, p_data jsonb, p_begun_us bigint, p_now_us bigint,
	p_is_reconcile boolean)
returns jsonb
language plpgsql
as $$
declare
	v_begun_at constant timestamptz := timestamptz 'epoch' + p_begun_us * interval '1 microsecond';
	v_users constant jsonb := coalesce(nullif(p_data->'users', 'null'), '[]');
	v_is_end constant boolean := coalesce((p_data->>'complete')::boolean and jsonb_typeof(p_data->'listed') = 'array', false);
	v_changed bigint := 0;
	v_raise jsonb;
begin
	if v_begun_at is null then
		return null;
	end if;
	if v_is_end then
		with listed as materialized (
			select distinct l.userid
			from jsonb_array_elements_text(p_data->'listed') as l (userid)
		)
		select jsonb_agg(jsonb_build_array('member', coalesce(l.userid, m.userid), p_now_us, 1))
		into v_raise
		from listed as l
		full join (
			select k.userid, k.in_scope, k.seen_at
			from wecom.member as k
			where k.auth_corp_id = p_corp
		) as m on m.userid = l.userid
		where (m.userid is null or (l.userid is not null) <> m.in_scope)
			and coalesce(m.seen_at <= v_begun_at - interval '2 seconds', true);
	end if;
	v_changed := wecom.member_put(p_corp, v_users, v_begun_at, false);
	if jsonb_typeof(p_data->'departments') = 'array' then
		v_changed := v_changed + wecom.department_store(p_corp, p_data->'departments', v_is_end, v_begun_at);
	end if;
	return jsonb_strip_nulls(jsonb_build_object('raise', v_raise,
		'counts', case when p_is_reconcile and wecom.corp_is_backfilled(p_corp)
			and not exists (
				select
				from wecom.event as e
				where e.auth_corp_id = p_corp
					and e.job_kind in ('member', 'member_list')
					and e.state = 'new'
			)
			then jsonb_build_object('checked_member', jsonb_array_length(v_users), 'drift_member', v_changed) end));
end
$$;

comment on function wecom.member_list_store(text, jsonb, bigint, bigint, boolean) is
	'Store a part, or the end, of the list of members and departments the app sees.';
