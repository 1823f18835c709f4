-- wecom.openid_store(p_corp, p_data, p_now_us): answers of userid_to_openuserid, and what they cost of the day's budget.
--   p_data   {mapped: [[userid, open_userid], …], invalid: [userid, …], errors, frozen_us}, each may be missing
--   returns  null
--   tables   wecom.openid_map, wecom.openid_budget
--   caller   wecom.object_store
-- A known answer is never taken back: an id that WeCom called wrong later stays mapped.  The day is that of the corps
-- (Asia/Shanghai), which ends the block that WeCom sets.
create or replace function wecom.openid_store(p_corp text, p_data jsonb, p_now_us bigint)
returns jsonb
language plpgsql
as $$
declare
	v_now constant timestamptz := timestamptz 'epoch' + p_now_us * interval '1 microsecond';
	v_frozen_until constant timestamptz := timestamptz 'epoch'
		+ nullif((p_data->>'frozen_us')::bigint, 0) * interval '1 microsecond';
begin
	insert into wecom.openid_map as o (auth_corp_id, userid, open_userid, state, asked_at)
	select distinct on (u.userid)
		p_corp, u.userid, u.open_userid, u.state, v_now
	from (
		select m.v->>0 as userid, m.v->>1 as open_userid, 'mapped' as state, 0 as place
		from jsonb_array_elements(coalesce(nullif(p_data->'mapped', 'null'), '[]')) as m (v)
		union all
		select i.id, null, 'invalid', 1
		from jsonb_array_elements_text(coalesce(nullif(p_data->'invalid', 'null'), '[]')) as i (id)
	) as u
	where u.userid is not null
		and (u.open_userid is not null or u.state = 'invalid')
	order by u.userid, u.place
	on conflict (auth_corp_id, userid) do update
	set open_userid = excluded.open_userid,
		state = excluded.state,
		asked_at = excluded.asked_at
	where o.state = 'wanted'
		or (excluded.state = 'mapped' and o.open_userid is distinct from excluded.open_userid);

	insert into wecom.openid_budget as b (auth_corp_id, day, errors, frozen_until)
	select p_corp, (v_now at time zone 'Asia/Shanghai')::date, coalesce((p_data->>'errors')::integer, 0), v_frozen_until
	where coalesce((p_data->>'errors')::integer, 0) > 0
		or v_frozen_until is not null
	on conflict (auth_corp_id, day) do update
	set errors = b.errors + excluded.errors,
		frozen_until = greatest(b.frozen_until, excluded.frozen_until);
	return null;
end
$$;

comment on function wecom.openid_store(text, jsonb, bigint) is
	'Store answers of userid_to_openuserid, and what they cost of the day''s budget of errors.';
