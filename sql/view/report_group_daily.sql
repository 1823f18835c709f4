create or replace view report.group_daily as
select
	c.auth_corp_id,
	d.day,
	d.groups_total,
	d.groups_new,
	d.groups_dismissed,
	d.members_staff,
	d.members_external,
	d.join_invite,
	d.join_qr,
	d.quit_self,
	d.kicked,
	d.net,
	d.distinct_joined,
	d.left_all_groups,
	d.joined,
	d.quit
from report.corp as c
cross join lateral report.group_daily_of(c.auth_corp_id) as d;

comment on view report.group_daily is 'Group chats and who came and went, day by day up to today. Joins and quits are counted (person-times) but where it says distinct. Presence when a chat was first seen is no join, and a dissolution no quit.';
comment on column report.group_daily.auth_corp_id is 'The corp.';
comment on column report.group_daily.day is 'Day in the corp''s time zone; days on which nothing happened are there, too.';
comment on column report.group_daily.groups_total is 'Chats that were there at the end of the day: made by then, or begin never told, and not dissolved.';
comment on column report.group_daily.groups_new is 'Chats made on the day.';
comment on column report.group_daily.groups_dismissed is 'Chats dissolved on the day.';
comment on column report.group_daily.members_staff is 'Places of staff in these chats at the end of the day: one in two chats counts twice.';
comment on column report.group_daily.members_external is 'Places of all others, of whom it is not told that they are staff.';
comment on column report.group_daily.join_invite is 'Joins of which an event told that a member invited them, directly or by link (JoinScene 0).';
comment on column report.group_daily.join_qr is 'Joins of which an event told that they came by QR code (JoinScene 3).';
comment on column report.group_daily.quit_self is 'Quits of which an event told that they left by themselves (QuitScene 0).';
comment on column report.group_daily.kicked is 'Quits of which an event told that they were removed (QuitScene 1).';
comment on column report.group_daily.net is 'joined less quit.';
comment on column report.group_daily.distinct_joined is 'People among joined, each once.';
comment on column report.group_daily.left_all_groups is 'People who quit on the day and were in no chat of the corp at its end, each once.';
comment on column report.group_daily.joined is 'All joins, those too of which only a pull told and whose way is not known.';
comment on column report.group_daily.quit is 'All quits, those too of which only a pull told and whose way is not known.';
