-- wecom.tag_order(p_corp): the order of a corp's groups of tags, and of the tags in each, as WeCom shows them.
--   returns  {"": [group_id, …], group_id: [tag_id, …], …}
--   tables   reads wecom.tag_group, wecom.tag
--   caller   wecom.tag_store, wecom.tag_order_keep
create or replace function wecom.tag_order(p_corp text)
returns jsonb
language sql
as $$
	select coalesce(jsonb_object_agg(s.scope, s.ids), '{}')
	from (
		select '' as scope, jsonb_agg(g.group_id order by g.sort_order desc nulls last, g.group_id) as ids
		from wecom.tag_group as g
		where g.auth_corp_id = p_corp
			and g.deleted_at is null
		having count(*) > 0
		union all
		select t.group_id, jsonb_agg(t.tag_id order by t.sort_order desc nulls last, t.tag_id)
		from wecom.tag as t
		where t.auth_corp_id = p_corp
			and t.deleted_at is null
			and t.group_id is not null
		group by t.group_id
	) as s
$$;

comment on function wecom.tag_order(text) is
	'The order of a corp''s groups of tags, and of the tags in each.';
