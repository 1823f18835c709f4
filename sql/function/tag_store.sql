-- wecom.tag_store(p_corp, p_data, p_begun_us, p_is_reconcile): customer tags and their groups.
--   p_data   {scope: all, group or tag, id, groups: [{group_id, group_name, create_us, order, deleted, tags: [{id, name,
--            create_us, order, deleted}]}] or null, gone, marks: [{type: tag or tag_group, id, at_us}]}
--   returns  null, or {counts} with drift_tag and checked_tag
--   tables   wecom.tag_group, wecom.tag, wecom.follow_tag, wecom.tag_order_change; reads wecom.pull, wecom.event
--   caller   wecom.object_store
-- Marks first, then the answer: shown ones, then those that it had to show and did not (wecom.tag_store_missing), then the
-- order.  An answer that began before a later one about the same scope, or all, changes nothing that that one told.
-- Deleted tags leave the relations that had them.
create or replace function wecom.tag_store(p_corp text, p_data jsonb, p_begun_us bigint, p_is_reconcile boolean)
returns jsonb
language plpgsql
as $$
declare
	v_begun_at constant timestamptz := timestamptz 'epoch' + p_begun_us * interval '1 microsecond';
	v_marks constant jsonb := coalesce(nullif(p_data->'marks', 'null'), '[]');
	v_scope constant text := p_data->>'scope';
	v_has_answer constant boolean := coalesce(jsonb_typeof(p_data->'groups') = 'array', false);
	v_orders jsonb;
	v_newer text[];
	v_changed bigint := 0;
begin
	perform wecom.tag_store_deleted(p_corp, m.type, array[m.id], timestamptz 'epoch' + m.at_us * interval '1 microsecond')
	from jsonb_to_recordset(v_marks) as m (type text, id text, at_us bigint)
	where m.type in ('tag', 'tag_group');
	if v_begun_at is null then
		return null;
	end if;

	if (p_data->>'gone')::boolean and v_scope in ('group', 'tag') then
		v_changed := wecom.tag_store_deleted(p_corp, case v_scope when 'group' then 'tag_group' else 'tag' end,
			array[p_data->>'id'], v_begun_at);
	elsif v_has_answer then
		select coalesce(array_agg(p.target), '{}')
		into v_newer
		from wecom.pull as p
		where p.auth_corp_id = p_corp
			and p.kind = 'tag'
			and p.begun_at > v_begun_at;
		if '' = any (v_newer) then
			return null;
		end if;
		v_orders := wecom.tag_order(p_corp);
		v_changed := wecom.tag_store_groups(p_corp, p_data->'groups', v_newer, v_begun_at)
			+ wecom.tag_store_tags(p_corp, p_data->'groups', v_newer, v_begun_at)
			+ wecom.tag_store_missing(p_corp, p_data, v_newer, v_begun_at);
		perform wecom.tag_order_keep(p_corp, v_orders, v_begun_at);
	end if;
	if not p_is_reconcile or v_marks <> '[]' or not wecom.corp_is_backfilled(p_corp) then
		return null;
	end if;
	perform
	from wecom.event as e
	where e.auth_corp_id = p_corp
		and e.job_kind = 'tag'
		and e.state = 'new';
	if found then
		v_changed := 0;
	end if;
	return jsonb_build_object('counts', jsonb_build_object('checked_tag', (
		select count(*)
		from jsonb_array_elements(case when v_has_answer then p_data->'groups' else '[]' end) as g (v)
		cross join lateral jsonb_array_elements(g.v->'tags') as t (v)
	), 'drift_tag', v_changed));
end
$$;

comment on function wecom.tag_store(text, jsonb, bigint, boolean) is
	'Store customer tags and their groups: what events mark and what a pull shows.';
