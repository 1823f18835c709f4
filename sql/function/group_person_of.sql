-- wecom.group_person_of(p_corp, p_chats): who of some chats is in more than one chat.
--   p_chats  chats whose people are asked for, former ones too; null: of all chats
--   returns  people other than staff, with their chats in order
--   tables   reads wecom.group_chat_member, wecom.group_chat
--   caller   wecom.rollup_person, report.duplicate_members_of, wecom.rollup_check
create or replace function wecom.group_person_of(p_corp text, p_chats text[])
returns table (member_id text, chat_ids text[])
language sql
stable
as $$
	select a.member_id, array_agg(a.chat_id order by a.chat_id)
	from (
		select m.member_id, m.chat_id
		from wecom.group_chat_member as m
		where p_chats is null
			and m.auth_corp_id = p_corp
			and m.is_present
			and m.type is distinct from 1
		union all
		select p.member_id, m.chat_id
		from (
			select distinct x.member_id
			from wecom.group_chat_member as x
			where x.auth_corp_id = p_corp
				and x.chat_id = any (p_chats)
			offset 0
		) as p
		cross join lateral (
			select y.chat_id
			from wecom.group_chat_member as y
			where y.auth_corp_id = p_corp
				and y.member_id = p.member_id
				and y.is_present
				and y.type is distinct from 1
			offset 0
		) as m
	) as a
	cross join lateral (
		-- one by one: joined, people were sought anew for each chat of the corp while the planner took these for few
		select
		from wecom.group_chat as g
		where g.auth_corp_id = p_corp
			and g.chat_id = a.chat_id
			and g.dismissed_at is null
		limit 1
	) as g
	group by a.member_id
	having count(*) > 1
$$;

comment on function wecom.group_person_of(text, text[]) is
	'Who of some chats, or of all, is in more than one chat.';
