create or replace view mirror.group_chat_member as
select
	x.auth_corp_id,
	x.chat_id,
	x.member_id,
	x.type,
	x.name,
	x.group_nickname,
	x.join_at,
	x.join_scene,
	x.invitor
from wecom.group_chat_member as x
join wecom.group_chat as g on g.auth_corp_id = x.auth_corp_id
	and g.chat_id = x.chat_id
where x.is_present
	and g.dismissed_at is null;

comment on view mirror.group_chat_member is 'Who is in a group chat now; dissolved chats have nobody.';
comment on column mirror.group_chat_member.auth_corp_id is 'The corp.';
comment on column mirror.group_chat_member.chat_id is 'The chat.';
comment on column mirror.group_chat_member.member_id is 'userid of staff, external_userid of others.';
comment on column mirror.group_chat_member.type is '1 staff, 2 external; null until a pull told it.';
comment on column mirror.group_chat_member.name is 'Public name, as a pull told it.';
comment on column mirror.group_chat_member.group_nickname is 'Name inside the group.';
comment on column mirror.group_chat_member.join_at is 'When they joined last, as a pull told it.';
comment on column mirror.group_chat_member.join_scene is 'How, as a pull told it: 1 invited, 2 by invitation link, 3 QR code.';
comment on column mirror.group_chat_member.invitor is 'Member who invited them.';
