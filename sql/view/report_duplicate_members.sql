create or replace view report.duplicate_members as
select
	c.auth_corp_id,
	d.external_userid,
	d.groups,
	d.chat_ids
from report.corp as c
cross join lateral report.duplicate_members_of(c.auth_corp_id) as d;

comment on view report.duplicate_members is 'People who are in more than one group chat now.';
comment on column report.duplicate_members.auth_corp_id is 'The corp.';
comment on column report.duplicate_members.external_userid is 'The person: all of whom it is not told that they are staff.';
comment on column report.duplicate_members.groups is 'In how many chats they are, dissolved ones not counted.';
comment on column report.duplicate_members.chat_ids is 'Which chats.';
