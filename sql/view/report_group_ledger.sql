create or replace view report.group_ledger as
select
	x.auth_corp_id,
	x.at,
	x.chat_id,
	x.member_id,
	m.type,
	x.action,
	x.scene,
	x.origin,
	x.event_id
from wecom.group_chat_ledger as x
left join wecom.group_chat_member as m on m.auth_corp_id = x.auth_corp_id
	and m.chat_id = x.chat_id
	and m.member_id = x.member_id
union all
select
	p.auth_corp_id,
	p.present_at,
	p.chat_id,
	p.member_id,
	p.type,
	'present',
	null,
	'pull',
	null
from wecom.group_chat_member as p
where p.present_at is not null;

comment on view report.group_ledger is 'Every change of a group chat''s roster.';
comment on column report.group_ledger.auth_corp_id is 'The corp.';
comment on column report.group_ledger.at is 'When: the event''s time, else join time, else begin of the pull that told it.';
comment on column report.group_ledger.chat_id is 'The chat.';
comment on column report.group_ledger.member_id is 'Who.';
comment on column report.group_ledger.type is '1 staff, 2 external; null until a pull told it.';
comment on column report.group_ledger.action is 'join, quit, or present: there when the chat was first seen, which is not a join.';
comment on column report.group_ledger.scene is 'JoinScene or QuitScene of the event, as sent; null when only a pull tells.';
comment on column report.group_ledger.origin is 'event or pull.';
comment on column report.group_ledger.event_id is 'The event; null when only a pull tells.';
