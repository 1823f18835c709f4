-- wecom.job_claim: which jobs, in which order and shares, with what; and when the corp is looked at next.
begin;
set local search_path = tap, pg_catalog;
select no_plan();
select fake_stores();
create function pg_temp.lease(p_corp text, p_state text default 'active') returns void language sql as $$
	select corp(p_corp, p_state) where p_state <> 'unknown';
	select wecom.lease_take(p_corp, 'd1', 30);
$$;
create function pg_temp.raise(p_corp text, p_kind text, p_target text, p_s numeric, p_priority integer default 0)
returns void
language sql
as $$
	select wecom.corp_due_raise(p_corp, wecom.job_raise_priority(p_corp,
		jsonb_build_array(jsonb_build_array(p_kind, p_target, us(p_s), p_priority))))
$$;

-- what a claim gives
select pg_temp.lease('c1');
select is(claim('c1', 10), '-', 'nothing');
select ingest('c1', chat('b', 'wr1', 4, '{"time_s": 1772000001}'), chat('a', 'wr1', 3), chat('c', 'wr2', 20), item('d'));
create temp table given as select wecom.job_claim('c1', 'd1', 1, us(10), 16) as j;
select is((select jsonb_array_length(j) from given), 1, 'what is due by now, not before');
select is((select (j->0) - 'events' from given), '{"kind": "chat", "target": "wr1", "attempts": 0, "is_reconcile": false, "is_asked": false, "priority": 0,
	"state": {"seen_us": 0, "of": "chat/wr1"}}', 'the job with the state of its object');
select is((select j->0->'events'->0 from given), jsonb_build_object('id', md5('a')::uuid, 'time_us', 1772000000000000, 'due_us', 1772000003000000,
	'received_us', 1772000001000000, 'info_type', 'change_external_chat', 'change_type', 'update', 'body', '{"Content": "a"}'::jsonb, 'deliveries', 1),
	'and its events in full');
select is((select j->0->'events'->1->'body' from given), '{"Content": "b"}', 'by their time');
select is((select row(state, claimed_counter, claimed_at, fence)::text from wecom.job where auth_corp_id = 'c1' and target = 'wr1'),
	row('leased', 1::bigint, due(10), 1::bigint)::text, 'it is leased');
select is(claim('c1', 10), '-', 'and not claimed twice');

-- more events than one claim shows
select pg_temp.lease('c2');
select wecom.ingest('c2', (select jsonb_agg(chat('e' || n, 'wr1', 3)) from generate_series(1, 1003) as n));
select is(claim('c2', 10), 'chat/wr1 e1000', 'a thousand events at most');
select is(finish('c2', 11, (select jsonb_build_object('kind', 'chat', 'target', 'wr1', 'outcome', 'done', 'events', jsonb_agg(jsonb_build_array(event_id, us(3))))
	from (select * from wecom.event where auth_corp_id = 'c2' order by event_time, event_id limit 1000) as e)), '["ok"]', 'are settled');
select is(claim('c2', 11), 'chat/wr1 e3', 'the others bring it back at once');

-- states of the corp
select is((
	select string_agg(format('%s: %s', s, (
		select claim(s, 100)
		from (select pg_temp.lease(s, s), pg_temp.raise(s, 'corp', '', 3), pg_temp.raise(s, 'chat', 'wr1', 2),
			ingest(s, chat('later', 'wr1', 2, '{"time_s": 1772000050}'))) as t
	)), '; ' order by s)
	from unnest('{active,pending,suspended,cancelled,unknown}'::text[]) as u (s)
), 'active: chat/wr1 e1, corp/ e0; cancelled: -; pending: corp/ e0; suspended: corp/ e0; unknown: corp/ e0', 'what may be claimed in each state');
select is(next_due('pending'), '+130 from +2', 'what may not be claimed is looked at again, at the end of the lease at the latest');
select wecom.job_finish('pending', 'd1', 1, us(101), jsonb_build_array(result('pending', 'corp/', 'done')));
select is(next_due('pending'), '+101 from +2', 'at once when its own job is finished');
select is(claim('pending', 102), '-', 'still pending');
select is(next_due('pending'), '+162 from +2', 'in a minute');
update wecom.corp set state = 'active' where auth_corp_id = 'pending';
select wecom.corp_due_raise('pending', due(103));
select is(claim('pending', 103), 'chat/wr1 e1', 'active: the older jobs are found although the corp was put off');

-- a corp that left
select pg_temp.lease('left', 'cancelled');
select ingest('left', chat('old', 'wr1', 3), chat('of that second', 'wr2', 3), chat('new', 'wr3', 3, '{"time_s": 1772000100}'));
select pg_temp.raise('left', 'corp', '', 3), pg_temp.raise('left', 'corp', 'code:1', 3), pg_temp.raise('left', 'tag', '', 3);
select is(claim('left', 200), 'corp/code:1 e0', 'only an auth code is left to be claimed');
select is(jobs('left'), 'chat/wr3 due +3.0, corp/code:1 leased +3.0', 'the others are dropped');
select is(events('left'), 'new new', 'with their events, but for those from after it left');
select is(claim('left', 200 + 3600), '-', 'an hour later');
select is(jobs('left') || events('left'), 'corp/code:1 leased +3.0-', 'these go as well');
update wecom.corp set suite_id = 'other' where auth_corp_id = 'left';
select corp('left');
select pg_temp.raise('left', 'tag', '', 3);
select is(claim('left', 200), 'tag/ e0', 'a corp that left the app of one suite and has that of another is there');

