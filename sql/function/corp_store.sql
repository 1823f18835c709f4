-- wecom.corp_store(p_corp, p_data, p_now_us): the auth info of a corp is good.
--   p_data   {suite_id (the app authorised last when missing), corp_name, corp_type, subject_type, agent_id, auth_mode,
--            scope, permissions: [name, …], admins: [{userid, …}, …]}
--   returns  {raise}: everything, when it was never read or when what the app may see has changed; else null
--   tables   wecom.corp
--   caller   wecom.object_store
-- The corp becomes active, unless it has left.  A name or a list that is missing leaves what is known.
-- wecom.reconcile_raise plans the full reconcile of a corp from here on.
create or replace function wecom.corp_store(p_corp text, p_data jsonb, p_now_us bigint)
returns jsonb
language plpgsql
as $$
declare
	v_now constant timestamptz := timestamptz 'epoch' + p_now_us * interval '1 microsecond';
	v_scope constant jsonb := nullif(p_data->'scope', 'null');
	v_permissions text[];
	v_old wecom.corp;
begin
	select c.* into v_old
	from wecom.corp as c
	where c.auth_corp_id = p_corp
		and c.state <> 'cancelled'
		and c.suite_id = coalesce(p_data->>'suite_id', c.suite_id)
	order by c.authorised_at desc nulls last, c.suite_id
	limit 1;
	if not found then
		return null;
	end if;
	v_permissions := v_old.permissions;
	if jsonb_typeof(p_data->'permissions') = 'array' then
		select coalesce(array_agg(distinct p.name order by p.name), '{}')
		into v_permissions
		from jsonb_array_elements_text(p_data->'permissions') as p (name);
	end if;

	update wecom.corp as c
	set state = 'active',
		suspended_reason = null,
		corp_name = coalesce(p_data->>'corp_name', c.corp_name),
		corp_type = coalesce(p_data->>'corp_type', c.corp_type),
		subject_type = coalesce((p_data->>'subject_type')::integer, c.subject_type),
		agent_id = coalesce((p_data->>'agent_id')::bigint, c.agent_id),
		auth_mode = coalesce((p_data->>'auth_mode')::smallint, c.auth_mode),
		scope = coalesce(v_scope, c.scope),
		permissions = v_permissions,
		admins = coalesce(nullif(p_data->'admins', 'null'), c.admins),
		backfilled_at = coalesce(c.backfilled_at, v_now)
	where c.auth_corp_id = p_corp
		and c.suite_id = v_old.suite_id;
	if v_old.state <> 'pending'
			and v_old.backfilled_at is not null
			and coalesce(v_scope = v_old.scope, v_scope is null)
			and v_permissions is not distinct from v_old.permissions
			and coalesce((p_data->>'auth_mode')::smallint = v_old.auth_mode, p_data->>'auth_mode' is null) then
		return null;
	end if;
	return jsonb_build_object('raise', jsonb_build_array(
		jsonb_build_array('tag', '', p_now_us, 1),
		jsonb_build_array('member_list', '', p_now_us, 1),
		jsonb_build_array('customer_list', '', p_now_us, 1),
		jsonb_build_array('chat_list', '', p_now_us, 1)));
end
$$;

comment on function wecom.corp_store(text, jsonb, bigint) is
	'Store the auth info of a corp, which makes it active; raises the full read when it is needed.';
