-- Reports of group chats on a small history worked out by hand; each figure is asked twice: counted from the data while its
-- day's job waits, and kept after it has run.
begin;
set local search_path = tap, pg_catalog;
select no_plan();

insert into wecom.corp (auth_corp_id, suite_id, state, backfilled_at) values ('c1', 's', 'active', now()), ('c2', 's', 'active', now());
-- members: userid/type/joined
create function pg_temp.roster(variadic p_members text[]) returns jsonb language sql as $$
	select jsonb_build_object('userid', array_agg(split_part(m, '/', 1))::text, 'type', array_agg(split_part(m, '/', 2)::integer)::text,
		'name', array_fill(null::text, array[count(*)::integer])::text, 'group_nickname', array_fill(null::text, array[count(*)::integer])::text,
		'join_time', array_agg(at_us(split_part(m, '/', 3)) / 1000000)::text, 'join_scene', array_fill(null::integer, array[count(*)::integer])::text,
		'invitor', array_fill(null::text, array[count(*)::integer])::text)
	from unnest(p_members) as u (m)
$$;
create function pg_temp.pull(p_chat text, p_owner text, p_made text, p_at text, p_roster jsonb, p_more jsonb default '{}') returns void language sql as $$
	select put('c1', 'chat', p_chat, jsonb_build_object('begun_us', at_us(p_at), 'version', p_at, 'version_us', at_us(p_at), 'trail', '[]'::jsonb, 'enrich_us', 0,
		'info', jsonb_build_object('name', 'Chat', 'owner', p_owner, 'notice', '', 'create_us', at_us(p_made), 'admins', '[]'::jsonb),
		'roster', p_roster, 'ledger', '[]'::jsonb) || p_more)
$$;
create function pg_temp.entry(p_at text, p_member text, p_action text, p_scene integer, p_origin text default 'event') returns jsonb language sql as $$
	select jsonb_build_object('entry_id', md5(p_at || p_member || p_action)::uuid, 'at_us', at_us(p_at), 'member_id', p_member, 'action', p_action, 'scene', p_scene,
		'origin', p_origin, 'event_id', null)
$$;
create function pg_temp.tell(p_chat text, variadic p_entries jsonb[]) returns void language sql as $$
	select put('c1', 'chat', p_chat, jsonb_build_object('begun_us', null, 'version', 'v', 'trail', '[]'::jsonb, 'enrich_us', 0, 'ledger', to_jsonb(p_entries)))
$$;
create function pg_temp.dismiss(p_chat text, p_at text) returns void language sql as $$
	select put('c1', 'chat', p_chat, jsonb_build_object('begun_us', null, 'version', 'v', 'trail', '[]'::jsonb, 'enrich_us', 0, 'ledger', '[]'::jsonb, 'dismissed_us', at_us(p_at)))
$$;
-- total/new/dismissed/staff/external/invite/qr/self/kicked/net/distinct joined/left all/joined/quit
create function pg_temp.day(p_day integer) returns text language sql as $$
	select concat_ws('/', groups_total, groups_new, groups_dismissed, members_staff, members_external, join_invite, join_qr, quit_self, kicked, net, distinct_joined,
		left_all_groups, joined, quit)
	from report.group_daily where auth_corp_id = 'c1' and day = '2026-02-01'::date + p_day - 1
$$;
create function pg_temp.twice() returns text language sql as $$
	select string_agg(format('%s %s %s', external_userid, groups, chat_ids), ', ' order by external_userid) from report.duplicate_members where auth_corp_id = 'c1'
$$;

