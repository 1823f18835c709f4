-- Reports of customers on a small history worked out by hand; each figure is asked twice: counted from the data while its
-- day's job waits, and kept after it has run.
begin;
set local search_path = tap, pg_catalog;
select no_plan();

insert into wecom.corp (auth_corp_id, suite_id, state, backfilled_at) values ('c1', 's', 'active', now()), ('c2', 's', 'active', now());
create function pg_temp.tell(p_customer text, p_mark text, p_at text, p_userid text, p_state text default null, p_corp text default 'c1')
returns void language sql as $$
	select put(p_corp, 'customer', p_customer, jsonb_build_object('begun_us', null, 'marks', jsonb_build_array(jsonb_build_object('userid', p_userid,
		'mark', p_mark, 'at_us', at_us(p_at), 'state', p_state, 'reason', case when p_mark = 'transfer_fail' then p_state end,
		'event_id', md5(p_customer || p_mark || p_at || p_userid)::uuid))))
$$;
-- total/new/half/converted/by staff/by customer/transferred/net/distinct new/distinct lost/readded
create function pg_temp.day(p_day integer, p_corp text default 'c1') returns text language sql as $$
	select concat_ws('/', total_end, new, half, half_converted, lost_by_staff, lost_by_customer, transferred_away, net, distinct_new, distinct_lost, readded)
	from report.customer_daily where auth_corp_id = p_corp and day = '2026-02-01'::date + p_day - 1
$$;

-- Anna: by channel s1; deletes u1 on the 27th; adds u1 again on the 28th by s2
select pg_temp.tell('anna', 'added', '25 10:00', 'u1', 's1');
select pg_temp.tell('anna', 'deleted_by_customer', '27 12:00', 'u1');
select pg_temp.tell('anna', 'added', '28 08:00', 'u1', 's2');
-- Bob: half before midnight of the corp's zone, whole after it: both are the 25th in UTC
select pg_temp.tell('bob', 'half', '25 23:50', 'u1', 's1');
select pg_temp.tell('bob', 'added', '26 00:10', 'u1');
-- Carl: has two members, and deletes both
select pg_temp.tell('carl', 'added', '25 11:00', 'u1', 's3');
select pg_temp.tell('carl', 'added', '25 11:05', 'u2', 's3');
select pg_temp.tell('carl', 'deleted_by_customer', '26 12:00', 'u1');
select pg_temp.tell('carl', 'deleted_by_customer', '26 12:01', 'u2');
-- Dora: handed from u1 to u2 at midnight sharp, which is the next day
select pg_temp.tell('dora', 'added', '25 12:00', 'u1', 's1');
select pg_temp.tell('dora', 'transferred', '27 00:00', 'u1');
select pg_temp.tell('dora', 'added', '27 00:05', 'u2');
-- Emil: only his end is told
select pg_temp.tell('emil', 'deleted_by_staff', '26 09:00', 'u2');
-- Fay: half, and gone before it was whole
select pg_temp.tell('fay', 'half', '25 13:00', 'u1', 's1');
select pg_temp.tell('fay', 'deleted_by_customer', '26 13:00', 'u1');
-- Gina: added in the last second of a day
select pg_temp.tell('gina', 'added', '26 23:59:59', 'u2', 's2');

