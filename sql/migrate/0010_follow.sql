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
update wecom.follow as f
set lost_tags = array(
		select t.tag_id
		from wecom.follow_tag as t
		where t.auth_corp_id = f.auth_corp_id
			and t.external_userid = f.external_userid
			and t.userid = f.userid
			and t.added_at <= f.lost_at
			and coalesce(t.removed_at >= f.lost_at, true)
		order by t.tag_id
	), readded_at = (
		select min(n.added_at)
		from wecom.follow as n
		where n.auth_corp_id = f.auth_corp_id
			and n.external_userid = f.external_userid
			and n.userid = f.userid
			and n.period > f.period
	), takeover = case when f.status = 'transferred' then (
		select n.userid
		from wecom.follow as n
		where n.auth_corp_id = f.auth_corp_id
			and n.external_userid = f.external_userid
			and n.userid <> f.userid
			and n.added_at between f.lost_at - interval '1 day' and f.lost_at + interval '7 days'
		order by coalesce(n.add_way = 202, false) desc, abs(extract(epoch from n.added_at - f.lost_at)), n.userid
		limit 1
	) end
where f.lost_at is not null;

-- Joins and quits by the owner of the chat: counted anew they took as long as there were entries in the ledger.  Jobs count
-- the days that are there.
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
insert into wecom.job (auth_corp_id, kind, target, state, due_at, counter, attempts, priority)
select distinct c.auth_corp_id, 'rollup', 'group:', 'due', now(), 1, 0, 2
from wecom.corp as c
where c.state <> 'cancelled'
on conflict (auth_corp_id, kind, target) do nothing;
do $$
declare
	v_now constant timestamptz := clock_timestamp();
begin
	update wecom.corp_due as d
	set due_at = v_now, turn = d.turn + 1
	from wecom.job as j
	where d.due_at > v_now
		and j.auth_corp_id = d.auth_corp_id
		and j.kind = 'rollup'
		and j.target = 'group:';
	insert into wecom.corp_due (auth_corp_id, turn, due_at)
	select j.auth_corp_id, 0, v_now
	from wecom.job as j
	where j.kind = 'rollup'
		and j.target = 'group:'
		and not exists (select from wecom.corp_due as d where d.auth_corp_id = j.auth_corp_id);
end
$$;

-- Who is staff, and the last entry of one member: without a look at each row, or a sort of each one's entries.
create index group_chat_member_staff_idx on wecom.group_chat_member (auth_corp_id, chat_id, member_id) where type = 1;
drop index wecom.group_chat_ledger_member_idx;
create index group_chat_ledger_member_idx on wecom.group_chat_ledger (auth_corp_id, member_id, at, entry_id);

-- Only for those who ask by the time: else a look by the key would take one of these, and read the corp from end to end, while
-- the planner knows nothing of the tables.
drop index wecom.follow_tag_added_idx;
create index follow_tag_added_idx on wecom.follow_tag (auth_corp_id, added_at) where added_at is not null;
drop index wecom.group_chat_created_idx;
create index group_chat_created_idx on wecom.group_chat (auth_corp_id, created_at) where created_at is not null;

-- one argument more: whose answer it is; when jobs that are taken back are due; owners before
set local client_min_messages = warning;
drop function if exists wecom.member_put(text, jsonb, timestamptz);
drop function if exists wecom.job_drop(text, integer);
drop function if exists wecom.chat_marks_before(text, text[], jsonb[]);
