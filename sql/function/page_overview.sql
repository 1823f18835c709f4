-- wecom.page_overview(p_corp, p_args): headline figures beside those of as many days before, and the days one by one.
--   p_args   from, to
--   returns  {from, to, previous_from, previous_to, figures: [{name, value, previous}], customer_daily, group_daily}
--   errors   22023 invalid_parameter_value, with a sentence
--   tables   reads report.customer_daily, report.group_daily
--   caller   wecom-web
create or replace function wecom.page_overview(p_corp text, p_args jsonb)
returns jsonb
language plpgsql
stable
as $$
declare
	v_range constant record := wecom.page_range(p_corp, p_args);
	v_days constant integer := v_range.last_day - v_range.first_day + 1;
	v_customers jsonb;
	v_groups jsonb;
	v_now jsonb;
	v_before jsonb;
begin
	select coalesce(jsonb_agg(to_jsonb(d) - 'auth_corp_id' order by d.day), '[]')
	into v_customers
	from report.customer_daily as d
	where d.auth_corp_id = p_corp
		and d.day between v_range.first_day - v_days and v_range.last_day;
	select coalesce(jsonb_agg(to_jsonb(d) - 'auth_corp_id' order by d.day), '[]')
	into v_groups
	from report.group_daily as d
	where d.auth_corp_id = p_corp
		and d.day between v_range.first_day - v_days and v_range.last_day;
	v_now := wecom.page_overview_figures(v_customers, v_groups, v_range.first_day, v_range.last_day);
	v_before := wecom.page_overview_figures(v_customers, v_groups, v_range.first_day - v_days, v_range.first_day - 1);
	return jsonb_build_object(
		'from', v_range.first_day,
		'to', v_range.last_day,
		'previous_from', v_range.first_day - v_days,
		'previous_to', v_range.first_day - 1,
		'figures', (
			select jsonb_agg(jsonb_build_object('name', n.name, 'value', v_now->n.name, 'previous', v_before->n.name)
				order by n.place)
			from unnest('{customers_total,new,lost,net,half,readded,groups_total,group_members_external,joined,'
				'quit}'::text[]) with ordinality as n (name, place)
		),
		'customer_daily', (
			select coalesce(jsonb_agg(d.v order by d.n), '[]')
			from jsonb_array_elements(v_customers) with ordinality as d (v, n)
			where d.v->>'day' >= v_range.first_day::text
		),
		'group_daily', (
			select coalesce(jsonb_agg(d.v order by d.n), '[]')
			from jsonb_array_elements(v_groups) with ordinality as d (v, n)
			where d.v->>'day' >= v_range.first_day::text
		));
end
$$;

comment on function wecom.page_overview(text, jsonb) is
	'Page: headline figures, their change, and the days one by one.';
