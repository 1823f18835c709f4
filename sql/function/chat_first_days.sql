-- wecom.chat_first_days(p_corp, p_chats, p_zone): on which days those quit other chats who were in these chats then, as is
-- known since these were seen for the first time.
--   returns  the days
--   tables   reads wecom.group_chat_member, wecom.group_chat_ledger
--   caller   wecom.chat_marks
-- Whether they left all chats hangs on it.
create or replace function wecom.chat_first_days(p_corp text, p_chats text[], p_zone text)
returns date[]
language plpgsql
stable
as $$
begin
	return array(
		select distinct (q.at at time zone p_zone)::date
		from unnest(p_chats) as u (chat_id)
		cross join lateral (
			select m.member_id, m.present_at
			from wecom.group_chat_member as m
			where m.auth_corp_id = p_corp
				and m.chat_id = u.chat_id
			order by m.member_id
			offset 0
		) as m
		cross join lateral (
			select x.at
			from wecom.group_chat_ledger as x
			where x.auth_corp_id = p_corp
				and x.member_id = m.member_id
				and x.at >= m.present_at
				and x.action = 'quit'
			order by x.at
			offset 0
		) as q
	);
end
$$;

comment on function wecom.chat_first_days(text, text[], text) is
	'On which days those quit other chats who were in some chats that are seen for the first time.';