-- 25th: new Anna, Carl twice, Dora; half Bob and Fay; Emil was there before, so total 1 + 4; new are 3 people
-- 26th: new Bob (converted), Gina; lost Emil by staff, Carl twice by himself, Fay was never whole; 5 + 2 - 3
-- 27th: new Dora's takeover; lost Anna; transferred Dora, who is no loss; 4 + 1 - 1 - 1
-- 28th: Anna again
create temp table expected (day integer, figures text);
insert into expected values (24, null), (25, '5/4/2/0/0/0/0/4/3/0/0'), (26, '4/2/0/1/1/2/0/-1/2/2/0'), (27, '3/1/0/0/0/1/1/-1/1/1/0'), (28, '4/1/0/0/0/0/0/1/1/0/1');
select is(pg_temp.day(day), figures, 'counted: ' || day) from expected order by day;
select cmp_ok(keep('c1'), '>=', 5, 'the days had jobs');
select is((select count(*) from wecom.customer_day where auth_corp_id = 'c1'), 5::bigint, 'four days and the unknown begin are kept');
select is(pg_temp.day(day), figures, 'kept: ' || day) from expected order by day;
select is_empty($$select * from wecom.rollup_check('c1')$$, 'what is kept is what would be counted');
select is((select format('%s %s %s', max(day) = (now() at time zone 'Asia/Shanghai')::date, count(*) = max(day) - min(day) + 1, min(day))
	from report.customer_daily where auth_corp_id = 'c1'), 't t 2026-02-25', 'every day from the first to today is there');
select is((select total_end from report.customer_daily where auth_corp_id = 'c1' order by day desc limit 1), 4::bigint, 'a quiet day carries the total on');

-- members, the 25th to the 27th.  u1: Anna, Bob, Carl, Dora came, Anna and Carl went, Dora was handed over: Bob is left.
-- Of the 4 Carl was gone after a day, Anna after two.  u2: Carl, Gina, Dora came; Emil and Carl went; Gina and Dora are left
create function pg_temp.staff(p_from integer, p_to integer) returns text language sql as $$
	select string_agg(concat_ws('/', userid, customers, new, lost_by_staff, lost_by_customer, transferred_away, net, retained_d1, retained_d7, retained_d30,
		old_enough_d30, delete_alert), ' ' order by userid)
	from report.staff_ranking('c1', '2026-02-01'::date + p_from - 1, '2026-02-01'::date + p_to - 1)
$$;
select is(pg_temp.staff(25, 27), 'u1/1/4/0/2/1/1/3/2/2/4/f u2/2/3/1/1/0/1/2/2/2/3/f', 'members');
select is(pg_temp.staff(28, 28), 'u1/2/1/0/0/0/1/1/1/1/1/f u2/2/0/0/0/0/0/0/0/0/0/f', 'of one day, with those who have customers only');
select is(pg_temp.staff(20, 24), 'u2/1/0/0/0/0/0/0/0/0/0/f', 'before: Emil was u2''s');
select is((select string_agg(userid, ' ') from report.staff_ranking('c1', '2026-02-25', '2026-02-27')), 'u1 u2', 'of equal net who won more is first');
update wecom.setting set value = '1' where name = 'delete_alert';
select is((select string_agg(format('%s%s', userid, delete_alert), ' ' order by userid) from report.staff_ranking('c1', '2026-02-25', '2026-02-28')), 'u1f u2t',
	'who ends as many in a day as the setting says is pointed out');
select is((select count(*) from report.staff_ranking('c1', '2026-02-28', '2026-02-25')), 2::bigint, 'a range the wrong way round counts nothing new');

-- channels.  s1: Anna, Bob, Dora whole, Bob and Fay half; Anna lost, Dora handed over: Bob is left.  s3: Carl twice, one person.
-- none: Emil, whose begin is not told, and Dora's takeover
create function pg_temp.channel() returns text language sql as $$
	select string_agg(concat_ws('/', state, adds, half_adds, converted, lost, transferred_away, net, distinct_customers, retained_d1, retained_d7, retained_d30,
		old_enough_d1), ' ' order by state)
	from report.channel_state where auth_corp_id = 'c1'
$$;
select is(pg_temp.channel(), '/2/0/0/1/0/1/2/1/1/1/1 s1/3/2/1/1/1/1/4/3/2/2/3 s2/2/0/0/0/0/2/2/2/2/2/2 s3/2/0/0/2/0/0/1/0/0/0/2', 'channels');
select is((select format('%s %s', first_at = at('25 10:00'), last_at = at('26 00:10')) from report.channel_state where auth_corp_id = 'c1' and state = 's1'), 't t',
	'first and last begin');

