-- wecom.chat_ledger_days(p_corp, p_chats, p_zone): on which days anybody joined or quit some chats.
--   returns  the days
--   tables   reads wecom.group_chat_ledger
--   caller   wecom.chat_marks
create or replace function wecom.chat_ledger_days(p_corp text, p_chats text[], p_zone text)
returns date[]
language plpgsql
stable
as $$
begin
	return array(
		select distinct (l.at at time zone p_zone)::date
		from unnest(p_chats) as u (chat_id)
		cross join lateral (
			select x.at
			from wecom.group_chat_ledger as x
			where x.auth_corp_id = p_corp
				and x.chat_id = u.chat_id
			order by x.at
			offset 0
		) as l
	);
end
$$;

comment on function wecom.chat_ledger_days(text, text[], text) is
	'On which days anybody joined or quit some chats.';
