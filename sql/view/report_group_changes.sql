create or replace view report.group_changes as
select
	c.auth_corp_id,
	c.at,
	c.chat_id,
	c.field,
	c.old,
	c.new,
	c.event_id
from wecom.group_chat_change as c;

comment on view report.group_changes is 'Changes of the name, owner and notice of group chats, after these were first seen.';
comment on column report.group_changes.auth_corp_id is 'The corp.';
comment on column report.group_changes.at is 'When: the time of the event that told of a change, else the begin of the pull that found it.';
comment on column report.group_changes.chat_id is 'The chat.';
comment on column report.group_changes.field is 'name, owner or notice.';
comment on column report.group_changes.old is 'Value before; null: never told.';
comment on column report.group_changes.new is 'Value after.';
comment on column report.group_changes.event_id is 'The event; null when only a pull tells.';
