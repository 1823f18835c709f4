-- What operators call: resync, unpark, replay; and what the daemon calls once a minute: reconcile_raise, corp_due_sweep.
begin;
set local search_path = tap, pg_catalog;
select no_plan();
select fake_stores();
create function pg_temp.listed(p_corp text) returns text language sql as $$
	select string_agg(format('%s/%s %s p%s%s', kind, target, state, priority, case when is_reconcile then ' r' end), ', ' order by kind, target)
	from wecom.job where auth_corp_id = p_corp
$$;

-- resync
select corp('r1'), corp('gone', 'cancelled');
select is(wecom.resync('r1', 'chat', 'wr1'), 1, 'one object');
select is(pg_temp.listed('r1'), 'chat/wr1 due p0 r', 'before everything else: a person waits');
select ok((select due_at <= clock_timestamp() from wecom.corp_due where auth_corp_id = 'r1'), 'at once');
select is(wecom.resync('r1', 'chat', null), 1, 'all chats');
select is(wecom.resync('r1', 'customer', null) + wecom.resync('r1', 'member') + wecom.resync('r1', 'tag'), 3, 'and the others');
select is(pg_temp.listed('r1'), 'chat/wr1 due p0 r, chat_list/ due p1 r, customer_list/ due p1 r, member_list/ due p1 r, tag/ due p1 r', 'by the lists');
delete from wecom.job;
select is(wecom.resync('r1', null), 5, 'everything');
select is(pg_temp.listed('r1'), 'chat_list/ due p1 r, corp/ due p1 r, customer_list/ due p1 r, member_list/ due p1 r, tag/ due p1 r', 'is every list and the corp itself');
select throws_ok($$select wecom.resync('r1', 'nothing', null)$$, '22023', null, 'no such kind');
select throws_ok($$select wecom.resync('r1', 'purge', null)$$, '22023', null, 'a purge is no resync');
select throws_ok($$select wecom.resync('never', 'chat', null)$$, '22023', null, 'a corp that is not known');
select throws_ok($$select wecom.resync('gone', 'chat', null)$$, '22023', null, 'a corp that left');
update wecom.job set state = 'parked', attempts = 3 where kind = 'tag';
select wecom.resync('r1', 'tag', null);
select is((select row(state, attempts)::text from wecom.job where kind = 'tag'), '(due,0)', 'a parked one goes on');
grant usage on schema tap to wecom_web;
set local role wecom_web;
select throws_ok($$select wecom.resync('r1', 'member', 'jack')$$, '42501', null, 'the pages ask by wecom.web_resync');
reset role;

-- unpark
delete from wecom.job;
delete from wecom.corp_due;
insert into wecom.job (auth_corp_id, kind, target, state, due_at, counter, attempts, last_error) values
	('u1', 'chat', 'wr1', 'parked', due(5), 1, 4, 'no right'), ('u1', 'chat', 'wr2', 'parked', due(6), 1, 4, 'no right'),
	('u1', 'customer', 'wo1', 'parked', due(7), 1, 1, 'x'), ('u1', 'corp', '', 'due', '2100-01-01', 1, 9, 'suspended'),
	('u1', 'chat', 'wr3', 'due', '2100-01-01', 1, 0, null), ('u2', 'chat', 'wr1', 'parked', due(5), 1, 4, 'x');
create function pg_temp.parked() returns text language sql as $$
	select string_agg(format('%s/%s %s %s %s', kind, target, state, attempts, case when due_at > clock_timestamp() then 'waits' else 'now' end), ', ' order by kind, target)
	from wecom.job where auth_corp_id = 'u1'
$$;
select is(wecom.unpark('u1', 'chat', 'wr2'), 1, 'one');
select is(pg_temp.parked(), 'chat/wr1 parked 4 now, chat/wr2 due 0 now, chat/wr3 due 0 waits, corp/ due 9 waits, customer/wo1 parked 1 now', 'goes on');
select is(next_due('u1'), '+6', 'and the corp is due');
select is(wecom.unpark('u1', 'chat'), 1, 'all of a kind');
select is(wecom.unpark('u1', 'corp'), 1, 'one that waits after failures');
select is(wecom.unpark('u1', null), 1, 'all that is left');
select is(pg_temp.parked(), 'chat/wr1 due 0 now, chat/wr2 due 0 now, chat/wr3 due 0 waits, corp/ due 0 now, customer/wo1 due 0 now', 'go on; what waits for its time waits');
select is(wecom.unpark('u1', null), 0, 'nothing is left');
select is((select state from wecom.job where auth_corp_id = 'u2'), 'parked', 'of another corp nothing is touched');

-- replay
select corp('y1');
select ingest(c, chat('a', 'wr1', 3), chat('b', 'wr1', 4), chat('c', 'wr2', 3), chat('late', 'wr3', 3, '{"time_s": 1772000100}'), item('noted'),
	item('cancel', '{"job_kind": "purge", "job_target": "", "due_us": 1772000000000000}'),
	item('code', '{"job_kind": "corp", "job_target": "code:1", "due_us": 1772000000000000}')) from unnest('{y1,y2}'::text[]) as u (c);