-- wr1 and wr3 are made on the 24th, with u1 of the staff, and x1 and x2 in wr1
select pg_temp.pull('wr1', 'u1', '24 10:00', '24 12:00', pg_temp.roster('u1/1/24 10:00', 'x1/2/24 10:01', 'x2/2/24 10:01'), jsonb_build_object('first_us', at_us('24 12:00')));
select pg_temp.pull('wr3', 'u2', '24 08:00', '24 12:00', pg_temp.roster('u1/1/24 08:00'), jsonb_build_object('first_us', at_us('24 12:00')));
-- 25th: x3 is invited, x4 comes by QR code; x1 leaves in the last second
select pg_temp.tell('wr1', pg_temp.entry('25 10:00', 'x3', 'join', 0), pg_temp.entry('25 11:00', 'x4', 'join', 3));
select pg_temp.tell('wr1', pg_temp.entry('25 23:59:59', 'x1', 'quit', 0));
-- 26th: x2 is removed at midnight sharp; x1 comes again and leaves again; wr2 is made with u1 and x4, who then leaves wr1
select pg_temp.tell('wr1', pg_temp.entry('26 00:00', 'x2', 'quit', 1));
select pg_temp.pull('wr2', 'u1', '26 09:00', '26 10:00', pg_temp.roster('u1/1/26 09:00', 'x4/2/26 09:00'), jsonb_build_object('first_us', at_us('26 10:00')));
select is(pg_temp.twice(), 'x4 2 {wr1,wr2}', 'x4 is in two chats; staff is not looked at');
select keep('c1');
select is(pg_temp.twice(), 'x4 2 {wr1,wr2}', 'kept');
select pg_temp.tell('wr1', pg_temp.entry('26 12:00', 'x1', 'join', 3));
select pg_temp.tell('wr1', pg_temp.entry('26 13:00', 'x1', 'quit', 0), pg_temp.entry('26 15:00', 'x4', 'quit', 0));
select is(pg_temp.twice(), null, 'x4 is in one now');
-- 27th: wr2 is dissolved
select pg_temp.dismiss('wr2', '27 10:00');
-- 28th: x3 is found to have left, how is not known
select pg_temp.tell('wr1', pg_temp.entry('28 10:00', 'x3', 'quit', null, 'pull'));

-- 24th: three were there, which are no joins
-- 25th: two come, one goes and is in no chat then
-- 26th: of the three who leave x1 and x2 are nowhere, x4 is in wr2; x1's two ways are person-times, one person
-- 27th: the two of wr2 go by no quit
create temp table expected (day integer, figures text);
insert into expected values (23, null), (24, '2/2/0/2/2/0/0/0/0/0/0/0/0/0'), (25, '2/0/0/2/3/1/1/1/0/1/2/1/2/1'), (26, '3/1/0/3/2/0/1/2/1/-2/1/2/1/3'),
	(27, '2/0/1/2/1/0/0/0/0/0/0/0/0/0'), (28, '2/0/0/2/0/0/0/0/0/-1/0/1/0/1');
select is(pg_temp.day(day), figures, 'counted: ' || day) from expected order by day;
select cmp_ok(keep('c1'), '>=', 3, 'the days had jobs');
select is(pg_temp.day(day), figures, 'kept: ' || day) from expected order by day;
select is_empty($$select * from wecom.rollup_check('c1')$$, 'what is kept is what would be counted, and the rosters say the same');

-- owners, the 25th to the 27th: in wr1 three came and four went, wr2 was dissolved; u1 is alone in wr1 and wr3
create function pg_temp.owners(p_from integer, p_to integer) returns text language sql as $$
	select string_agg(concat_ws('/', owner, groups, members, joined, quit, net, dismissed), ' ' order by owner)
	from report.owner_ranking('c1', '2026-02-01'::date + p_from - 1, '2026-02-01'::date + p_to - 1)
$$;
select is(pg_temp.owners(25, 27), 'u1/1/1/3/4/-1/1 u2/1/1/0/0/0/0', 'owners');
select is(pg_temp.owners(28, 28), 'u1/1/1/0/1/-1/0 u2/1/1/0/0/0/0', 'of one day');

