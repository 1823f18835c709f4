-- What reports need to be fast: figures kept by day, and exact at every moment.
--  * Whoever changes the data of a day raises in the same transaction a job of kind rollup: customer:<day>, tag:<day>,
--    group:<day>, event:<day>; without a day for very many of them.  That job row is the mark: a day is read from here
--    only while it has none, and else computed from the data by the same function that fills these tables.
--  * The job recomputes the day when it is finished.  By the rules of migrate/0002_queue.sql a change that is committed
--    meanwhile makes it due again, so that nothing is missed.
--  * Days are those of the corp's time zone: wecom.time_zone_set.
--  * Figures of a chat (wecom.chat_count) are stored with its roster.

insert into wecom.setting (name, value, meaning) values
	('time_zone', 'Asia/Shanghai', 'Time zone in which reports count days. Change it by wecom.time_zone_set; '
		'a row time_zone:<corp> is one corp''s own.'),
	('report_without_corp', 'all', 'What the role wecom_report sees while app.corp is not set: all or none. '
		'wecom_web always sees none then.'),
	('delete_alert', '10', 'report.staff_ranking sets delete_alert for members who ended relations with at least '
		'so many customers on one day.');

comment on column wecom.job.kind is 'corp, chat, chat_list, customer, customer_list, tag, member, member_list, openid_map, purge or rollup.';

create table wecom.customer_day (
	auth_corp_id text not null,
	day date not null,
	new integer not null,
	half integer not null,
	half_converted integer not null,
	lost_by_staff integer not null,
	lost_by_customer integer not null,
	transferred_away integer not null,
	distinct_new integer not null,
	distinct_lost integer not null,
	readded integer not null,
	constraint customer_day_pkey primary key (auth_corp_id, day)
) with (fillfactor = 90);

comment on table wecom.customer_day is 'What happened to relations of members and customers, by day. Kept by jobs of kind rollup, one for each day; wecom.customer_day_of says what is counted.';
comment on column wecom.customer_day.auth_corp_id is 'The corp.';
comment on column wecom.customer_day.day is 'Day in the corp''s time zone; -infinity: relations whose begin was never told.';
comment on column wecom.customer_day.new is 'Relations that became whole.';
comment on column wecom.customer_day.half is 'Relations that began half.';
comment on column wecom.customer_day.half_converted is 'Of new, those that had begun half.';
comment on column wecom.customer_day.lost_by_staff is 'Whole relations that the member ended.';
comment on column wecom.customer_day.lost_by_customer is 'Whole relations that the customer ended.';
comment on column wecom.customer_day.transferred_away is 'Whole relations that ended by a transfer.';
comment on column wecom.customer_day.distinct_new is 'Customers among new.';
comment on column wecom.customer_day.distinct_lost is 'Customers among those that either side ended.';
comment on column wecom.customer_day.readded is 'Of new, those of a pair that had been whole before and ended.';

create table wecom.staff_day (
	auth_corp_id text not null,
	day date not null,
	userid text not null,
	new integer not null,
	lost_by_staff integer not null,
	lost_by_customer integer not null,
	transferred_away integer not null,
	constraint staff_day_pkey primary key (auth_corp_id, day, userid)
) with (fillfactor = 90);

comment on table wecom.staff_day is 'The same by member.';
comment on column wecom.staff_day.auth_corp_id is 'The corp.';
comment on column wecom.staff_day.day is 'Day in the corp''s time zone; -infinity: relations whose begin was never told.';
comment on column wecom.staff_day.userid is 'The member.';
comment on column wecom.staff_day.new is 'Relations that became whole.';
comment on column wecom.staff_day.lost_by_staff is 'Whole relations that the member ended.';
comment on column wecom.staff_day.lost_by_customer is 'Whole relations that the customer ended.';
comment on column wecom.staff_day.transferred_away is 'Whole relations that ended by a transfer.';

create table wecom.channel_day (
	auth_corp_id text not null,
	day date not null,
	state text not null,
	adds integer not null,
	half_adds integer not null,
	converted integer not null,
	lost integer not null,
	transferred_away integer not null,
	distinct_customers integer not null,
	first_at timestamptz,
	last_at timestamptz,
	constraint channel_day_pkey primary key (auth_corp_id, day, state)
) with (fillfactor = 90);

