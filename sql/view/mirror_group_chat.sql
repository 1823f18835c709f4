create or replace view mirror.group_chat as
select
	x.auth_corp_id,
	x.chat_id,
	x.name,
	x.owner,
	x.notice,
	x.created_at,
	x.member_version,
	x.dismissed_at,
	x.synced_at,
	x.absence
from wecom.group_chat as x
where x.seen_at is not null
	or x.member_version is not null
	or x.dismissed_at is not null;

comment on view mirror.group_chat is 'Customer group chats, dissolved ones too.';
comment on column mirror.group_chat.auth_corp_id is 'The corp.';
comment on column mirror.group_chat.chat_id is 'The chat.';
comment on column mirror.group_chat.name is 'Name; empty for an unnamed group, null until a pull told it.';
comment on column mirror.group_chat.owner is 'Member who owns it.';
comment on column mirror.group_chat.notice is 'Notice of the group.';
comment on column mirror.group_chat.created_at is 'When it was made.';
comment on column mirror.group_chat.member_version is 'Version of the roster that is held, opaque; null: the roster was never known.';
comment on column mirror.group_chat.dismissed_at is 'When it was dissolved. Final: a dissolved chat never comes back, and its roster stays as history.';
comment on column mirror.group_chat.synced_at is 'When it was stored last.';
comment on column mirror.group_chat.absence is 'Why it cannot be read though it may exist: out_of_scope or no_licence; null when it can.';
