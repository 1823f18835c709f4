-- wecom.tag_store_groups(p_corp, p_groups, p_newer, p_begun_at): groups of tags that a pull shows.
--   p_groups  as for wecom.tag_store; of a group that is there twice the first counts
--   p_newer   targets of tag jobs that were pulled later: what they told stays
--   returns   how many changed
--   tables    wecom.tag_group
--   caller    wecom.tag_store
-- A group deleted later than the answer can know (two seconds before its begin) stays deleted.  Rows are changed in place
-- and only where they differ: there is no moment without them.
create or replace function wecom.tag_store_groups(p_corp text, p_groups jsonb, p_newer text[], p_begun_at timestamptz)
returns bigint
language plpgsql
as $$
declare
	v_changed bigint;
begin
	insert into wecom.tag_group as g (auth_corp_id, group_id, name, sort_order, created_at, deleted_at, seen_at)
	select distinct on (u.group_id)
		p_corp, u.group_id, u.group_name, u."order", timestamptz 'epoch' + u.create_us * interval '1 microsecond',
		case when u.deleted then p_begun_at end, p_begun_at
	from rows from (
		jsonb_to_recordset(p_groups) as (group_id text, group_name text, "order" bigint, create_us bigint,
			deleted boolean)
	) with ordinality as u (group_id, group_name, "order", create_us, deleted, n)
	where 'group:' || u.group_id <> all (p_newer)
	order by u.group_id, u.n
	on conflict (auth_corp_id, group_id) do update
	set name = coalesce(excluded.name, g.name),
		sort_order = coalesce(excluded.sort_order, g.sort_order),
		created_at = coalesce(excluded.created_at, g.created_at),
		deleted_at = case when excluded.deleted_at is not null then coalesce(g.deleted_at, excluded.deleted_at) end,
		seen_at = excluded.seen_at
	where coalesce(g.seen_at <= excluded.seen_at, true)
		and coalesce(g.deleted_at <= excluded.seen_at - interval '2 seconds' or excluded.deleted_at is not null, true)
		and (coalesce(excluded.name, g.name), coalesce(excluded.sort_order, g.sort_order),
			coalesce(excluded.created_at, g.created_at), excluded.deleted_at is null)
			is distinct from (g.name, g.sort_order, g.created_at, g.deleted_at is null);
	get diagnostics v_changed = row_count;
	return v_changed;
end
$$;

comment on function wecom.tag_store_groups(text, jsonb, text[], timestamptz) is
	'Store groups of tags that a pull shows, by difference; how many changed.';
