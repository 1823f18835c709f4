-- wecom.tag_store_deleted(p_corp, p_type, p_ids, p_at): tags, or groups with all their tags, were deleted.
--   p_type   tag or tag_group
--   returns  how many were not known to be deleted by then
--   tables   wecom.tag_group, wecom.tag, wecom.follow_tag
--   caller   wecom.tag_store, wecom.tag_store_missing
-- Of several times the earliest counts.  One that was never known is kept by its id and time alone, so that an answer
-- older than its deletion does not bring it in.  Relations lose their tags at that time.
create or replace function wecom.tag_store_deleted(p_corp text, p_type text, p_ids text[], p_at timestamptz)
returns bigint
language plpgsql
as $$
declare
	v_groups_n bigint := 0;
	v_ids text[] := p_ids;
	v_gone text[];
begin
	if p_type = 'tag_group' then
		insert into wecom.tag_group as g (auth_corp_id, group_id, deleted_at)
		select distinct p_corp, u.id, p_at
		from unnest(p_ids) as u (id)
		on conflict (auth_corp_id, group_id) do update
		set deleted_at = excluded.deleted_at
		where g.deleted_at is null
			or g.deleted_at > excluded.deleted_at;
		get diagnostics v_groups_n = row_count;
		select array_agg(t.tag_id)
		into v_ids
		from wecom.tag as t
		where t.auth_corp_id = p_corp
			and t.group_id = any (p_ids);
	end if;
	with gone as (
		insert into wecom.tag as t (auth_corp_id, tag_id, deleted_at)
		select distinct p_corp, u.id, p_at
		from unnest(v_ids) as u (id)
		on conflict (auth_corp_id, tag_id) do update
		set deleted_at = excluded.deleted_at
		where t.deleted_at is null
			or t.deleted_at > excluded.deleted_at
		returning t.tag_id
	)
	select array_agg(g.tag_id)
	into v_gone
	from gone as g;
	update wecom.follow_tag as f
	set removed_at = p_at
	where f.auth_corp_id = p_corp
		and f.tag_id = any (v_gone)
		and f.removed_at is null;
	return v_groups_n + coalesce(cardinality(v_gone), 0);
end
$$;

comment on function wecom.tag_store_deleted(text, text, text[], timestamptz) is
	'Tags, or groups with all their tags, were deleted; how many were not known to be.';