-- the late event: only on the 28th it is told that x2 was invited to wr3 on the 25th.  That day has one more, and x2, who was
-- removed from wr1 on the 26th, did not leave all
select pg_temp.tell('wr3', pg_temp.entry('25 20:00', 'x2', 'join', 0));
select is((select string_agg(target, ' ' order by target) from wecom.job where kind = 'rollup'), 'group:2026-02-25 group:2026-02-26', 'both days wait for their jobs');
update expected set figures = '2/0/0/2/4/2/1/1/0/2/3/1/3/1' where day = 25;
update expected set figures = '3/1/0/3/3/0/1/2/1/-2/1/1/1/3' where day = 26;
update expected set figures = '2/0/1/2/2/0/0/0/0/0/0/0/0/0' where day = 27;
update expected set figures = '2/0/0/2/1/0/0/0/0/-1/0/1/0/1' where day = 28;
select is(pg_temp.day(day), figures, 'after a late event, counted: ' || day) from expected order by day;
select keep('c1');
select is(pg_temp.day(day), figures, 'after a late event, kept: ' || day) from expected order by day;
select is(pg_temp.owners(25, 27), 'u1/1/1/3/4/-1/1 u2/1/2/1/0/1/0', 'owners');

-- a pull tells that x2 is staff: always was
select pg_temp.pull('wr3', 'u2', '24 08:00', '28 12:00', pg_temp.roster('u1/1/24 08:00', 'x2/1/25 20:00'));
update expected set figures = '2/0/0/3/3/2/1/1/0/2/3/1/3/1' where day = 25;
update expected set figures = '2/0/0/3/0/0/0/0/0/-1/0/1/0/1' where day = 28;
select is(pg_temp.day(day), figures, 'who turns out to be staff, counted: ' || day) from expected where day in (25, 28) order by day;
select keep('c1');
select is(pg_temp.day(day), figures, 'who turns out to be staff, kept: ' || day) from expected where day in (25, 28) order by day;
select is_empty($$select * from wecom.rollup_check('c1')$$, 'all is exact still');

-- a late dissolution: on the 28th it is told that wr3 was dissolved on the 25th at 22:00; so x2, removed from wr1 on the 26th, left all
select pg_temp.dismiss('wr3', '25 22:00');
select is((select figures from (select pg_temp.day(26) as figures) as d), '2/1/0/2/2/0/1/2/1/-2/1/2/1/3', 'counted');
select keep('c1');
select is(pg_temp.day(26), '2/1/0/2/2/0/1/2/1/-2/1/2/1/3', 'kept');
select is_empty($$select * from wecom.rollup_check('c1')$$, 'exact');

-- the list
select is((select string_agg(concat_ws('/', chat_id, owner, members, external, today_join, today_quit, sync_state, last_change_at = greatest(at('28 10:00'), last_change_at),
	last_pull_at is not null), ' ' order by chat_id) from report.group_list where auth_corp_id = 'c1'),
	'wr1/u1/1/0/0/0/current/t/t wr2/u1/0/0/0/0/dismissed/f/t wr3/u2/0/0/0/0/dismissed/f/t', 'chats');
select put('c1', 'chat', 'wr1', jsonb_build_object('begun_us', null, 'version', 'w', 'trail', '[]'::jsonb, 'enrich_us', 0, 'ledger', jsonb_build_array(
	pg_temp.entry('28 11:00', 'x5', 'join', 0) || jsonb_build_object('at_us', (extract(epoch from now()) * 1000000)::bigint))));
select is((select format('%s %s %s %s', members, external, today_join, last_change_at = now()) from report.group_list where chat_id = 'wr1'), '2 1 1 t', 'who comes today');
select wecom.job_raise_priority('c1', '[["chat", "wr1", 0]]');
select is((select sync_state from report.group_list where chat_id = 'wr1'), 'waiting', 'a change is worked on');
update wecom.job set state = 'parked' where kind = 'chat';
select is((select sync_state from report.group_list where chat_id = 'wr1'), 'parked', 'or waits for a person');
delete from wecom.job where kind = 'chat';
update wecom.group_chat set absence = 'out_of_scope' where chat_id = 'wr1';
select is((select sync_state from report.group_list where chat_id = 'wr1'), 'out_of_scope', 'or cannot be read');

