-- wecom.chat_store_moves(p_corp, p_chats, p_datas): who came to chats and who left them, as events alone tell.
--   p_datas  as for wecom.chat_store_members, none with a roster, none with an entry present
--   returns  nothing
--   tables   wecom.group_chat_member
--   caller   wecom.chat_store
-- What wecom.chat_store_members says of such lists, without a look at what only rosters need: most stores are one event,
-- and a statement's size is what they cost.
create or replace function wecom.chat_store_moves(p_corp text, p_chats text[], p_datas jsonb[])
returns void
language plpgsql
as $$
begin
	insert into wecom.group_chat_member as m (auth_corp_id, chat_id, member_id, is_present, left_at)
	select p_corp, p_chats[t.n], t.member_id, t.action <> 'quit', case when t.action = 'quit' then t.at end
	from wecom.chat_roster_told(p_corp, p_datas) as t
	order by p_chats[t.n], t.member_id
	on conflict (auth_corp_id, chat_id, member_id) do update
	-- who came again keeps type and name, which are the person's, and nothing of how they came before
	set group_nickname = case when not excluded.is_present then m.group_nickname end,
		join_at = case when not excluded.is_present then m.join_at end,
		join_scene = case when not excluded.is_present then m.join_scene end,
		invitor = case when not excluded.is_present then m.invitor end,
		is_present = excluded.is_present,
		left_at = excluded.left_at
	where (m.is_present, m.left_at) is distinct from (excluded.is_present, excluded.left_at)
		or (excluded.is_present and num_nonnulls(m.group_nickname, m.join_at, m.join_scene, m.invitor) > 0);
end
$$;

comment on function wecom.chat_store_moves(text, text[], jsonb[]) is
	'Store who came to chats and who left them, as events alone tell.';
