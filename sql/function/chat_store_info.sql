-- wecom.chat_store_info(p_corp, p_chat, p_data, p_old, p_begun_at): a chat's administrators, and the history of its name,
-- owner and notice.
--   p_data   as for wecom.chat_store, with info
--   p_old    the chat's row before; all null when it is new
--   returns  how many of name, owner and notice changed without an event that says so
--   tables   wecom.group_chat_change, wecom.group_chat_admin
--   caller   wecom.chat_store
-- What a chat's first pull tells is no change.  Several changes within one second are one: from the first value to the last.
-- A pull within a batch of events is dated by the latest of them that calls for it, each pull else by its begin.
create or replace function wecom.chat_store_info(p_corp text, p_chat text, p_data jsonb, p_old wecom.group_chat,
	p_begun_at timestamptz)
returns bigint
language plpgsql
as $$
declare
	v_info constant jsonb := p_data->'info';
	v_event_at constant timestamptz := timestamptz 'epoch' + (p_data->>'info_at_us')::bigint * interval '1 microsecond';
	v_changes bigint := 0;
begin
	if p_old.seen_at is not null then
		insert into wecom.group_chat_change as c (auth_corp_id, chat_id, at, field, old, new, event_id)
		select p_corp, p_chat, coalesce(v_event_at, p_begun_at), f.field, f.old, f.new, (p_data->>'info_event_id')::uuid
		from (values
			('name', p_old.name, v_info->>'name'),
			('owner', p_old.owner, v_info->>'owner'),
			('notice', p_old.notice, v_info->>'notice')
		) as f (field, old, new)
		where f.new <> f.old
			or (f.old is null and f.new is not null)
		on conflict (auth_corp_id, chat_id, at, field) do update
		set new = excluded.new;
		get diagnostics v_changes = row_count;
	end if;
	if jsonb_typeof(v_info->'admins') = 'array' then
		insert into wecom.group_chat_admin as a (auth_corp_id, chat_id, userid)
		select distinct p_corp, p_chat, u.userid
		from jsonb_array_elements_text(v_info->'admins') as u (userid)
		on conflict (auth_corp_id, chat_id, userid) do update
		set left_at = null
		where a.left_at is not null;
		update wecom.group_chat_admin as a
		set left_at = p_begun_at
		where a.auth_corp_id = p_corp
			and a.chat_id = p_chat
			and a.left_at is null
			and not v_info->'admins' ? a.userid;
	end if;
	return case when v_event_at is null then v_changes else 0 end;
end
$$;

comment on function wecom.chat_store_info(text, text, jsonb, wecom.group_chat, timestamptz) is
	'Store a chat''s administrators and the history of its name, owner and notice; how many changed without an event.';