-- the late event: on the 28th it is told that u2 had deleted Gina on the 27th.  The day changes, and those after it
select pg_temp.tell('gina', 'deleted_by_staff', '27 09:00', 'u2');
select is((select string_agg(target, ' ' order by target) from wecom.job where kind = 'rollup'), 'customer:2026-02-26 customer:2026-02-27',
	'the days of her begin and her end wait for their jobs');
update expected set figures = '2/1/0/0/1/1/1/-2/1/2/0' where day = 27;
update expected set figures = '3/1/0/0/0/0/0/1/1/0/1' where day = 28;
select is(pg_temp.day(day), figures, 'after a late event, counted: ' || day) from expected order by day;
select is(pg_temp.staff(25, 27), 'u1/1/4/0/2/1/1/3/2/2/4/f u2/1/3/2/1/0/0/1/1/1/3/t', 'members, counted');
select keep('c1');
select is(pg_temp.day(day), figures, 'after a late event, kept: ' || day) from expected order by day;
select is(pg_temp.staff(25, 27), 'u1/1/4/0/2/1/1/3/2/2/4/f u2/1/3/2/1/0/0/1/1/1/3/t', 'members, kept');
-- the end comes later that makes an addition one again: Hugo was added on the 26th and the 28th
select pg_temp.tell('hugo', 'added', '28 10:00', 'u3');
select keep('c1');
select is(pg_temp.day(28), '4/2/0/0/0/0/0/2/2/0/1', 'Hugo is new');
select pg_temp.tell('hugo', 'deleted_by_staff', '27 10:00', 'u3');
select keep('c1');
select is(pg_temp.day(28), '4/2/0/0/0/0/0/2/2/0/1', 'an end before all that is known says nothing');
select is_empty($$select * from wecom.rollup_check('c1')$$, 'all is exact still');

-- losses
select is((select string_agg(concat_ws('/', external_userid, userid, direction, source, state, kept_days, readded_at = at('28 08:00')), ' ' order by lost_at)
	from report.loss_list where auth_corp_id = 'c1'),
	'emil/u2/deleted_by_staff/event/ carl/u1/deleted_by_customer/event/s3/1 carl/u2/deleted_by_customer/event/s3/1 dora/u1/transferred/DELETE_BY_TRANSFER/s1/1 '
	'gina/u2/deleted_by_staff/event/s2/0 anna/u1/deleted_by_customer/event/s1/2/t', 'losses; Fay''s half relation is none');

-- transfers: Dora went from u1 to u2.  Bob refuses to go to u3, and can only have been u1's; Ivo, of whom nothing else is known, met a limit;
-- Jan was handed over and nobody has him yet
select pg_temp.tell('bob', 'transfer_fail', '27 15:00', 'u3', 'customer_refused');
select pg_temp.tell('ivo', 'transfer_fail', '27 15:00', 'u3', 'customer_limit_exceed');
select pg_temp.tell('jan', 'added', '25 15:00', 'u4');
select pg_temp.tell('jan', 'transferred', '27 15:00', 'u4');
select is((select string_agg(concat_ws('/', coalesce(handover, '?'), coalesce(takeover, '?'), moved, refused, limit_exceed, pending, success_rate), ' ' order by handover, takeover)
	from report.transfer where auth_corp_id = 'c1'), 'u1/u2/1/0/0/0/1.0000 u1/u3/0/1/0/0/0.0000 u4/?/0/0/0/1 ?/u3/0/0/1/0/0.0000', 'transfers');

-- tags: t1 by both of Carl's members, t2 by one; the corp deletes t2
select put('c1', 'tag', '', jsonb_build_object('scope', 'all', 'begun_us', at_us('25 00:00'), 'marks', '[]'::jsonb, 'groups', jsonb_build_array(jsonb_build_object(
	'group_id', 'g', 'group_name', 'Group', 'create_us', at_us('24 00:00'), 'order', 1, 'tags', jsonb_build_array(
		jsonb_build_object('id', 't1', 'name', 'One', 'create_us', at_us('24 00:00'), 'order', 2),
		jsonb_build_object('id', 't2', 'name', 'Two', 'create_us', at_us('24 00:00'), 'order', 1))))));
