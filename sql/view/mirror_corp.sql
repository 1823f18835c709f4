create or replace view mirror.corp as
select
	c.auth_corp_id,
	c.suite_id,
	c.corp_name,
	c.state,
	c.agent_id,
	c.auth_mode,
	c.installed_at,
	c.cancelled_at
from wecom.corp as c;

comment on view mirror.corp is 'Corps that have, or had, the app.';
comment on column mirror.corp.auth_corp_id is 'The corp as the suite knows it.';
comment on column mirror.corp.suite_id is 'The suite it installed.';
comment on column mirror.corp.corp_name is 'Name as WeCom tells it.';
comment on column mirror.corp.state is 'pending, active, suspended or cancelled.';
comment on column mirror.corp.agent_id is 'AgentId of the app in the corp.';
comment on column mirror.corp.auth_mode is '0: authorised by an administrator; 1: by a member.';
comment on column mirror.corp.installed_at is 'When the authorisation in force began.';
comment on column mirror.corp.cancelled_at is 'When the corp left; null while it has the app.';
