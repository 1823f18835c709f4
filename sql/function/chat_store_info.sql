-- wecom.chat_store_info(p_corp, p_chats, p_datas, p_begun_at): administrators of chats, and the history of their name, owner and
-- notice; before the chats themselves are stored, whose rows tell what was before.
--   p_datas  as for wecom.chat_store; those without info are passed over
--   returns  for each chat how many of name, owner and notice changed without an event that says so
--   tables   wecom.group_chat_change, wecom.group_chat_admin; reads wecom.group_chat
--   caller   wecom.chat_store
-- What a chat's first pull tells is no change.  Several changes within one second are one: from the first value to the last.
-- A pull within a batch of events is dated by the latest of them that calls for it, each pull else by its begin.
create or replace function wecom.chat_store_info(p_corp text, p_chats text[], p_datas jsonb[], p_begun_at timestamptz[])
returns bigint[]
language plpgsql
as $$
declare
	v_told bigint[];
begin
	with change as materialized (
		select u.n, u.chat_id, f.field, f.old, f.new, (u.data->>'info_event_id')::uuid as event_id,
			timestamptz 'epoch' + (u.data->>'info_at_us')::bigint * interval '1 microsecond' as event_at, u.begun_at
		from unnest(p_chats, p_datas, p_begun_at) with ordinality as u (chat_id, data, begun_at, n)
		cross join lateral (
			select r.name, r.owner, r.notice
			from wecom.group_chat as r
			where r.auth_corp_id = p_corp
				and r.chat_id = u.chat_id
				and r.seen_at is not null
			limit 1
		) as o
		cross join lateral (values
			('name', o.name, u.data->'info'->>'name'),
			('owner', o.owner, u.data->'info'->>'owner'),
			('notice', o.notice, u.data->'info'->>'notice')
		) as f (field, old, new)
		where f.new <> f.old
			or (f.old is null and f.new is not null)
	), stored as (
		insert into wecom.group_chat_change as c (auth_corp_id, chat_id, at, field, old, new, event_id)
		select p_corp, h.chat_id, coalesce(h.event_at, h.begun_at), h.field, h.old, h.new, h.event_id
		from change as h
		on conflict (auth_corp_id, chat_id, at, field) do update
		set new = excluded.new
	)
	select array_agg(coalesce(t.changes, 0) order by u.n)
	into v_told
	from generate_series(1, cardinality(p_chats)) as u (n)
	left join (
		select h.n, count(*) as changes
		from change as h
		where h.event_at is null
		group by h.n
	) as t on t.n = u.n;

	insert into wecom.group_chat_admin as a (auth_corp_id, chat_id, userid)
	select distinct p_corp, u.chat_id, i.userid
	from unnest(p_chats, p_datas) as u (chat_id, data)
	cross join lateral jsonb_array_elements_text(
		case when jsonb_typeof(u.data->'info'->'admins') = 'array' then u.data->'info'->'admins' end) as i (userid)
	order by u.chat_id, i.userid
	on conflict (auth_corp_id, chat_id, userid) do update
	set left_at = null
	where a.left_at is not null;

	update wecom.group_chat_admin as a
	set left_at = g.begun_at
	from (
		select p_corp as corp, u.chat_id, u.begun_at, u.data->'info'->'admins' as admins
		from unnest(p_chats, p_datas, p_begun_at) as u (chat_id, data, begun_at)
		where jsonb_typeof(u.data->'info'->'admins') = 'array'
		offset 0
	) as g
	where a.auth_corp_id = g.corp
		and a.chat_id = g.chat_id
		and a.left_at is null
		and not g.admins ? a.userid;
	return v_told;
end
$$;

comment on function wecom.chat_store_info(text, text[], jsonb[], timestamptz[]) is
	'Store administrators of chats and the history of name, owner and notice; how many changed without an event.';
