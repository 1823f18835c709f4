-- wecom.member_put(p_corp, p_users, p_begun_at, p_is_own): members that a pull shows.
--   p_is_own the answer about one member; false: a list
--   p_users  fields of user/get or user/list, only those that were present; of a member who is there twice the first counts
--   returns  how many changed
--   tables   wecom.member
--   caller   wecom.member_store, wecom.member_list_store
-- What the app may not read is absent, and overwrites nothing; gender 0 is what it is told then, and overwrites no other.
-- Who left the view later than a list can know (two seconds before its begin) stays away; of two answers about the member
-- alone the later one counts.  Rows that do not differ are not written.
create or replace function wecom.member_put(p_corp text, p_users jsonb, p_begun_at timestamptz, p_is_own boolean)
returns bigint
language plpgsql
as $$
declare
	v_stored constant jsonb := jsonb_build_object('auth_corp_id', p_corp, 'seen_at', p_begun_at, 'synced_at',
		clock_timestamp());
	v_changed bigint;
begin
	with given as materialized (
		select distinct on (u.v->>'userid')
			u.v->>'userid' as userid, f.fields
		from jsonb_array_elements(p_users) with ordinality as u (v, n)
		cross join lateral (
			select jsonb_object_agg(case e.key when 'department' then 'departments' when 'order'
				then 'department_orders'
				else e.key end, e.value) as fields
			from jsonb_each(u.v) as e
			where e.value <> 'null'
				and e.key in ('userid', 'open_userid', 'name', 'department', 'order', 'main_department',
					'is_leader_in_dept',
					'direct_leader', 'position', 'mobile', 'gender', 'email', 'biz_mail', 'telephone',
						'alias', 'address',
					'avatar', 'thumb_avatar', 'qr_code', 'extattr', 'external_position', 'external_profile',
						'status')
		) as f
		order by u.v->>'userid', u.n
	), wanted as (
		select m as old, n as new
		from given as g
		left join wecom.member as m on m.auth_corp_id = p_corp
			and m.userid = g.userid
		-- members of the object replace columns of the row, others stay
		cross join lateral jsonb_populate_record(m, g.fields
			- case when g.fields->>'gender' = '0' and m.gender is not null then 'gender' else '' end
			|| '{"in_scope": true, "left_at": null, "absence": null, "new_userid": null}') as n
		where coalesce(m.seen_at <= p_begun_at, true)
			and coalesce(m.left_at <= p_begun_at - case when p_is_own then interval '0' else interval '2 seconds' end,
				true)
	)
	insert into wecom.member as m
	select n.*
	from wanted as w
	cross join lateral jsonb_populate_record(w.new, v_stored) as n
	where w.new is distinct from w.old
	on conflict (auth_corp_id, userid) do update
	set open_userid = excluded.open_userid, name = excluded.name, departments = excluded.departments,
		department_orders = excluded.department_orders, main_department = excluded.main_department,
		is_leader_in_dept = excluded.is_leader_in_dept, direct_leader = excluded.direct_leader,
			position = excluded.position,
		mobile = excluded.mobile, gender = excluded.gender, email = excluded.email, biz_mail = excluded.biz_mail,
		telephone = excluded.telephone, alias = excluded.alias, address = excluded.address, avatar = excluded.avatar,
		thumb_avatar = excluded.thumb_avatar, qr_code = excluded.qr_code, extattr = excluded.extattr,
		external_position = excluded.external_position, external_profile = excluded.external_profile,
		status = excluded.status, in_scope = excluded.in_scope, left_at = excluded.left_at, absence = excluded.absence,
		new_userid = excluded.new_userid, seen_at = excluded.seen_at, synced_at = excluded.synced_at;
	get diagnostics v_changed = row_count;
	return v_changed;
end
$$;

comment on function wecom.member_put(text, jsonb, timestamptz, boolean) is
	'Store members that a pull shows, by difference; how many changed.';
