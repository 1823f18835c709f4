-- wecom.chat_store_first(p_corp, p_chats, p_datas): the first rosters of chats of which no member is stored.
--   p_datas  as for wecom.chat_store_members, each with roster and first_us and without ledger
--   returns  nothing
--   tables   wecom.group_chat_member
--   caller   wecom.chat_store_rosters
-- Nobody else writes here: see wecom.chat_store_members.
create or replace function wecom.chat_store_first(p_corp text, p_chats text[], p_datas jsonb[])
returns void
language plpgsql
as $$
begin
	insert into wecom.group_chat_member (auth_corp_id, chat_id, member_id, type, name, group_nickname, join_at, join_scene,
		invitor, is_present, present_at)
	select distinct on (u.chat_id, m.userid)
		p_corp, u.chat_id, m.userid, m.type, m.name, m.group_nickname, j.join_at, m.join_scene, m.invitor, true,
		least(j.join_at, r.first_at)
	from unnest(p_chats, p_datas) as u (chat_id, data)
	cross join lateral (
		select u.data->'roster' as roster,
			timestamptz 'epoch' + (u.data->>'first_us')::bigint * interval '1 microsecond' as first_at
		offset 0
	) as r
	cross join lateral unnest(
		(r.roster->>'userid')::text[], (r.roster->>'type')::integer[], (r.roster->>'name')::text[],
		(r.roster->>'group_nickname')::text[], (r.roster->>'join_time')::bigint[],
		(r.roster->>'join_scene')::integer[], (r.roster->>'invitor')::text[]
	) with ordinality as m (userid, type, name, group_nickname, join_time, join_scene, invitor, place)
	cross join lateral (
		select timestamptz 'epoch' + nullif(m.join_time, 0) * interval '1 second' as join_at
	) as j
	order by u.chat_id, m.userid, m.place;
end
$$;

comment on function wecom.chat_store_first(text, text[], jsonb[]) is
	'Store the first rosters of chats of which no member is stored.';