update wecom.event set state = 'applied' where state = 'new' and auth_corp_id in ('y1', 'y2') and body->>'Content' <> 'b';
delete from wecom.job;
delete from wecom.corp_due;
select is(wecom.replay('y1', due(0), due(100)), 2::bigint, 'the events of a time');
select is(events('y1'), 'a new, b new, c new, cancel applied, code applied, late applied, noted noted', 'wait again, but for those that cannot be done twice');
select is(jobs('y1') || ' ' || next_due('y1'), 'chat/wr1 due +3.0, chat/wr2 due +3.0 +3', 'with their jobs');
select is(wecom.replay('y1', due(0), due(100)), 0::bigint, 'once');
select is(wecom.replay('y1', due(100), due(101)), 1::bigint, 'the later one');
select matches(events('y2'), 'a applied', 'of another corp nothing is touched');

-- reconcile: at hours spread by the corp
insert into wecom.corp (auth_corp_id, suite_id, state, backfilled_at) select 'w' || n, 's', 'active', due(0) from generate_series(1, 400) as n;
insert into wecom.corp (auth_corp_id, suite_id, state, backfilled_at) values ('wnew', 's', 'active', null), ('wsus', 's', 'suspended', due(0));
delete from wecom.job;
delete from wecom.corp_due;
select is(wecom.reconcile_raise(us(0), 0, 1000), 0, '0 hours: never');
select is((select count(*) from wecom.corp where reconcile_at is not null), 0::bigint, 'not even planned');
select is(wecom.reconcile_raise(us(0), 24, 1000), 0, 'the first time none is due');
select is((select count(*) from wecom.corp where auth_corp_id like 'w%' and reconcile_at > due(0) and reconcile_at < due(86400)), 400::bigint, 'all are planned within a day');
select is((select count(distinct extract(hour from reconcile_at)) from wecom.corp where auth_corp_id like 'w%' and reconcile_at is not null), 24::bigint, 'spread over its hours');
select cmp_ok((select max(n) from (select count(*) as n from wecom.corp where reconcile_at is not null group by extract(hour from reconcile_at)) as h), '<', 40::bigint, 'evenly');
create temp table plan as select auth_corp_id as corp, reconcile_at as at from wecom.corp where reconcile_at is not null;
grant select on plan to public;
create temp table raised as select wecom.reconcile_raise(us(43200), 24, 1000) as n;
select is((select n from raised)::bigint, (select count(*) from plan where at <= due(43200)), 'half a day later the first half is read');
select is((select count(*) from wecom.job), (select count(*) * 4 from plan where at <= due(43200)), 'four lists each');
select is((select pg_temp.listed(corp) from plan where at <= due(43200) limit 1), 'chat_list/ due p1 r, customer_list/ due p1 r, member_list/ due p1 r, tag/ due p1 r', 'these');
select is((select count(*) from wecom.corp_due where due_at = due(43200)), (select count(*) from plan where at <= due(43200)), 'the corps are due');
select is_empty($$select from plan join wecom.corp on auth_corp_id = corp where reconcile_at <> at + case when at <= due(43200) then interval '1 day' else interval '0' end$$, 'and the next time is a day later');
select is(wecom.reconcile_raise(us(43200), 24, 1000), 0, 'once');
select is(wecom.reconcile_raise(us(864000 + 43200), 24, 100), 100, 'after ten days away no more than asked for');
select is(wecom.reconcile_raise(us(864000 + 43200), 24, 1000) + 100, (select count(*)::integer from plan), 'then the rest, each once');
select is(wecom.reconcile_raise(us(864000 + 43200), 24, 1000), 0, 'and what was missed is not made up for');
select is_empty($$select from wecom.job where auth_corp_id in ('wnew', 'wsus')$$, 'only active corps that have been read once');

-- lost wake-ups
delete from wecom.job;
delete from wecom.corp_due;
select ingest(c, chat('z', 'wr1', 3), chat('zz', 'wr2', 30)) from unnest('{z1,z2,z3,z4}'::text[]) as u (c);
update wecom.corp_due set due_at = due(1000) where auth_corp_id = 'z1';
delete from wecom.corp_due where auth_corp_id = 'z2';
update wecom.corp_due set due_at = due(150), waiting_from = due(3) where auth_corp_id = 'z3';
delete from wecom.corp_due where auth_corp_id = 'z4';
update wecom.job set state = 'leased', claimed_counter = counter, fence = 1 where auth_corp_id = 'z4';
select is(wecom.corp_due_sweep(us(100), 1), 1, 'no more than asked for');
select is(wecom.corp_due_sweep(us(100), 100), 2, 'those that were lost');
select is(string_agg(c || next_due(c), ' ' order by c), 'z1+3 z2+3 z3+150 from +3 z4+100', 'are due, others stay put off, and leased jobs are not forgotten')
from unnest('{z1,z2,z3,z4}'::text[]) as u (c);
select is(wecom.corp_due_sweep(us(100), 100), 0, 'once');

select * from finish();
rollback;
