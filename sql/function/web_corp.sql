-- wecom.web_corp(p_corp): what the pages say of a corp; of several suites' apps the one that counts.
--   returns  {state, corp_name, reason, agent_id, admins}; null when the corp is not known
--   tables   reads wecom.corp
--   caller   wecom.web_session_begin, wecom.web_session_read
create or replace function wecom.web_corp(p_corp text)
returns jsonb
language sql
stable
as $$
	select jsonb_build_object(
		'state', c.state,
		'corp_name', c.corp_name,
		'reason', c.suspended_reason,
		'agent_id', c.agent_id,
		'admins', case when jsonb_typeof(c.admins) = 'array' then c.admins else '[]' end)
	from wecom.corp as c
	where c.auth_corp_id = p_corp
	order by c.state <> 'active', c.authorised_at desc nulls last, c.suite_id
	limit 1
$$;

comment on function wecom.web_corp(text) is
	'What the pages say of a corp: state, name, the app''s id and administrators.';
