-- wecom.tag_store_tags(p_corp, p_groups, p_newer, p_begun_at): tags that a pull shows.
--   p_groups  as for wecom.tag_store; of a tag that is there twice the first counts
--   p_newer   targets of tag jobs that were pulled later: what they told stays
--   returns   how many changed
--   tables    wecom.tag, wecom.follow_tag; reads wecom.tag_group
--   caller    wecom.tag_store, after the groups
-- A tag deleted later than the answer can know (two seconds before its begin), by itself or with its group, stays deleted.
-- Rows are changed in place and only where they differ: there is no moment without them.
create or replace function wecom.tag_store_tags(p_corp text, p_groups jsonb, p_newer text[], p_begun_at timestamptz)
returns bigint
language plpgsql
as $$
declare
	v_changed bigint;
	v_deleted text[];
begin
	with stored as (
		insert into wecom.tag as t (auth_corp_id, tag_id, group_id, name, sort_order, created_at, deleted_at, seen_at)
		select distinct on (u.id)
			p_corp, u.id, g.group_id, u.name, u."order", timestamptz 'epoch' + u.create_us * interval '1 microsecond',
			case when u.deleted or g.deleted then coalesce(k.deleted_at, p_begun_at) else k.deleted_at end, p_begun_at
		from rows from (
			jsonb_to_recordset(p_groups) as (group_id text, deleted boolean, tags jsonb)
		) with ordinality as g (group_id, deleted, tags, n)
		left join wecom.tag_group as k on k.auth_corp_id = p_corp
			and k.group_id = g.group_id
		cross join lateral rows from (
			jsonb_to_recordset(g.tags) as (id text, name text, "order" bigint, create_us bigint, deleted boolean)
		) with ordinality as u (id, name, "order", create_us, deleted, n)
		where 'group:' || g.group_id <> all (p_newer)
			and 'tag:' || u.id <> all (p_newer)
		order by u.id, g.n, u.n
		on conflict (auth_corp_id, tag_id) do update
		set group_id = excluded.group_id,
			name = coalesce(excluded.name, t.name),
			sort_order = coalesce(excluded.sort_order, t.sort_order),
			created_at = coalesce(excluded.created_at, t.created_at),
			deleted_at = case when excluded.deleted_at is not null then coalesce(t.deleted_at,
				excluded.deleted_at) end,
			seen_at = excluded.seen_at
		where coalesce(t.seen_at <= excluded.seen_at, true)
			and coalesce(t.deleted_at <= excluded.seen_at - interval '2 seconds' or excluded.deleted_at is not null,
				true)
			and (excluded.group_id, coalesce(excluded.name, t.name), coalesce(excluded.sort_order, t.sort_order),
				coalesce(excluded.created_at, t.created_at), excluded.deleted_at is null)
				is distinct from (t.group_id, t.name, t.sort_order, t.created_at, t.deleted_at is null)
		returning t.tag_id, t.deleted_at
	)
	select count(*), array_agg(s.tag_id) filter (where s.deleted_at is not null)
	into v_changed, v_deleted
	from stored as s;
	update wecom.follow_tag as f
	set removed_at = p_begun_at
	where f.auth_corp_id = p_corp
		and f.tag_id = any (v_deleted)
		and f.removed_at is null;
	return v_changed;
end
$$;

comment on function wecom.tag_store_tags(text, jsonb, text[], timestamptz) is
	'Store tags that a pull shows, by difference; how many changed.';