comment on table wecom.channel_day is 'The same by channel.';
comment on column wecom.channel_day.auth_corp_id is 'The corp.';
comment on column wecom.channel_day.day is 'Day in the corp''s time zone; -infinity: relations whose begin was never told.';
comment on column wecom.channel_day.state is 'The channel; empty: none.';
comment on column wecom.channel_day.adds is 'Relations that became whole.';
comment on column wecom.channel_day.half_adds is 'Relations that began half.';
comment on column wecom.channel_day.converted is 'Of adds, those that had begun half.';
comment on column wecom.channel_day.lost is 'Whole relations that either side ended.';
comment on column wecom.channel_day.transferred_away is 'Whole relations that ended by a transfer.';
comment on column wecom.channel_day.distinct_customers is 'Customers whose first relation by this channel began.';
comment on column wecom.channel_day.first_at is 'First of these begins.';
comment on column wecom.channel_day.last_at is 'Last of these begins.';

create table wecom.loss_day (
	auth_corp_id text not null,
	day date not null,
	userid text not null,
	state text not null,
	age integer not null,
	n integer not null,
	constraint loss_day_pkey primary key (auth_corp_id, day, userid, state, age)
) with (fillfactor = 90);

comment on table wecom.loss_day is 'Whole relations that either side ended within 30 days of their begin, by the day of the loss.';
comment on column wecom.loss_day.auth_corp_id is 'The corp.';
comment on column wecom.loss_day.day is 'Day of the loss in the corp''s time zone.';
comment on column wecom.loss_day.userid is 'The member.';
comment on column wecom.loss_day.state is 'The channel; empty: none.';
comment on column wecom.loss_day.age is 'Days from the day on which it became whole to the day of the loss: 0 to 30.';
comment on column wecom.loss_day.n is 'How many.';

create table wecom.tag_day (
	auth_corp_id text not null,
	day date not null,
	tag_id text not null,
	customers integer not null,
	added integer not null,
	constraint tag_day_pkey primary key (auth_corp_id, day, tag_id)
) with (fillfactor = 90);

comment on table wecom.tag_day is 'Tags given to customers, by day.';
comment on column wecom.tag_day.auth_corp_id is 'The corp.';
comment on column wecom.tag_day.day is 'Day in the corp''s time zone.';
comment on column wecom.tag_day.tag_id is 'The tag.';
comment on column wecom.tag_day.customers is 'Customers who have the tag now, since that day.';
comment on column wecom.tag_day.added is 'Times it was given on that day, whether it is still there or not.';

create table wecom.group_day (
	auth_corp_id text not null,
	day date not null,
	groups_new integer not null,
	groups_dismissed integer not null,
	staff_change integer not null,
	external_change integer not null,
	joined integer not null,
	join_invite integer not null,
	join_qr integer not null,
	quit integer not null,
	quit_self integer not null,
	kicked integer not null,
	distinct_joined integer not null,
	left_all_groups integer not null,
	constraint group_day_pkey primary key (auth_corp_id, day)
) with (fillfactor = 90);

comment on table wecom.group_day is 'What happened to group chats, by day.';
comment on column wecom.group_day.auth_corp_id is 'The corp.';
comment on column wecom.group_day.day is 'Day in the corp''s time zone; -infinity: chats whose begin was never told.';
comment on column wecom.group_day.groups_new is 'Chats made.';
comment on column wecom.group_day.groups_dismissed is 'Chats dissolved.';
comment on column wecom.group_day.staff_change is 'Staff that came into chats less those that left, presence and dissolution counted.';
comment on column wecom.group_day.external_change is 'The same of all others.';
comment on column wecom.group_day.joined is 'Joins.';
comment on column wecom.group_day.join_invite is 'Of joined, by invitation.';
comment on column wecom.group_day.join_qr is 'Of joined, by QR code.';
comment on column wecom.group_day.quit is 'Quits.';
comment on column wecom.group_day.quit_self is 'Of quit, by oneself.';
comment on column wecom.group_day.kicked is 'Of quit, removed by others.';
comment on column wecom.group_day.distinct_joined is 'People among joined.';
comment on column wecom.group_day.left_all_groups is 'People among quit who were in no chat at the end of the day.';

create table wecom.event_day (
	auth_corp_id text not null,
	day date not null,
	info_type text not null,
	received bigint not null,
	duplicates bigint not null,
	constraint event_day_pkey primary key (auth_corp_id, day, info_type)
) with (fillfactor = 90);

