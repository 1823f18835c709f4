create or replace view mirror.corp as
select
	c.auth_corp_id,
	c.suite_id,
	c.corp_name,
	c.state,
	c.agent_id,
	c.auth_mode,
	c.installed_at,
	c.cancelled_at,
	c.corp_type,
	c.subject_type,
	c.scope,
	c.permissions,
	c.admins,
	c.suspended_reason,
	c.authorised_at,
	c.backfilled_at,
	c.reconcile_at
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
comment on column mirror.corp.corp_type is 'corp_type of the auth info.';
comment on column mirror.corp.subject_type is '1 enterprise, 2 government, 3 other, 4 team.';
comment on column mirror.corp.scope is 'Whom the app may see.';
comment on column mirror.corp.permissions is 'Permissions granted to the app.';
comment on column mirror.corp.admins is 'Administrators of the app.';
comment on column mirror.corp.suspended_reason is 'Why WeCom refuses our calls; null unless suspended.';
comment on column mirror.corp.authorised_at is 'Time of the newest authorisation exchanged.';
comment on column mirror.corp.backfilled_at is 'When the first full read was asked for.';
comment on column mirror.corp.reconcile_at is 'When everything is read again.';
