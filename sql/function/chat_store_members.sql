-- wecom.chat_store_members(p_corp, p_chat, p_data, p_at): who is in a chat.
--   p_data   without nulls.  members: all who are present, [{id, type, name, group_nickname, join_us, join_scene, invitor}],
--            details null where only an event told of them; or, without: join and quit, ids; and the ledger, in order
--   p_at     when those left whom no entry of the ledger tells of
--   returns  nothing
--   tables   wecom.group_chat_member
--   caller   wecom.chat_store
-- Without members the last entry of the ledger says whether somebody is present: the same one may come and go many times.
-- What is known of a member who stayed is not overwritten by null.  Who came again (the ledger says so, was away, or has
-- another join time) keeps type and name, which are the person's, and nothing of how they came before.
-- Rows that do not differ are not written.
create or replace function wecom.chat_store_members(p_corp text, p_chat text, p_data jsonb, p_at timestamptz)
returns void
language plpgsql
as $$
begin
	with told as materialized (
		select distinct on (l.member_id)
			l.member_id, l.action <> 'quit' as is_present, l.action = 'join' as is_join,
			timestamptz 'epoch' + l.at_us * interval '1 microsecond' as at
		from rows from (
			jsonb_to_recordset(coalesce(p_data->'ledger', '[]')) as (member_id text, action text, at_us bigint)
		) with ordinality as l (member_id, action, at_us, n)
		order by l.member_id, l.n desc
	), given as materialized (
		select distinct on (m.id)
			m.id as member_id, true as is_present, m.name, m.group_nickname, m.invitor,
			case when m.type ~ '^[0-9]{1,4}$' then m.type::integer end as type,
			case when m.join_scene ~ '^[0-9]{1,4}$' then m.join_scene::integer end as join_scene,
			timestamptz 'epoch' + nullif(m.join_us, 0) * interval '1 microsecond' as join_at
		from rows from (
			jsonb_to_recordset(coalesce(p_data->'members', '[]')) as (id text, type text, name text,
				group_nickname text, join_us bigint, join_scene text, invitor text)
		) with ordinality as m (id, type, name, group_nickname, join_us, join_scene, invitor, n)
		order by m.id, m.n
	), moved as (
		select i.member_id, coalesce(t.is_present, bool_and(i.is_present)) as is_present
		from (
			select j.id as member_id, true as is_present
			from jsonb_array_elements_text(coalesce(p_data->'join', '[]')) as j (id)
			union all
			select q.id, false
			from jsonb_array_elements_text(coalesce(p_data->'quit', '[]')) as q (id)
		) as i
		left join told as t on t.member_id = i.member_id
		group by i.member_id, t.is_present
	), current as materialized (
		select m.*
		from wecom.group_chat_member as m
		where m.auth_corp_id = p_corp
			and m.chat_id = p_chat
			and (p_data ? 'members' or m.member_id in (select v.member_id from moved as v))
	), wanted as (
		select g.* from given as g
		union all
		select v.member_id, v.is_present, null, null, null, null, null, null from moved as v where not p_data ? 'members'
		union all
		select c.member_id, false, null, null, null, null, null, null
		from current as c
		where p_data ? 'members'
			and c.is_present
			and c.member_id not in (select g.member_id from given as g)
	), merged as (
		select w.member_id, w.is_present, coalesce(w.type, c.type) as type, coalesce(w.name, c.name) as name,
			case when s.stayed then coalesce(w.group_nickname, c.group_nickname) else w.group_nickname
				end as group_nickname,
			case when s.stayed then coalesce(w.join_at, c.join_at) else w.join_at end as join_at,
			case when s.stayed then coalesce(w.join_scene, c.join_scene) else w.join_scene end as join_scene,
			case when s.stayed then coalesce(w.invitor, c.invitor) else w.invitor end as invitor,
			case when not w.is_present
				then coalesce(t.at, case when not c.is_present then c.left_at end, p_at) end as left_at,
			c.member_id is null as is_new, c as old
		from wanted as w
		left join current as c on c.member_id = w.member_id
		left join told as t on t.member_id = w.member_id
		cross join lateral (
			select not w.is_present or (c.is_present and not (coalesce(t.is_join, false) and w.join_at is null)
				and coalesce(w.join_at = c.join_at, true)) as stayed
		) as s
	)
	insert into wecom.group_chat_member as m (auth_corp_id, chat_id, member_id, type, name, group_nickname, join_at,
		join_scene, invitor, is_present, left_at)
	select p_corp, p_chat, g.member_id, g.type, g.name, g.group_nickname, g.join_at, g.join_scene, g.invitor, g.is_present,
		g.left_at
	from merged as g
	where g.is_new
		or (g.type, g.name, g.group_nickname, g.join_at, g.join_scene, g.invitor, g.is_present, g.left_at)
			is distinct from ((g.old).type, (g.old).name, (g.old).group_nickname, (g.old).join_at, (g.old).join_scene,
				(g.old).invitor, (g.old).is_present, (g.old).left_at)
	on conflict (auth_corp_id, chat_id, member_id) do update
	set type = excluded.type, name = excluded.name, group_nickname = excluded.group_nickname, join_at = excluded.join_at,
		join_scene = excluded.join_scene, invitor = excluded.invitor, is_present = excluded.is_present,
			left_at = excluded.left_at;
end
$$;

comment on function wecom.chat_store_members(text, text, jsonb, timestamptz) is
	'Store who is in a chat, by difference.';