create function pg_temp.pull(p_customer text, p_at text, variadic p_followers jsonb[]) returns void language sql as $$
	select put('c1', 'customer', p_customer, jsonb_build_object('begun_us', at_us(p_at), 'external_contact', jsonb_build_object('external_userid', p_customer,
		'name', 'Name', 'type', 1, 'gender', 0), 'follow_user', to_jsonb(p_followers), 'absence', null, 'marks', '[]'::jsonb))
$$;
create function pg_temp.follower(p_userid text, p_create text, p_tags jsonb) returns jsonb language sql as $$
	select jsonb_build_object('userid', p_userid, 'create_us', at_us(p_create), 'tags', p_tags, 'add_way', 1)
$$;
create function pg_temp.usage() returns text language sql as $$
	select string_agg(concat_ws('/', tag_id, tag_name, customers, added_30d), ' ' order by tag_id) from report.tag_usage where auth_corp_id = 'c1'
$$;
select pg_temp.pull('kim', '26 12:00', pg_temp.follower('u1', '26 10:00', '["t1", "t2"]'), pg_temp.follower('u2', '26 11:00', '["t1"]'));
select pg_temp.pull('lea', '27 12:00', pg_temp.follower('u1', '27 10:00', '["t1"]'));
select is(pg_temp.usage(), 't1/One/2/0 t2/Two/1/0', 'a customer counts once for each tag; nothing was given in the last 30 days');
select keep('c1');
select is(pg_temp.usage(), 't1/One/2/0 t2/Two/1/0', 'kept');
select pg_temp.pull('kim', '28 12:00', pg_temp.follower('u1', '26 10:00', '["t2"]'), pg_temp.follower('u2', '26 11:00', '["t1"]'));
select is(pg_temp.usage(), 't1/One/2/0 t2/Two/1/0', 'one of two members takes a tag away: the customer has it still');
select keep('c1');
select is(pg_temp.usage(), 't1/One/2/0 t2/Two/1/0', 'kept');
select pg_temp.pull('kim', '28 13:00', pg_temp.follower('u1', '26 10:00', '["t2"]'), pg_temp.follower('u2', '26 11:00', '[]'));
select keep('c1');
select is(pg_temp.usage(), 't1/One/1/0 t2/Two/1/0', 'now they have not');
select put('c1', 'tag', '', jsonb_build_object('scope', 'tag', 'id', 't2', 'groups', null, 'marks', jsonb_build_array(jsonb_build_object('type', 'tag', 'id', 't2',
	'at_us', at_us('28 14:00')))));
select is((select string_agg(target, ' ') from wecom.job where kind = 'rollup'), 'tag:2026-02-26', 'a tag that is deleted has its day counted');
select is(pg_temp.usage(), 't1/One/1/0 t2/Two/0/0', 'nobody has it any more');
select keep('c1');
select is(pg_temp.usage(), 't1/One/1/0 t2/Two/0/0', 'kept');
select is((select count(*) from mirror.follow_tag where auth_corp_id = 'c1'), 1::bigint, 'which is what the mirror says');
select is((select format('%s %s %s', sum(customers), sum(added_7d), sum(added_30d)) from report.tag_usage where auth_corp_id = 'c1'), '1 0 0', 'sums');
insert into wecom.follow_tag (auth_corp_id, external_userid, userid, tag_id, added_at) values ('c1', 'lea', 'u9', 't1', now()), ('c1', 'max', 'u9', 't1', now() - interval '6 days'),
	('c1', 'nia', 'u9', 't1', now() - interval '8 days');
select wecom.job_raise_priority('c1', '[["rollup", "tag:", 0]]');
select is((select format('%s %s %s', customers, added_7d, added_30d) from report.tag_usage where tag_id = 't1'), '3 2 3', 'today and six days, today and 29');
select keep('c1');
select is((select format('%s %s %s', customers, added_7d, added_30d) from report.tag_usage where tag_id = 't1'), '3 2 3', 'kept');