comment on table wecom.event_day is 'Events received, by the day inside the event: days that are closed.';
comment on column wecom.event_day.auth_corp_id is 'The corp.';
comment on column wecom.event_day.day is 'Day of the event''s own time in the corp''s time zone.';
comment on column wecom.event_day.info_type is 'InfoType, or MsgType on the data route; empty: none.';
comment on column wecom.event_day.received is 'Events, repeats not counted.';
comment on column wecom.event_day.duplicates is 'Deliveries beyond the first.';

create table wecom.event_close (
	auth_corp_id text not null,
	closed_to date not null,
	constraint event_close_pkey primary key (auth_corp_id)
) with (fillfactor = 80);

comment on table wecom.event_close is 'Up to which day events are counted in wecom.event_day.';
comment on column wecom.event_close.auth_corp_id is 'The corp.';
comment on column wecom.event_close.closed_to is 'The last day that is closed; -infinity: none. The receiver looks at the row FOR KEY SHARE before it leaves a late event uncounted.';

create table wecom.chat_count (
	auth_corp_id text not null,
	chat_id text not null,
	members integer not null,
	staff integer not null,
	last_change_at timestamptz,
	present_days date[],
	present_staff integer[],
	present_external integer[],
	is_counted boolean not null,
	constraint chat_count_pkey primary key (auth_corp_id, chat_id)
) with (fillfactor = 80);

comment on table wecom.chat_count is 'Figures of a chat, stored with its roster.';
comment on column wecom.chat_count.auth_corp_id is 'The corp.';
comment on column wecom.chat_count.chat_id is 'The chat.';
comment on column wecom.chat_count.members is 'Present members; of a dissolved chat those who were present then.';
comment on column wecom.chat_count.staff is 'Of these, staff.';
comment on column wecom.chat_count.last_change_at is 'When the roster, name, owner or notice changed last.';
comment on column wecom.chat_count.present_days is 'Days since when those were there whom its first roster showed.';
comment on column wecom.chat_count.present_staff is 'How many of them were staff, for each of these days.';
comment on column wecom.chat_count.present_external is 'How many were not.';
comment on column wecom.chat_count.is_counted is 'Its people are counted in wecom.group_person.';

create table wecom.group_person (
	auth_corp_id text not null,
	member_id text not null,
	chat_ids text[] not null,
	constraint group_person_pkey primary key (auth_corp_id, member_id)
) with (fillfactor = 80);

comment on table wecom.group_person is 'People other than staff who are in more than one chat.';
comment on column wecom.group_person.auth_corp_id is 'The corp.';
comment on column wecom.group_person.member_id is 'Who.';
comment on column wecom.group_person.chat_ids is 'The chats, in order.';

create index chat_count_uncounted_idx on wecom.chat_count (auth_corp_id, chat_id) where not is_counted;

-- what happened on a day
create index follow_added_idx on wecom.follow (auth_corp_id, added_at) where added_at is not null;
create index follow_half_idx on wecom.follow (auth_corp_id, half_at) where half_at is not null;
create index follow_lost_idx on wecom.follow (auth_corp_id, lost_at) where lost_at is not null;
create index follow_untold_idx on wecom.follow (auth_corp_id, userid) where added_at is null and half_at is null;
create index follow_transferred_idx on wecom.follow (auth_corp_id, lost_at) where status = 'transferred';
create index follow_tag_added_idx on wecom.follow_tag (auth_corp_id, added_at);
create index group_chat_created_idx on wecom.group_chat (auth_corp_id, created_at);
create index group_chat_dismissed_idx on wecom.group_chat (auth_corp_id, dismissed_at) where dismissed_at is not null;
create index group_chat_change_at_idx on wecom.group_chat_change (auth_corp_id, at);
create index group_chat_ledger_member_idx on wecom.group_chat_ledger (auth_corp_id, member_id, at);
drop index wecom.group_chat_ledger_at_idx;
create index group_chat_ledger_at_idx on wecom.group_chat_ledger (auth_corp_id, at) include (chat_id, action);

alter table wecom.customer_day enable row level security;
create policy customer_day_reader on wecom.customer_day for select to wecom_reader using (true);

alter table wecom.staff_day enable row level security;
create policy staff_day_reader on wecom.staff_day for select to wecom_reader using (true);

