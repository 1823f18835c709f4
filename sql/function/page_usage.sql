-- wecom.page_usage(p_corp, p_args): calls of the API, all of the days asked for.
--   p_args   from, to
--   returns  {rows}
--   errors   22023 invalid_parameter_value, with a sentence
--   tables   reads the report
--   caller   wecom-web, for administrators
create or replace function wecom.page_usage(p_corp text, p_args jsonb)
returns jsonb
language plpgsql
stable
as $$
declare
	v_range constant record := wecom.page_range(p_corp, p_args);
begin
	return jsonb_build_object('rows', (
		select coalesce(jsonb_agg(to_jsonb(t) - 'auth_corp_id' order by t.day desc, t.api), '[]')
		from report.api_usage as t
		where t.auth_corp_id = p_corp
			and t.day between v_range.first_day and v_range.last_day
	));
end
$$;

comment on function wecom.page_usage(text, jsonb) is
	'Page: calls of the API.';
