-- report.data_trust: days that are closed are kept, others counted; what comes late, or again, is counted all the same.
begin;
set local search_path = tap, pg_catalog;
select no_plan();

insert into wecom.corp (auth_corp_id, suite_id, state) values ('c1', 's', 'active'), ('c2', 's', 'active');
create function pg_temp.event(p_content text, p_at text, p_members jsonb default '{}') returns jsonb language sql as $$
	select item(p_content, jsonb_build_object('time_s', extract(epoch from at(p_at))::bigint) || p_members)
$$;
-- received/duplicates of each day and type
create function pg_temp.trust(p_corp text default 'c1') returns text language sql as $$
	select string_agg(concat_ws('/', extract(day from day), info_type, received, duplicates), ' ' order by day, info_type)
	from report.data_trust where auth_corp_id = p_corp and received > 0
$$;

select ingest('c1', pg_temp.event('a', '24 10:00'), pg_temp.event('b', '24 11:00'), pg_temp.event('a', '24 10:00'));
select ingest('c1', pg_temp.event('c', '25 23:59:59', '{"info_type": "change_contact"}'));
select ingest('c1', pg_temp.event('d', '26 00:00'));
select ingest('c1', pg_temp.event('e', '26 00:01', '{"info_type": null}'));
select is(pg_temp.trust(), '24/change_external_chat/2/1 25/change_contact/1/0 26//1/0 26/change_external_chat/1/0', 'counted: the corp''s midnight parts the days');
select is((select count(*) from wecom.job where kind = 'rollup'), 0::bigint, 'the receiver raises nothing while no day is closed');

-- jobs that run on the 28th close what has been over for two days
select wecom.job_raise_priority('c1', '[["rollup", "event:", 0]]');
select keep('c1');
select is((select closed_to from wecom.event_close where auth_corp_id = 'c1'), '2026-02-25', 'closed');
select is((select string_agg(concat_ws('/', extract(day from day), info_type, received, duplicates), ' ' order by day) from wecom.event_day), '24/change_external_chat/2/1 25/change_contact/1/0',
	'and kept');
select is(pg_temp.trust(), '24/change_external_chat/2/1 25/change_contact/1/0 26//1/0 26/change_external_chat/1/0', 'the same as before');
select is_empty($$select * from wecom.rollup_check('c1')$$, 'exact');

-- each way into the log tells of closed days
select ingest('c1', pg_temp.event('b', '24 11:00'));
select is(jobs('c1') like 'rollup/event:2026-02-24 due%', true, 'one that comes again');
select is(pg_temp.trust(), '24/change_external_chat/2/2 25/change_contact/1/0 26//1/0 26/change_external_chat/1/0', 'is counted at once');
select keep('c1');
select is(pg_temp.trust(), '24/change_external_chat/2/2 25/change_contact/1/0 26//1/0 26/change_external_chat/1/0', 'and kept');
select ingest('c1', pg_temp.event('f', '25 12:00'));
select is(jobs('c1') like 'rollup/event:2026-02-25 due%', true, 'one that is new and late');
select keep('c1');
select ingest('c1', pg_temp.event('g', '24 12:00'), pg_temp.event('h', '25 13:00'), pg_temp.event('i', '26 13:00'));
select is((select string_agg(target, ' ' order by target) from wecom.job), 'event:2026-02-24 event:2026-02-25', 'several; an open day needs no job');
select keep('c1');
select wecom.ingest(null, jsonb_build_array(pg_temp.event('k', '25 14:00', '{"corp": "c1"}'), pg_temp.event('k', '25 14:00', '{"corp": "c2"}')));
select is((select string_agg(auth_corp_id || ' ' || target, ' ' order by target) from wecom.job), 'c1 event:2026-02-25', 'of several corps');
select ingest('c1', chat('l', 'wr1', 3, jsonb_build_object('time_s', extract(epoch from at('24 15:00'))::bigint)));
select is((select string_agg(kind || ' ' || target, ', ' order by kind, target) from wecom.job), 'chat wr1, rollup event:2026-02-24, rollup event:2026-02-25', 'beside its own job');
select is(pg_temp.trust(), '24/change_external_chat/4/2 25/change_contact/1/0 25/change_external_chat/3/0 26//1/0 26/change_external_chat/2/0', 'counted');
select keep('c1');
select is(pg_temp.trust(), '24/change_external_chat/4/2 25/change_contact/1/0 25/change_external_chat/3/0 26//1/0 26/change_external_chat/2/0', 'kept');
select is(pg_temp.trust('c2'), '25/change_external_chat/1/0', 'the other corp''s');
select is_empty($$select * from wecom.rollup_check('c1')$$, 'exact still');
update wecom.event_day set received = 7 where day = '2026-02-24';
select is((select format('%s %s %s', kept_in, kept->'received', fresh->'received') from wecom.rollup_check('c1')), null, 'of the oldest day nothing is said: retention may have taken a part of it');
update wecom.event_day set received = 7 where day = '2026-02-25' and info_type = 'change_contact';
select is((select format('%s %s %s', kept_in, kept->'received', fresh->'received') from wecom.rollup_check('c1')), 'event_day 7 1', 'a wrong figure is found');

-- gaps: 10, 20 and 40 s to the repair, and one still open; the median is 20, and 95 of 100 lie below 38
insert into wecom.gap (auth_corp_id, chat_id, found_at, repaired_at) values ('c1', 'w1', at('26 10:00'), at('26 10:00:10')), ('c1', 'w2', at('26 10:00'), at('26 10:00:20')),
	('c1', 'w3', at('26 10:00'), at('26 10:00:40')), ('c1', 'w4', at('26 10:00'), null);
insert into wecom.counter (auth_corp_id, day, name, n) values ('c1', '2026-02-26', 'chat_out_of_order', 3), ('c1', '2026-02-26', 'chat_stale_pull', 2), ('c1', '2026-02-26', 'drift_chat', 1),
	('c1', '2026-02-26', 'drift_customer', 4), ('c1', '2026-02-26', 'drift_member', 5), ('c1', '2026-02-26', 'pull_saved', 9);
insert into wecom.job (auth_corp_id, kind, target, state, due_at, counter, attempts) values ('c1', 'chat', 'wr2', 'parked', now(), 1, 3);
select ingest('c1', chat('m', 'wr2', 3, jsonb_build_object('time_s', extract(epoch from at('26 15:00'))::bigint)));
select ingest('c1', chat('n', 'wr3', 3, jsonb_build_object('time_s', extract(epoch from at('26 15:00'))::bigint)));
select is((select string_agg(concat_ws('/', info_type, out_of_order, gaps, repaired, repair_p50_s, repair_p95_s, stale_pulls, parked, backlog, drift), ' ' order by info_type)
	from report.data_trust where auth_corp_id = 'c1' and day = '2026-02-26'),
	'/0/0/0/0/0/0/0 change_contact/0/0/0/0/0/0/5 change_external_chat/3/4/3/20.000/38.000/2/1/1/1 change_external_contact/0/0/0/0/0/0/4', 'what was missing, late, waiting and different');

-- a corp's days of a suite that is not known
select ingest('suite:s', pg_temp.event('ticket', '26 10:00', '{"info_type": "suite_ticket"}'));
select is(pg_temp.trust('suite:s'), '26/suite_ticket/1/0', 'the suite''s own events');

select * from finish();
rollback;
