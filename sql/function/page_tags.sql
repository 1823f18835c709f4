-- wecom.page_tags(p_corp, p_args): tags in WeCom's order, with their use.
--   returns  {groups: [{group_id, name, sort_order, deleted_at, tags: [{tag_id, tag_name, sort_order, customers, added_7d,
--            added_30d, deleted_at}]}]}; greater order first, deleted ones after the others
--   tables   reads mirror.tag_group, report.tag_usage
--   caller   wecom-web
create or replace function wecom.page_tags(p_corp text, p_args jsonb)
returns jsonb
language sql
stable
as $$
	with tag as materialized (
		select t.group_id, jsonb_agg(jsonb_build_object('tag_id', t.tag_id, 'tag_name', t.tag_name,
			'sort_order', t.sort_order, 'customers', t.customers, 'added_7d', t.added_7d, 'added_30d', t.added_30d,
			'deleted_at', t.deleted_at)
			order by t.deleted_at is not null, t.sort_order desc nulls last, t.tag_id) as tags
		from report.tag_usage as t
		where t.auth_corp_id = p_corp
		group by t.group_id
	), shown as (
		select g.group_id, g.name, g.sort_order, g.deleted_at, coalesce(t.tags, '[]') as tags
		from mirror.tag_group as g
		left join tag as t on t.group_id = g.group_id
		where g.auth_corp_id = p_corp
		union all
		select t.group_id, null, null, null, t.tags
		from tag as t
		where not exists (
			select
			from mirror.tag_group as g
			where g.auth_corp_id = p_corp
				and g.group_id = t.group_id
		)
	)
	select jsonb_build_object('groups', coalesce(jsonb_agg(to_jsonb(s)
		order by s.deleted_at is not null, s.sort_order desc nulls last, s.group_id), '[]'))
	from shown as s
$$;

comment on function wecom.page_tags(text, jsonb) is
	'Page: tags in WeCom''s order, with their use.';