-- changes, ledger
select pg_temp.pull('wr1', 'u7', '24 10:00', '28 15:00', pg_temp.roster('u1/1/24 10:00', 'x5/2/28 11:00'));
select is((select string_agg(format('%s %s %s>%s', chat_id, field, old, new), ', ') from report.group_changes where auth_corp_id = 'c1'), 'wr1 owner u1>u7', 'an owner changed');
-- what happened in wr1 counts for u7 now; wr2 was u1's, wr3 u2's
select is(pg_temp.owners(25, 27), 'u1/0/0/0/0/0/1 u2/0/0/1/0/1/1 u7/1/2/3/4/-1/0', 'and his chat''s past with it, counted');
select keep('c1');
select is(pg_temp.owners(25, 27), 'u1/0/0/0/0/0/1 u2/0/0/1/0/1/1 u7/1/2/3/4/-1/0', 'kept');
select is_empty($$select * from wecom.rollup_check('c1')$$, 'exact');
savepoint kept;
update wecom.owner_day set joined = joined + 1 where owner = 'u7' and day = '2026-02-25';
select is((select format('%s %s %s', kept_in, kept->'joined', fresh->'joined') from wecom.rollup_check('c1')), 'owner_day 3 2', 'what is wrong is found');
rollback to savepoint kept;
select is((select string_agg(format('%s %s %s', member_id, action, scene), ', ' order by at, member_id) from report.group_ledger where chat_id = 'wr1' and at < at('26 00:00')),
	'u1 present , x1 present , x2 present , x3 join 0, x4 join 3, x1 quit 0', 'the ledger');
select is((select count(*) from report.group_daily where auth_corp_id = 'c2'), 0::bigint, 'a corp without chats has no days');

-- many people at once, of which one chat is counted after the other
select put('c2', 'chat', 'g' || n, jsonb_build_object('begun_us', at_us('24 12:00'), 'version', 'v', 'version_us', at_us('24 12:00'), 'trail', '[]'::jsonb, 'enrich_us', 0,
	'info', jsonb_build_object('name', 'Chat', 'owner', 'u', 'notice', '', 'create_us', at_us('24 10:00'), 'admins', '[]'::jsonb),
	'roster', pg_temp.roster('u/1/24 10:00', 'x' || n || '/2/24 10:00', 'x' || n + 1 || '/2/24 10:00'), 'ledger', '[]'::jsonb, 'first_us', at_us('24 12:00')))
from generate_series(1, 600) as s (n);
select is((select format('%s %s', count(*), min(groups)) from report.duplicate_members where auth_corp_id = 'c2'), '599 2', 'counted');
select cmp_ok(keep('c2'), '>=', 2, 'in more than one job');
select is((select format('%s %s', count(*), min(groups)) from report.duplicate_members where auth_corp_id = 'c2'), '599 2', 'kept');
select is((select count(*) from wecom.group_person where auth_corp_id = 'c2'), 599::bigint, 'each of them');
select is_empty($$select * from wecom.rollup_check('c2')$$, 'exact');

-- the 22nd: wr9 is made and dissolved before anybody could read it
select put('c1', 'chat', 'wr9', jsonb_build_object('begun_us', null, 'version', null, 'trail', '[]'::jsonb, 'enrich_us', 0, 'ledger', '[]'::jsonb,
	'created_us', at_us('22 10:00'), 'dismissed_us', at_us('22 10:01')));
select is(split_part(pg_temp.day(22), '/', 2) || '/' || split_part(pg_temp.day(22), '/', 3), '1/1', 'it counts as made and as dissolved');
select keep('c1');
select is(split_part(pg_temp.day(22), '/', 2) || '/' || split_part(pg_temp.day(22), '/', 3), '1/1', 'kept');
select is_empty($$select * from wecom.rollup_check('c1')$$, 'and nothing differs');
select pg_temp.pull('wr9', 'u1', '22 09:59', '22 10:02', pg_temp.roster('u1/1/22 09:59'));
select is((select to_char(created_at at time zone 'Asia/Shanghai', 'DD HH24:MI') from mirror.group_chat where chat_id = 'wr9'), '22 09:59', 'what a pull tells of its making goes before');

