-- wecom.member_store(p_corp, p_userid, p_data, p_begun_us, p_now_us, p_is_reconcile): a member, as user/get told.
--   p_data   {found: as for wecom.member_put, or null; absence: why there is nothing, new_userid}
--   returns  null, or {counts} with drift_member and checked_member
--   tables   wecom.member
--   caller   wecom.object_store
-- An answer that began before the stored one changes nothing.  "Unknown or out of view" is WeCom's positive word that the
-- app sees the member no more; the lack of a licence is not.  A member never seen is not made by an absence.
create or replace function wecom.member_store(p_corp text, p_userid text, p_data jsonb, p_begun_us bigint, p_now_us bigint,
	p_is_reconcile boolean)
returns jsonb
language plpgsql
as $$
declare
	v_begun_at constant timestamptz := timestamptz 'epoch' + p_begun_us * interval '1 microsecond';
	v_synced_at constant timestamptz := clock_timestamp();
	v_found constant jsonb := nullif(p_data->'found', 'null');
	v_changed bigint := 0;
begin
	if v_begun_at is null then
		return null;
	end if;
	if v_found is not null then
		v_changed := wecom.member_put(p_corp, jsonb_build_array(v_found || jsonb_build_object('userid', p_userid)),
			v_begun_at, true);
		update wecom.member as m
		set seen_at = v_begun_at,
			synced_at = v_synced_at
		where m.auth_corp_id = p_corp
			and m.userid = p_userid
			and m.seen_at < v_begun_at;
	else
		update wecom.member as m
		set in_scope = m.in_scope and p_data->>'absence' = 'no_licence',
			left_at = case when p_data->>'absence' = 'no_licence' then m.left_at else coalesce(m.left_at,
				v_begun_at) end,
			absence = coalesce(p_data->>'absence', 'out_of_scope'),
			new_userid = coalesce(p_data->>'new_userid', m.new_userid),
			seen_at = v_begun_at,
			synced_at = v_synced_at
		where m.auth_corp_id = p_corp
			and m.userid = p_userid
			and coalesce(m.seen_at <= v_begun_at, true)
			and (m.absence is distinct from coalesce(p_data->>'absence', 'out_of_scope')
				or m.new_userid is distinct from coalesce(p_data->>'new_userid', m.new_userid));
		get diagnostics v_changed = row_count;
	end if;
	if not p_is_reconcile or not wecom.corp_is_backfilled(p_corp) then
		return null;
	end if;
	perform
	from wecom.event as e
	where e.auth_corp_id = p_corp
		and e.job_kind = 'member'
		and e.job_target = p_userid
		and e.state = 'new';
	return jsonb_build_object('counts', jsonb_build_object('checked_member', 1,
		'drift_member', case when found then 0 else v_changed end));
end
$$;

comment on function wecom.member_store(text, text, jsonb, bigint, bigint, boolean) is
	'Store a member, as user/get told.';
