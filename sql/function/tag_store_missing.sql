-- wecom.tag_store_missing(p_corp, p_data, p_newer, p_begun_at): tags and groups that an answer had to show and did not.
--   p_data   as for wecom.tag_store, with groups
--   p_newer  targets of tag jobs that were pulled later: what they told stays
--   returns  how many are deleted by that
--   tables   wecom.tag_group, wecom.tag, wecom.follow_tag
--   caller   wecom.tag_store
-- A list of all shows every group and tag there is, a list of one group its tags when it shows the group; the answer about
-- one tag says nothing of others.  What was made or changed later than the answer can know is left.
create or replace function wecom.tag_store_missing(p_corp text, p_data jsonb, p_newer text[], p_begun_at timestamptz)
returns bigint
language plpgsql
as $$
declare
	v_seen_at constant timestamptz := p_begun_at - interval '2 seconds';
	v_is_all constant boolean := p_data->>'scope' = 'all';
	v_groups text[];
	v_tags text[];
begin
	select array_agg(g.group_id)
	into v_groups
	from wecom.tag_group as g
	where v_is_all
		and g.auth_corp_id = p_corp
		and g.deleted_at is null
		and coalesce(g.created_at <= v_seen_at, true)
		and coalesce(g.seen_at <= p_begun_at, true)
		and 'group:' || g.group_id <> all (p_newer)
		and g.group_id not in (
			select u.v->>'group_id'
			from jsonb_array_elements(p_data->'groups') as u (v)
		);
	select array_agg(t.tag_id)
	into v_tags
	from wecom.tag as t
	where (v_is_all or (p_data->>'scope' = 'group' and t.group_id = p_data->>'id' and p_data->>'id' in (
			select u.v->>'group_id'
			from jsonb_array_elements(p_data->'groups') as u (v)
		)))
		and t.auth_corp_id = p_corp
		and t.deleted_at is null
		and coalesce(t.created_at <= v_seen_at, true)
		and coalesce(t.seen_at <= p_begun_at, true)
		and 'tag:' || t.tag_id <> all (p_newer)
		and coalesce('group:' || t.group_id <> all (p_newer), true)
		and t.tag_id not in (
			select w.v->>'id'
			from jsonb_array_elements(p_data->'groups') as u (v)
			cross join lateral jsonb_array_elements(u.v->'tags') as w (v)
		);
	return wecom.tag_store_deleted(p_corp, 'tag', v_tags, p_begun_at)
		+ wecom.tag_store_deleted(p_corp, 'tag_group', v_groups, p_begun_at);
end
$$;

comment on function wecom.tag_store_missing(text, jsonb, text[], timestamptz) is
	'Mark tags and groups deleted that an answer had to show and did not; how many.';
