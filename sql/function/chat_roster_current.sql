-- wecom.chat_roster_current(p_corp, p_chats, p_datas): what is held of the members whom the answers to be stored concern.
--   p_chats …  as for wecom.chat_store
--   returns    n: place in p_chats from 1; the columns of wecom.group_chat_member: of a chat with a roster all who are or were
--              there, else those of whom its ledger tells
--   tables     reads wecom.group_chat_member
--   caller     wecom.chat_store_members
create or replace function wecom.chat_roster_current(p_corp text, p_chats text[], p_datas jsonb[])
returns table (n bigint, member_id text, type integer, name text, group_nickname text, join_at timestamptz, join_scene integer,
	invitor text, is_present boolean, left_at timestamptz, present_at timestamptz)
language sql
stable
as $$
	select u.n, m.member_id, m.type, m.name, m.group_nickname, m.join_at, m.join_scene, m.invitor, m.is_present, m.left_at,
		m.present_at
	from unnest(p_chats, p_datas) with ordinality as u (chat_id, data, n)
	cross join lateral (
		select h.*
		from wecom.group_chat_member as h
		where h.auth_corp_id = p_corp
			and h.chat_id = u.chat_id
		offset 0
	) as m
	where u.data->'roster' <> 'null'
	union all
	select t.n, o.member_id, o.type, o.name, o.group_nickname, o.join_at, o.join_scene, o.invitor, o.is_present, o.left_at,
		o.present_at
	from wecom.chat_roster_told(p_corp, p_datas) as t
	cross join lateral (
		select h.*
		from wecom.group_chat_member as h
		where h.auth_corp_id = p_corp
			and h.chat_id = p_chats[t.n]
			and h.member_id = t.member_id
		limit 1
	) as o
	where coalesce(p_datas[t.n]->'roster', 'null') = 'null'
$$;

comment on function wecom.chat_roster_current(text, text[], jsonb[]) is
	'What is held of the members whom the answers to be stored concern.';
