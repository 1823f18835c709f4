-- wecom.openid_request(p_corp, p_userids): have user ids in the corp's own form translated to open_userids.
--   p_userids  each of 1 to 64 bytes; those known, right or wrong, are not asked again
--   returns    how many are asked now
--   errors     22023 invalid_parameter_value: no such corp, or an id that cannot be one; nothing is asked then
--   tables     wecom.openid_map, wecom.job, wecom.corp_due; reads wecom.corp
--   caller     operators: corps authorised before 2021-11-17, and imports
create or replace function wecom.openid_request(p_corp text, p_userids text[])
returns integer
language plpgsql
security definer
set search_path = pg_catalog, pg_temp
as $$
declare
	v_now_us constant bigint := (extract(epoch from clock_timestamp()) * 1000000)::bigint;
	v_wanted integer;
	v_due_at timestamptz;
begin
	perform
	from wecom.corp as c
	where c.auth_corp_id = p_corp
		and c.state <> 'cancelled';
	if not found then
		raise exception 'the corp is not known, or does not have the app any more'
			using errcode = 'invalid_parameter_value';
	end if;
	if exists (select from unnest(p_userids) as u (id) where u.id is null or octet_length(u.id) not between 1 and 64) then
		raise exception 'a user id has 1 to 64 bytes' using errcode = 'invalid_parameter_value';
	end if;

	insert into wecom.openid_map (auth_corp_id, userid, state)
	select distinct p_corp, u.id, 'wanted'
	from unnest(p_userids) as u (id)
	order by 2
	on conflict (auth_corp_id, userid) do nothing;
	get diagnostics v_wanted = row_count;
	if v_wanted > 0 then
		v_due_at := wecom.job_raise_priority(p_corp, jsonb_build_array(jsonb_build_array('openid_map', '', v_now_us, 1)));
	end if;
	if v_due_at is not null then
		perform wecom.corp_due_raise(p_corp, v_due_at);
	end if;
	return v_wanted;
end
$$;

comment on function wecom.openid_request(text, text[]) is
	'Have user ids in the corp''s own form translated to open_userids; how many are asked now.';