-- z1 leaves wr20 on the 26th, and all chats with it, as is thought until wr21 comes into sight: z1 was in it since the 25th
create function pg_temp.left_all() returns integer language sql as $$ select split_part(pg_temp.day(26), '/', 12)::integer $$;
select keep('c1');
create temp table earlier as select pg_temp.left_all() as n;
select pg_temp.pull('wr20', 'u1', '24 10:00', '24 12:00', pg_temp.roster('u1/1/24 10:00', 'z1/2/24 10:01'), jsonb_build_object('first_us', at_us('24 12:00')));
select pg_temp.tell('wr20', pg_temp.entry('26 10:00', 'z1', 'quit', 0));
select keep('c1');
select is(pg_temp.left_all() - n, 1, 'one more') from earlier;
select pg_temp.pull('wr21', 'u1', '24 10:00', '28 12:00', pg_temp.roster('u1/1/24 10:00', 'z1/2/25 10:01'), jsonb_build_object('first_us', at_us('28 12:00')));
select is(pg_temp.left_all() - n, 0, 'counted') from earlier;
select keep('c1');
select is(pg_temp.left_all() - n, 0, 'kept') from earlier;
select is_empty($$select * from wecom.rollup_check('c1') where kept ? 'day'$$, 'exact');

-- in the last hour four leave wr1: one is in wr8 still, one comes again, one is in wr3, which is dissolved, one nowhere
select pg_temp.pull('wr8', 'u1', '28 09:00', '28 12:00', pg_temp.roster('u1/1/28 09:00', 'y1/2/28 09:01'), jsonb_build_object('first_us', at_us('28 12:00')));
create function pg_temp.ago(p_minutes integer, p_member text, p_action text) returns jsonb language sql as $$
	select pg_temp.entry(p_minutes || ' 00:00', p_member, p_action, 0)
		|| jsonb_build_object('at_us', (extract(epoch from now() - p_minutes * interval '1 minute') * 1000000)::bigint)
	where p_minutes between 1 and 59
$$;
create or replace function pg_temp.entry(p_at text, p_member text, p_action text, p_scene integer, p_origin text default 'event') returns jsonb language sql as $$
	select jsonb_build_object('entry_id', md5(p_at || p_member || p_action)::uuid, 'member_id', p_member, 'action', p_action, 'scene', p_scene,
		'origin', p_origin, 'event_id', null)
$$;
select pg_temp.tell('wr3', pg_temp.ago(50, 'y3', 'join'));
select pg_temp.tell('wr1', pg_temp.ago(49, 'y1', 'join'), pg_temp.ago(48, 'y2', 'join'), pg_temp.ago(47, 'y3', 'join'), pg_temp.ago(46, 'y4', 'join'));
select pg_temp.tell('wr1', pg_temp.ago(30, 'y1', 'quit'), pg_temp.ago(29, 'y2', 'quit'), pg_temp.ago(28, 'y3', 'quit'), pg_temp.ago(27, 'y4', 'quit'));
select pg_temp.tell('wr1', pg_temp.ago(10, 'y2', 'join'));
-- one more is found to have left by a pull, and to be there by an event of a moment before: the roster says who is
select pg_temp.tell('wr1', pg_temp.ago(40, 'y5', 'join'));
select pg_temp.tell('wr1', pg_temp.ago(5, 'y5', 'quit'));
select pg_temp.tell('wr1', pg_temp.ago(6, 'y5', 'join'));
select is(wecom.group_day_left('c1', now() - interval '1 hour', now() + interval '1 hour'), 2, 'by the rosters of now');
select is(wecom.group_day_left('c1', now() - interval '1 hour', now() - interval '1 minute'), 2, 'by what came later');
select is(wecom.group_day_left('c1', now() - interval '1 hour', now() - interval '20 minutes'), 3, 'before one came again');

select * from finish();
rollback;
