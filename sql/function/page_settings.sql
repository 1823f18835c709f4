-- wecom.page_settings(p_corp, p_args): what an administrator wants to know of the app.
--   returns  {corp, permissions, admins: [{userid, auth_type}], scope: {members, departments, tags}, credentials, jobs: {kinds,
--            parked: the first 200}, backfill: {done, steps: [{kind, left, stored}]}, openid}
--   tables   reads mirror.corp, mirror.job, report.credentials, report.openid_coverage
--   caller   wecom-web, for administrators
create or replace function wecom.page_settings(p_corp text, p_args jsonb)
returns jsonb
language plpgsql
stable
as $$
declare
	v_corp record;
begin
	select c.*
	into v_corp
	from mirror.corp as c
	where c.auth_corp_id = p_corp
	order by array_position('{active,pending,suspended,cancelled}', c.state)
	limit 1;
	return jsonb_build_object(
		'corp', case when found then jsonb_build_object('corp_id', v_corp.auth_corp_id, 'corp_name', v_corp.corp_name,
			'state', v_corp.state, 'suspended_reason', v_corp.suspended_reason, 'agent_id', v_corp.agent_id,
			'auth_mode', v_corp.auth_mode, 'installed_at', v_corp.installed_at, 'backfilled_at', v_corp.backfilled_at,
			'reconcile_at', v_corp.reconcile_at) end,
		'permissions', coalesce(to_jsonb(v_corp.permissions), '[]'),
		'admins', (
			select coalesce(jsonb_agg(jsonb_build_object('userid', a.v->'userid', 'auth_type', a.v->'auth_type')),
				'[]')
			from jsonb_array_elements(case when jsonb_typeof(v_corp.admins) = 'array' then v_corp.admins
				else '[]' end) as a (v)
		),
		'scope', (
			select jsonb_object_agg(s.name, case when jsonb_typeof(v_corp.scope->s.member) = 'array'
				then jsonb_array_length(v_corp.scope->s.member) else 0 end)
			from (values ('members', 'allow_user'), ('departments', 'allow_party'), ('tags', 'allow_tag'))
				as s (name, member)
		),
		'credentials', (
			select to_jsonb(r) - 'auth_corp_id'
			from report.credentials as r
			where r.auth_corp_id = p_corp
			order by array_position('{active,pending,suspended,cancelled}', r.state)
			limit 1
		),
		'jobs', wecom.page_settings_jobs(p_corp),
		'backfill', wecom.page_settings_backfill(p_corp, v_corp.backfilled_at is not null),
		'openid', (
			select to_jsonb(o) - 'auth_corp_id'
			from report.openid_coverage as o
			where o.auth_corp_id = p_corp
		));
end
$$;

comment on function wecom.page_settings(text, jsonb) is
	'Page: authorisation, freshness, queue and progress.';