-- one customer's story
select is((select string_agg(concat_ws(' ', type, userid, detail), ', ') from report.customer_timeline('c1', 'anna')),
	'added u1 s1, deleted_by_customer u1, readded u1 s2', 'Anna''s story');
select is((select string_agg(concat_ws(' ', type, userid, detail), ', ') from report.customer_timeline('c1', 'bob')),
	'half u1 s1, added u1 s1, transfer_failed u3 customer_refused', 'Bob''s');
select is((select string_agg(concat_ws(' ', type, userid, detail), ', ') from report.customer_timeline('c1', 'kim')),
	'added u1, tag_added u1 One, tag_added u1 Two, added u2, tag_added u2 One, tag_removed u1 One, tag_removed u2 One, tag_removed u1 Two', 'Kim''s');

-- another time zone: 16:00 UTC is no midnight any more
select is(pg_temp.day(25), '6/5/2/0/0/0/0/5/4/0/0', 'Jan is there, too: 1 + 5');
select wecom.time_zone_set('c1', 'UTC');
select is((select time_zone from report.corp where auth_corp_id = 'c1'), 'UTC', 'the corp has a time zone of its own');
-- Bob, half and whole, on the 25th
select is(pg_temp.day(25), '7/6/2/1/0/0/0/6/5/0/0', 'counted in it at once');
select keep('c1');
select is(pg_temp.day(25), '7/6/2/1/0/0/0/6/5/0/0', 'and kept');
select is((select time_zone from report.corp where auth_corp_id = 'c2'), 'Asia/Shanghai', 'others have not');
select is_empty($$select * from wecom.rollup_check('c1')$$, 'exact');
select throws_ok($$select wecom.time_zone_set('c1', 'Moon/Dark side')$$, '22023', null, 'a zone that does not exist is refused');
select is((select count(*) from report.customer_daily where auth_corp_id = 'c2'), 0::bigint, 'a corp without customers has no days');

-- tags at the end of a relation.  That t1 was deleted at 9 on the 27th is told when both have ended: Omar had it no more
select pg_temp.pull(c, '26 12:00', pg_temp.follower('u1', '26 10:00', '["t1"]')) from unnest('{omar,pia}'::text[]) as u (c);
select pg_temp.tell('omar', 'deleted_by_customer', '27 12:00', 'u1');
select pg_temp.tell('pia', 'deleted_by_customer', '27 08:00', 'u1');
create function pg_temp.lost() returns text language sql as $$
	select string_agg(concat_ws(' ', external_userid, tags, readded_at = at('28 10:00')), ', ' order by external_userid) from report.loss_list
	where auth_corp_id = 'c1' and external_userid in ('omar', 'pia')
$$;
select is(pg_temp.lost(), 'omar {t1}, pia {t1}', 'both had it');
select put('c1', 'tag', '', jsonb_build_object('scope', 'tag', 'id', 't1', 'groups', null, 'marks', jsonb_build_array(jsonb_build_object('type', 'tag', 'id', 't1',
	'at_us', at_us('27 09:00')))));
select is(pg_temp.lost(), 'omar {}, pia {t1}', 'one had it');
select pg_temp.tell('pia', 'added', '28 10:00', 'u1');
select is(pg_temp.lost(), 'omar {}, pia {t1} t', 'they came together again');
select keep('c1');
select is_empty($$select * from wecom.rollup_check('c1')$$, 'exact');
update wecom.follow set readded_at = at('28 11:00') where external_userid = 'pia' and period = 1;
update wecom.follow set lost_tags = '{t9}' where external_userid = 'omar';
update wecom.follow set takeover = 'u8' where external_userid = 'dora' and userid = 'u1';
select is((select string_agg(format('%s %s', kept_in, kept->>'external_userid'), ', ' order by kept->>'external_userid') from wecom.rollup_check('c1')),
	'follow dora, follow omar, follow pia', 'what is wrong is found');

select * from finish();
rollback;
