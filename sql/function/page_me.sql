-- wecom.page_me(p_corp, p_args): the corp whose page it is.
--   returns  {corp_id, corp_name, state, time_zone, today}; the program adds who is logged in.  Null: no such corp
--   tables   reads mirror.corp, report.corp
--   caller   wecom-web
create or replace function wecom.page_me(p_corp text, p_args jsonb)
returns jsonb
language sql
stable
as $$
	select jsonb_build_object('corp_id', c.auth_corp_id, 'corp_name', c.corp_name, 'state', c.state, 'time_zone', r.time_zone,
		'today', r.today)
	from mirror.corp as c
	join report.corp as r on r.auth_corp_id = p_corp
	where c.auth_corp_id = p_corp
	order by array_position('{active,pending,suspended,cancelled}', c.state)
	limit 1
$$;

comment on function wecom.page_me(text, jsonb) is
	'Page: the corp whose page it is.';