-- purge
select pg_temp.lease('p1');
select ingest('p1', chat('a', 'wr1', 3), item('b', '{"job_kind": "purge", "job_target": "", "due_us": 1772000500000000}'));
select pg_temp.raise('p1', 'corp', '', 3), pg_temp.raise('p1', 'corp', 'code:1', 3);
select is(claim('p1', 100), 'corp/code:1 e0', 'a purge that waits blocks all but auth codes');
select is(claim('p1', 600), 'purge/ e1', 'due, it is claimed');
select is(claim('p1', 600), '-', 'and blocks while it is under way');
select wecom.job_finish('p1', 'd1', 1, us(601), jsonb_build_array(result('p1', 'purge/', 'parked', '{"error": "why"}')));
select is(claim('p1', 602), 'chat/wr1 e1, corp/ e0', 'parked, it does not');

-- order and shares
select pg_temp.lease('s1');
select pg_temp.raise('s1', 'chat', 'e' || n, 50 - n, 0), pg_temp.raise('s1', 'chat', 'r' || n, 20 + n, 1), pg_temp.raise('s1', 'chat', 'x' || n, 10 + n, 2)
from generate_series(10, 40) as n;
create function pg_temp.shares(p_n integer) returns text language sql as $$
	select string_agg(format('%s %s', p, n), ', ' order by p) from (
		select v->>'priority' as p, count(*) as n from jsonb_array_elements(wecom.job_claim('s1', 'd1', 1, us(100), p_n)) as c (v) group by 1) as t
$$;
select is(pg_temp.shares(16), '0 12, 1 3, 2 1', 'of 16: 12 for events, 3 for backfill, 1 for enrichment');
select is((select string_agg(target, ' ' order by target) from wecom.job where auth_corp_id = 's1' and state = 'leased'),
	'e29 e30 e31 e32 e33 e34 e35 e36 e37 e38 e39 e40 r10 r11 r12 x10', 'the longest due first');
select is(pg_temp.shares(16), '0 12, 1 3, 2 1', 'the same again');
select is(pg_temp.shares(15), '0 7, 1 6, 2 2', 'few events: the others get what they leave');
select is(pg_temp.shares(64), '1 19, 2 27', 'all the rest');
select is(pg_temp.shares(64), null, 'nothing is left');
select pg_temp.lease('s2');
select pg_temp.raise('s2', 'chat', 'e' || n, 3, 0), pg_temp.raise('s2', 'chat', 'r' || n, 3, 1) from generate_series(1, 300) as n;
select claim('s2', 100, 1) from generate_series(1, 200);
select cmp_ok((select count(*) from wecom.job where auth_corp_id = 's2' and state = 'leased' and priority = 1), '>', 10::bigint,
	'claimed one by one, backfill has its share as well');
select is((select count(*) from wecom.job where auth_corp_id = 's2' and state = 'leased'), 200::bigint, 'each claim gave one');

-- an event does not lift a waiting job of low priority, but moves it
select pg_temp.lease('s3');
select pg_temp.raise('s3', 'chat', 'wr1', 60, 2);
select ingest('s3', chat('a', 'wr1', 3));
select is((select priority || jobs('s3') from wecom.job where auth_corp_id = 's3'), '2chat/wr1 due +3.0', 'an event moves a job of low priority');

-- when the corp is looked at next
select pg_temp.lease('n1');
select ingest('n1', chat('a', 'wr1', 3), chat('b', 'wr2', 50));
select is(next_due('n1'), '+3', 'the first');
select claim('n1', 10);
select is(next_due('n1'), '+40', 'while something is leased: the end of the lease');
select claim('n1', 49.5);
select is(next_due('n1'), '+50', 'or the next job');
select wecom.job_finish('n1', 'd1', 1, us(49), jsonb_build_array(result('n1', 'chat/wr1', 'done')));
select claim('n1', 50);
select wecom.job_finish('n1', 'd1', 1, us(51), jsonb_build_array(result('n1', 'chat/wr2', 'done')));
select claim('n1', 52);
select is(next_due('n1'), 'never', 'nothing waits, nothing is leased');
select ingest('n1', chat('c', 'wr3', 60));
select is(next_due('n1'), '+60', 'until something does');
select claim('n1', 60);
select wecom.job_finish('n1', 'd1', 1, us(61), jsonb_build_array(result('n1', 'chat/wr3', 'done')));
select claim('n1', 62);
select is(jobs('n1') || events('n1'), '-a applied, b applied, c applied', 'all is done');
select is_empty('select from wecom.counter', 'and nothing is counted unasked');

select * from finish();
rollback;
