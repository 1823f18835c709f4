-- wecom.chat_forget(p_corp): the corp was away for a while, and what happened to its chats meanwhile nobody told: the next
-- list of chats asks for each as if it had never been read.
--   returns  nothing
--   tables   wecom.group_chat
--   caller   wecom.purge_store
-- Of customers, members and tags the lists themselves bring all.
create or replace function wecom.chat_forget(p_corp text)
returns void
language plpgsql
as $$
begin
	update wecom.group_chat as g
	set seen_at = null
	where g.auth_corp_id = p_corp
		and g.seen_at is not null
		and g.dismissed_at is null;
end
$$;

comment on function wecom.chat_forget(text) is
	'Have each chat of a corp read as if it had never been read.';
