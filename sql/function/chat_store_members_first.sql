-- wecom.chat_store_members_first(p_corp, p_chat, p_members): the first roster that is known of a chat.
--   p_members  as wecom.chat_store_members takes them
--   returns    nothing
--   tables     wecom.group_chat_member
--   caller     wecom.chat_store, as of a backfill: there is nothing to compare with
create or replace function wecom.chat_store_members_first(p_corp text, p_chat text, p_members jsonb)
returns void
language plpgsql
as $$
begin
	insert into wecom.group_chat_member (auth_corp_id, chat_id, member_id, type, name, group_nickname, join_at, join_scene,
		invitor, is_present)
	select p_corp, p_chat, m.id,
		case when m.type ~ '^[0-9]{1,4}$' then m.type::integer end,
		m.name, m.group_nickname,
		timestamptz 'epoch' + nullif(m.join_us, 0) * interval '1 microsecond',
		case when m.join_scene ~ '^[0-9]{1,4}$' then m.join_scene::integer end,
		m.invitor, true
	from jsonb_to_recordset(p_members) as m (id text, type text, name text, group_nickname text, join_us bigint,
		join_scene text, invitor text)
	on conflict (auth_corp_id, chat_id, member_id) do nothing;
end
$$;

comment on function wecom.chat_store_members_first(text, text, jsonb) is
	'Store the first roster that is known of a chat.';
