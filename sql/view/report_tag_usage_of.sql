-- report.tag_usage_of(p_corp): report.tag_usage of one corp.
-- Days without a job are read from what is kept, the others counted from the data: see migrate/0007_rollup.sql.
create or replace function report.tag_usage_of(p_corp text)
returns table (group_id text, tag_id text, tag_name text, sort_order bigint, customers bigint, added_7d bigint,
	added_30d bigint, deleted_at timestamptz, group_name text, group_sort_order bigint)
language sql
stable
security definer
set search_path = pg_catalog, pg_temp
set jit = off
as $$
	with live as materialized (
		select l.is_all, l.days from wecom.rollup_live(p_corp, 'tag') as l
	), clock as materialized (
		select (now() at time zone wecom.corp_zone(p_corp))::date as today
	), used as (
		select f.tag_id, sum(f.customers)::bigint as customers,
			sum(f.added) filter (where f.day > c.today - 7)::bigint as added_7d,
			sum(f.added) filter (where f.day > c.today - 30)::bigint as added_30d
		from (
			select k.day, k.tag_id, k.customers, k.added
			from live as l
			join wecom.tag_day as k on k.auth_corp_id = p_corp
			where not l.is_all
				and k.day <> all (l.days)
			union all
			select n.*
			from live as l
			cross join lateral wecom.tag_day_of(p_corp, l.days) as n
		) as f
		cross join clock as c
		group by f.tag_id
	)
	select t.group_id, t.tag_id, t.name, t.sort_order, coalesce(u.customers, 0), coalesce(u.added_7d, 0),
		coalesce(u.added_30d, 0), t.deleted_at, g.name, g.sort_order
	from wecom.tag as t
	left join wecom.tag_group as g on g.auth_corp_id = p_corp
		and g.group_id = t.group_id
	left join used as u on u.tag_id = t.tag_id
	where t.auth_corp_id = p_corp
		and (t.name is not null or t.created_at is not null or t.deleted_at is null)
	order by g.sort_order desc nulls last, t.group_id, t.sort_order desc nulls last, t.tag_id
$$;

comment on function report.tag_usage_of(text) is
	'report.tag_usage of one corp.';
