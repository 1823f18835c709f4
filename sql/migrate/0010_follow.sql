-- A customer's deletion that is told before the event of the relation which it ends.
--
-- Events come in any order, and the addition may be lost: the deletion was then taken for one of the period before, which
-- had ended already, and the new period stayed active for ever, as WeCom goes on showing a member whom the customer deleted.
alter table wecom.follow add column customer_lost_at timestamptz;
alter table wecom.follow add column customer_lost_event_id uuid;
comment on column wecom.follow.customer_lost_at is 'The latest deletion by the customer that was told of a time after the end: of a period whose begin is not known yet, if there is one.';
comment on column wecom.follow.customer_lost_event_id is 'The event that told customer_lost_at.';

-- What reports tell of ended relations: counted anew for each of a long list it took ten times as long as the list.
alter table wecom.follow add column lost_tags text[];
alter table wecom.follow add column readded_at timestamptz;
alter table wecom.follow add column takeover text;
comment on column wecom.follow.lost_tags is 'Tags of an ended relation at its end.';
comment on column wecom.follow.readded_at is 'Of an ended relation: when the same two came together again.';
comment on column wecom.follow.takeover is 'Of a transferred relation: who took over; null while nobody did.';
-- of relations that had ended before: wecom.rollup_fill
create index follow_lost_untold_idx on wecom.follow (auth_corp_id, external_userid)
	where lost_at is not null and lost_tags is null;

-- Joins and quits by the owner of the chat: counted anew they took as long as there were entries in the ledger.  The
-- days that are there get their jobs by wecom.rollup_fill.
create table wecom.owner_day (
	auth_corp_id text not null,
	day date not null,
	owner text not null,
	joined integer not null,
	quit integer not null,
	constraint owner_day_pkey primary key (auth_corp_id, day, owner)
) with (fillfactor = 90);
comment on table wecom.owner_day is 'Joins and quits of group chats by day, for who owns the chat now.';
comment on column wecom.owner_day.auth_corp_id is 'The corp.';
comment on column wecom.owner_day.day is 'Day in the corp''s time zone.';
comment on column wecom.owner_day.owner is 'Who owns the chat now; empty when that was never told.';
comment on column wecom.owner_day.joined is 'Joins (person-times).';
comment on column wecom.owner_day.quit is 'Quits (person-times).';
alter table wecom.owner_day enable row level security;
create policy owner_day_reader on wecom.owner_day for select to wecom_reader using (case when (select wecom.corp_seen()) is null
	then true else auth_corp_id = (select wecom.corp_seen()) end);

-- Who is staff, and the last entry of one member: without a look at each row, or a sort of each one's entries.
create index group_chat_member_staff_idx on wecom.group_chat_member (auth_corp_id, chat_id, member_id) where type = 1;
drop index wecom.group_chat_ledger_member_idx;
create index group_chat_ledger_member_idx on wecom.group_chat_ledger (auth_corp_id, member_id, at, entry_id);

-- Only for those who ask by the time, or for a member: else a look by the key would take one of these, and read much of the
-- corp, while the planner knows nothing of the tables.
drop index wecom.follow_tag_added_idx;
create index follow_tag_added_idx on wecom.follow_tag (auth_corp_id, added_at) where added_at is not null;
-- none is empty
drop index wecom.follow_userid_idx;
create index follow_userid_idx on wecom.follow (auth_corp_id, userid, status) where external_userid <> '';
drop index wecom.group_chat_created_idx;
create index group_chat_created_idx on wecom.group_chat (auth_corp_id, created_at) where created_at is not null;

-- A purge that an authorisation stops leaves chats as they were when the corp left.
alter table wecom.corp add column returned_at timestamptz;
comment on column wecom.corp.returned_at is 'When it was authorised after it had left: what was read before is out of date. Null: it never left.';
