-- wecom.page_chat(p_corp, p_args): one group chat.
--   p_args   chat_id
--   returns  null when the chat is not known; {chat, admins, members, ledger: the newest 500, changes: the newest 500}
--   errors   22023 invalid_parameter_value, with a sentence
--   tables   reads views of the mirror and the reports
--   caller   wecom-web
create or replace function wecom.page_chat(p_corp text, p_args jsonb)
returns jsonb
language plpgsql
stable
as $$
declare
	v_id constant text := wecom.page_id(p_args, 'chat_id');
begin
	perform
	from mirror.group_chat as g
	where g.auth_corp_id = p_corp
		and g.chat_id = v_id;
	if not found then
		return null;
	end if;
	return jsonb_build_object(
		'chat', (
			select to_jsonb(g) - 'auth_corp_id'
			from mirror.group_chat as g
			where g.auth_corp_id = p_corp
				and g.chat_id = v_id
		),
		'admins', (
			select coalesce(jsonb_agg(a.userid order by a.userid), '[]')
			from mirror.group_chat_admin as a
			where a.auth_corp_id = p_corp
				and a.chat_id = v_id
		),
		'members', (
			select coalesce(jsonb_agg(to_jsonb(m) - 'auth_corp_id' - 'chat_id' order by m.join_at, m.member_id), '[]')
			from mirror.group_chat_member as m
			where m.auth_corp_id = p_corp
				and m.chat_id = v_id
		),
		'ledger', (
			select coalesce(jsonb_agg(to_jsonb(l) - 'auth_corp_id' - 'chat_id' order by l.at desc, l.member_id), '[]')
			from (
				select *
				from report.group_ledger as x
				where x.auth_corp_id = p_corp
					and x.chat_id = v_id
				order by x.at desc, x.member_id
				limit 500
			) as l
		),
		'changes', (
			select coalesce(jsonb_agg(to_jsonb(c) - 'auth_corp_id' - 'chat_id' order by c.at desc, c.field), '[]')
			from (
				select *
				from report.group_changes as x
				where x.auth_corp_id = p_corp
					and x.chat_id = v_id
				order by x.at desc, x.field
				limit 500
			) as c
		));
end
$$;

comment on function wecom.page_chat(text, jsonb) is
	'Page: one group chat.';
