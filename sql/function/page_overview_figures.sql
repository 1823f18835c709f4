-- wecom.page_overview_figures(p_customers, p_groups, p_from, p_to): headline figures of some days.
--   p_customers, p_groups  rows of report.customer_daily and report.group_daily as an array
--   returns  {name: value}; totals are those of the last day that has begun
--   caller   wecom.page_overview
create or replace function wecom.page_overview_figures(p_customers jsonb, p_groups jsonb, p_from date, p_to date)
returns jsonb
language sql
immutable
as $$
	select (
		select jsonb_build_object(
			'customers_total', coalesce((array_agg(c.total_end order by c.day desc))[1], 0),
			'new', coalesce(sum(c.new), 0),
			'lost', coalesce(sum(c.lost_by_staff + c.lost_by_customer), 0),
			'net', coalesce(sum(c.net), 0),
			'half', coalesce(sum(c.half), 0),
			'readded', coalesce(sum(c.readded), 0))
		from jsonb_to_recordset(p_customers) as c (day date, total_end bigint, new bigint, lost_by_staff bigint,
			lost_by_customer bigint, net bigint, half bigint, readded bigint)
		where c.day between p_from and p_to
	) || (
		select jsonb_build_object(
			'groups_total', coalesce((array_agg(g.groups_total order by g.day desc))[1], 0),
			'group_members_external', coalesce((array_agg(g.members_external order by g.day desc))[1], 0),
			'joined', coalesce(sum(g.joined), 0),
			'quit', coalesce(sum(g.quit), 0))
		from jsonb_to_recordset(p_groups) as g (day date, groups_total bigint, members_external bigint, joined bigint,
			quit bigint)
		where g.day between p_from and p_to
	)
$$;

comment on function wecom.page_overview_figures(jsonb, jsonb, date, date) is
	'Headline figures of some days.';
