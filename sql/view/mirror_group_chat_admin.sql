create or replace view mirror.group_chat_admin as
select
	x.auth_corp_id,
	x.chat_id,
	x.userid
from wecom.group_chat_admin as x
where x.left_at is null;

comment on view mirror.group_chat_admin is 'Administrators of group chats, as they are now.';
comment on column mirror.group_chat_admin.auth_corp_id is 'The corp.';
comment on column mirror.group_chat_admin.chat_id is 'The chat.';
comment on column mirror.group_chat_admin.userid is 'The member.';
