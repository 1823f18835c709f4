-- Corps and their sealed secrets.

create table wecom.corp (
	auth_corp_id text not null,
	suite_id text not null,
	corp_name text,
	state text not null default 'pending',
	agent_id bigint,
	auth_mode smallint,
	installed_at timestamptz,
	cancelled_at timestamptz,
	constraint corp_pkey primary key (auth_corp_id, suite_id),
	constraint corp_state_known check (state in ('pending', 'active', 'suspended', 'cancelled')),
	constraint corp_cancelled_has_time check ((state = 'cancelled') = (cancelled_at is not null))
);

comment on table wecom.corp is 'Corps that have, or had, the app. Written by the reconciler.';
comment on column wecom.corp.auth_corp_id is 'The corp as the suite knows it.';
comment on column wecom.corp.suite_id is 'The suite it installed.';
comment on column wecom.corp.corp_name is 'Name as WeCom tells it.';
comment on column wecom.corp.state is 'pending: authorised, not yet exchanged; active; suspended: WeCom refuses our calls; cancelled.';
comment on column wecom.corp.agent_id is 'AgentId of the app in the corp.';
comment on column wecom.corp.auth_mode is '0: authorised by an administrator; 1: by a member.';
comment on column wecom.corp.installed_at is 'When the authorisation in force began.';
comment on column wecom.corp.cancelled_at is 'When the corp left; null while it has the app.';

create table wecom.secret (
	auth_corp_id text not null,
	kind text not null,
	name text not null,
	secret_at timestamptz not null,
	sealed bytea not null,
	constraint secret_pkey primary key (auth_corp_id, kind, name)
) with (fillfactor = 70);

comment on table wecom.secret is 'Secrets at rest, sealed by the programs under the master key with the row''s identity; the database cannot read them.';
comment on column wecom.secret.auth_corp_id is 'The corp, or suite:<suite_id>.';
comment on column wecom.secret.kind is 'suite_ticket, auth_code, and what the reconciler keeps.';
comment on column wecom.secret.name is 'Which one of the kind; empty when there is only one.';
comment on column wecom.secret.secret_at is 'Time of the event that brought it; an older one never replaces a newer.';
comment on column wecom.secret.sealed is 'Version, nonce, ciphertext and tag (AES-256-GCM).';

alter table wecom.corp enable row level security;
create policy corp_reader on wecom.corp for select to wecom_reader using (
	coalesce(current_setting('app.corp', true), '') in ('', auth_corp_id)
);