alter table wecom.channel_day enable row level security;
create policy channel_day_reader on wecom.channel_day for select to wecom_reader using (true);

alter table wecom.loss_day enable row level security;
create policy loss_day_reader on wecom.loss_day for select to wecom_reader using (true);

alter table wecom.tag_day enable row level security;
create policy tag_day_reader on wecom.tag_day for select to wecom_reader using (true);

alter table wecom.group_day enable row level security;
create policy group_day_reader on wecom.group_day for select to wecom_reader using (true);

alter table wecom.event_day enable row level security;
create policy event_day_reader on wecom.event_day for select to wecom_reader using (true);

alter table wecom.event_close enable row level security;
create policy event_close_reader on wecom.event_close for select to wecom_reader using (true);

alter table wecom.chat_count enable row level security;
create policy chat_count_reader on wecom.chat_count for select to wecom_reader using (true);

alter table wecom.group_person enable row level security;
create policy group_person_reader on wecom.group_person for select to wecom_reader using (true);

-- Which corp a reader sees is found once for each query: wecom.corp_seen gives it, or null for all of them, or an empty
-- name for none.  The function's text comes with the others; the policies need its name.
create function wecom.corp_seen()
returns text
language sql
stable
as 'select null::text';
comment on function wecom.corp_seen() is 'The corp that a reader sees; null: all; empty: none.';

do $$
declare
	v_policy record;
begin
	for v_policy in
		select p.tablename, p.policyname, p.tablename = 'secret' as is_secret
		from pg_catalog.pg_policies as p
		where p.schemaname = 'wecom'
			and 'wecom_reader' = any (p.roles)
	loop
		execute pg_catalog.format('alter policy %I on wecom.%I using (case when (select wecom.corp_seen()) is null '
			'then true else auth_corp_id = (select wecom.corp_seen()) end%s)', v_policy.policyname,
			v_policy.tablename, case when v_policy.is_secret then ' or kind = ''suite_ticket''' else '' end);
	end loop;
end
$$;

-- all that is there already: chats are counted here, days and people by the first jobs
insert into wecom.chat_count (auth_corp_id, chat_id, members, staff, last_change_at, present_days, present_staff,
	present_external, is_counted)
select g.auth_corp_id, g.chat_id, coalesce(m.members, 0), coalesce(m.staff, 0), (
		select max(l.at)
		from wecom.group_chat_ledger as l
		where l.auth_corp_id = g.auth_corp_id
			and l.chat_id = g.chat_id
	), p.days, p.staff, p.external, false
from wecom.group_chat as g
left join (
	select m.auth_corp_id, m.chat_id, count(*) filter (where m.is_present) as members,
		count(*) filter (where m.is_present and m.type = 1) as staff
	from wecom.group_chat_member as m
	group by m.auth_corp_id, m.chat_id
) as m on m.auth_corp_id = g.auth_corp_id
	and m.chat_id = g.chat_id
left join (
	select d.auth_corp_id, d.chat_id, array_agg(d.day order by d.day) as days,
		array_agg(d.staff order by d.day) as staff, array_agg(d.external order by d.day) as external
	from (
		select m.auth_corp_id, m.chat_id, (m.present_at at time zone 'Asia/Shanghai')::date as day,
			(count(*) filter (where m.type = 1))::integer as staff,
			(count(*) filter (where m.type is distinct from 1))::integer as external
		from wecom.group_chat_member as m
		where m.present_at is not null
		group by 1, 2, 3
	) as d
	group by d.auth_corp_id, d.chat_id
) as p on p.auth_corp_id = g.auth_corp_id
	and p.chat_id = g.chat_id;
insert into wecom.job (auth_corp_id, kind, target, state, due_at, counter, attempts, priority)
select distinct c.auth_corp_id, 'rollup', s.section || ':', 'due', now(), 1, 0, 2
from wecom.corp as c
cross join (values ('customer'), ('tag'), ('group')) as s (section)
where c.state <> 'cancelled'
on conflict (auth_corp_id, kind, target) do nothing;
insert into wecom.corp_due as d (auth_corp_id, due_at)
select distinct j.auth_corp_id, now()
from wecom.job as j
where j.kind = 'rollup'
on conflict (auth_corp_id) do update
set due_at = least(d.due_at, excluded.due_at);
