create or replace view report.group_list as
select
	c.auth_corp_id,
	d.chat_id,
	d.name,
	d.owner,
	d.created_at,
	d.members,
	d.external,
	d.today_join,
	d.today_quit,
	d.last_change_at,
	d.member_version,
	d.sync_state,
	d.last_pull_at,
	d.dismissed_at
from report.corp as c
cross join lateral report.group_list_of(c.auth_corp_id) as d;

comment on view report.group_list is 'Group chats, dissolved ones too.';
comment on column report.group_list.auth_corp_id is 'The corp.';
comment on column report.group_list.chat_id is 'The chat.';
comment on column report.group_list.name is 'Name; empty for an unnamed group, null until a pull told it.';
comment on column report.group_list.owner is 'Member who owns it.';
comment on column report.group_list.created_at is 'When it was made.';
comment on column report.group_list.members is 'Who is in it now, staff and others; 0 when it is dissolved.';
comment on column report.group_list.external is 'Of members, all of whom it is not told that they are staff.';
comment on column report.group_list.today_join is 'Joins today (day in the corp''s time zone), person-times.';
comment on column report.group_list.today_quit is 'Quits today, person-times; a dissolution is none.';
comment on column report.group_list.last_change_at is 'When somebody last joined or quit, name, owner or notice changed, or it was dissolved; null: never since it was first seen.';
comment on column report.group_list.member_version is 'Version of the roster that is held, opaque; null: the roster was never known.';
comment on column report.group_list.sync_state is 'current; waiting: a change is being worked on; parked: waits for a person; out_of_scope or no_licence: cannot be read now; dismissed.';
comment on column report.group_list.last_pull_at is 'Begin of the latest complete pull; null: only events told of it.';
comment on column report.group_list.dismissed_at is 'When it was dissolved; null: it is there.';
