-- Who is logged in to the pages, and who is on the way there.

create table wecom.session (
	auth_corp_id text not null,
	session_hash bytea not null,
	userid text not null,
	is_admin boolean not null,
	login_by text not null,
	begun_at timestamptz not null,
	expires_at timestamptz not null,
	constraint session_pkey primary key (auth_corp_id, session_hash),
	constraint session_login_known check (login_by in ('oauth', 'web', 'console'))
) with (fillfactor = 70);
create index session_expires_idx on wecom.session (auth_corp_id, expires_at);
create index session_userid_idx on wecom.session (auth_corp_id, userid, begun_at);
comment on table wecom.session is 'Logins to the pages. A session is good while it is not expired and the corp is active.';
comment on column wecom.session.auth_corp_id is 'The corp whose member it is, and whose data the pages show.';
comment on column wecom.session.session_hash is 'SHA-256 of the session''s id; the id itself is in the browser''s cookie only.';
comment on column wecom.session.userid is 'The member, by the id that the suite knows.';
comment on column wecom.session.is_admin is 'WeCom''s own list named the member as an administrator of the app when the session began.';
comment on column wecom.session.login_by is 'oauth: inside WeCom; web: a browser; console: from the admin console.';
comment on column wecom.session.begun_at is 'When the member logged in.';
comment on column wecom.session.expires_at is 'When it ends.';

create table wecom.login_state (
	auth_corp_id text not null,
	state_hash bytea not null,
	browser_hash bytea not null,
	purpose text not null,
	next_path text not null,
	expires_at timestamptz not null,
	constraint login_state_pkey primary key (auth_corp_id, state_hash),
	constraint login_state_purpose_known check (purpose in ('oauth', 'web', 'install'))
) with (fillfactor = 70);
create index login_state_expires_idx on wecom.login_state (auth_corp_id, expires_at);
comment on table wecom.login_state is 'Logins and installations under way: each state is good once, for some minutes, in the browser that began.';
comment on column wecom.login_state.auth_corp_id is 'suite:<suite_id>: whose member comes back is not known yet.';
comment on column wecom.login_state.state_hash is 'SHA-256 of the state that WeCom hands back.';
comment on column wecom.login_state.browser_hash is 'SHA-256 of the cookie of the browser that began.';
comment on column wecom.login_state.purpose is 'oauth or web: a login; install: an installation.';
comment on column wecom.login_state.next_path is 'The page that is shown afterwards; one of ours.';
comment on column wecom.login_state.expires_at is 'When it is too late to come back.';

-- no reader sees these
alter table wecom.session enable row level security;
alter table wecom.login_state enable row level security;

comment on column wecom.token.kind is 'suite_access_token, provider_access_token, access_token, or a ticket with which pages are signed: jsapi_ticket, agent_ticket.';
