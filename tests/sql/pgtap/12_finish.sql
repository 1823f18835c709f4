-- wecom.job_finish: every way out of a lease, what is written with it, and what is not.
begin;
set local search_path = tap, pg_catalog;
select no_plan();
select fake_stores();
-- a corp with two chats, each with an event, claimed at +10
create function pg_temp.claimed(p_corp text) returns text language sql as $$
	select corp(p_corp);
	select ingest(p_corp, chat('a', 'wr1', 3), chat('b', 'wr2', 4));
	select wecom.lease_take(p_corp, 'd1', 30);
	select claim(p_corp, 10);
$$;
create function pg_temp.job(p_corp text) returns text language sql as $$
	select format('%s attempts %s error %s claim %s', jobs(p_corp), attempts, coalesce(last_error, '-'),
		coalesce(row(claimed_counter, claimed_at, fence)::text, '-'))
	from wecom.job where auth_corp_id = p_corp and target = 'wr1'
$$;

create function pg_temp.ask(p_corp text, p_target text) returns void language sql as $$
	select corp(p_corp) where not exists (select from wecom.corp where auth_corp_id = p_corp);
	select wecom.lease_take(p_corp, 'd1', 30);
	select wecom.corp_due_raise(p_corp, wecom.job_raise_priority(p_corp, jsonb_build_array(jsonb_build_array('chat', p_target, us(3)))));
$$;
create function pg_temp.asked(p_corp text, p_s numeric) returns text language sql as $$
	select string_agg((j->>'target') || ' ' || (j->>'is_asked'), ', ' order by j->>'target')
	from jsonb_array_elements(wecom.job_claim(p_corp, 'd1', 1, us(p_s), 16)) as j
$$;

-- done
select pg_temp.claimed('c1');
select is(finish('c1', 11, result('c1', 'chat/wr1', 'done')), '["ok"]', 'done');
select is(jobs('c1') || '; ' || events('c1'), 'chat/wr2 leased +4.0; a applied, b new', 'the job is gone, its event applied, the other job untouched');
select is(finish('c1', 11, result('c1', 'chat/wr1', 'done', '{"data": {}, "counts": {"x": 1}}')), '["lost"]', 'finished twice: lost');
select is_empty('select from pg_temp.stored', 'and nothing of it is stored');
select is(finish('c1', 11, result('c1', 'chat/wr2', 'done', '{"events": []}')), '["ok"]', 'done, but its event is not named');
select is(jobs('c1') || '; ' || events('c1'), 'chat/wr2 due +11.0; a applied, b new', 'the event brings it back at once');
select is(next_due('c1'), '+11', 'and the corp');

-- events
select pg_temp.claimed('e1');
select ingest('e1', chat('late', 'wr1', 30));
select is(finish('e1', 11, result('e1', 'chat/wr1', 'done', (select jsonb_build_object('events', jsonb_build_array(jsonb_build_array(md5('a')::uuid, us(3))))))), '["ok"]', 'an event came after the claim');
select is(jobs('e1') || '; ' || events('e1'), 'chat/wr1 due +30.0, chat/wr2 leased +4.0; a applied, b new, late new', 'it waits, with its job, until it is due');
select is((select row(attempts, priority, claimed_counter, fence)::text from wecom.job where auth_corp_id = 'e1' and target = 'wr1'), '(0,0,,)', 'the job is as new');
select pg_temp.claimed('e2');
create temp table named as select result('e2', 'chat/wr1', 'done') as r;
select ingest('e2', chat('a', 'wr1', 20));
select is((select finish('e2', 11, r) from named), '["ok"]', 'a repeat moved the event''s due time between claim and finish');
select is(jobs('e2') || '; ' || events('e2'), 'chat/wr1 due +20.0, chat/wr2 leased +4.0; a new, b new', 'it stays new and calls for a pull that covers it');
select pg_temp.claimed('e3');
select is(finish('e3', 11, result('e3', 'chat/wr1', 'done', (select jsonb_build_object('events', jsonb_build_array(
	jsonb_build_array(md5('a')::uuid, us(3)), jsonb_build_array(md5('a')::uuid, us(3)), jsonb_build_array(md5('b')::uuid, us(4)), jsonb_build_array(md5('z')::uuid, us(4))))))),
	'["ok"]', 'events named twice, of another job, and that do not exist');
select is(events('e3'), 'a applied, b new', 'a job settles its own');

-- asked for without an event, before or after one came: told so, until it is done
select pg_temp.ask('q1', 'wr1');
select ingest('q1', chat('a', 'wr1', 3), chat('b', 'wr2', 3));
select pg_temp.ask('q1', 'wr2');
select is(pg_temp.asked('q1', 10), 'wr1 true, wr2 true', 'asked for, whatever came as well');
select finish('q1', 11, result('q1', 'chat/wr1', 'later', jsonb_build_object('events', '[]'::jsonb, 'due_us', us(12))));
select finish('q1', 11, result('q1', 'chat/wr2', 'done', '{"events": []}'));
select is(pg_temp.asked('q1', 12), 'wr1 true, wr2 false', 'still, until it is done');
select pg_temp.ask('q1', 'wr2');
select finish('q1', 13, result('q1', 'chat/wr2', 'done'));
select is(pg_temp.asked('q1', 14), 'wr2 true', 'and again when it is asked for meanwhile');
select finish('q1', 15, result('q1', 'chat/wr2', 'later', jsonb_build_object('events', '[]'::jsonb, 'due_us', us(16), 'begun_us', us(14))));
select is(pg_temp.asked('q1', 16), 'wr2 false', 'a pull that was made answers it, though the job waits for something else');
delete from wecom.pull;

-- figures of a day that changes while they are counted: again, but not at once, and behind all else
select corp('q2');
select wecom.lease_take('q2', 'd1', 30);
select wecom.corp_due_raise('q2', wecom.job_raise_priority('q2', jsonb_build_array(jsonb_build_array('rollup', 'group:2026-02-25', us(3), 2))));
select claim('q2', 10);
select wecom.job_raise_priority('q2', jsonb_build_array(jsonb_build_array('rollup', 'group:2026-02-25', us(21), 2)));
select is(finish('q2', 11, result('q2', 'rollup/group:2026-02-25', 'done')), '["ok"]', 'counted');
select is((select format('%s %s %s', state, extract(epoch from due_at - to_timestamp(us(11) / 1000000.0))::integer, priority) from wecom.job where auth_corp_id = 'q2'), 'due 10 2',
	'a day changed while it was counted');
select is(next_due('q2'), '+21', 'and the corp is looked at then');

-- raised while leased
select pg_temp.claimed('r1');
select wecom.job_raise('r1', '{chat}', '{wr1}', array[due(3)]);
select is(finish('r1', 11, result('r1', 'chat/wr1', 'done')), '["ok"]', 'raised while it ran');
select is(jobs('r1'), 'chat/wr1 due +11.0, chat/wr2 leased +4.0', 'it runs again at once');

-- part
select pg_temp.claimed('p1');
select is(finish('p1', 11, result('p1', 'chat/wr1', 'part', '{"data": {"page": 1}, "begun_us": 5}')), '["ok"]', 'a part');
select is(jobs('p1') || '; ' || events('p1'), 'chat/wr1 leased +3.0, chat/wr2 leased +4.0; a applied, b new', 'stays leased');
select results_eq('table pg_temp.stored', $$values ('chat', 'wr1', '{"page": 1}'::jsonb, 5::bigint, us(11), false)$$, 'is stored');
select is_empty('select from wecom.pull', 'and is no complete pull');
select is(finish('p1', 12, result('p1', 'chat/wr1', 'done')), '["ok"]', 'and goes on to its end');
select is(jobs('p1'), 'chat/wr2 leased +4.0', 'gone');

-- later
select pg_temp.claimed('l1');
select is(finish('l1', 11, result('l1', 'chat/wr1', 'later', jsonb_build_object('events', '[]'::jsonb, 'due_us', us(15)))), '["ok"]', 'later');
select is(pg_temp.job('l1'), 'chat/wr1 due +15.0, chat/wr2 leased +4.0 attempts 0 error - claim (,,)', 'at the time it says, no failure');
select is(claim('l1', 14) || claim('l1', 15), '-chat/wr1 e1', 'and not before');
select wecom.job_raise('l1', '{chat}', '{wr1}', array[due(3)]);
select finish('l1', 16, result('l1', 'chat/wr1', 'later', jsonb_build_object('events', '[]'::jsonb, 'due_us', us(100))));
select matches(jobs('l1'), 'wr1 due \+16.0', 'later, but something new came: at once');
select claim('l1', 16);
select finish('l1', 17, result('l1', 'chat/wr1', 'later', jsonb_build_object('due_us', us(99), 'error', 'why')));
select is(pg_temp.job('l1'), 'chat/wr1 due +99.0, chat/wr2 leased +4.0 attempts 1 error why claim (,,)', 'a failure is told and counted');
select is(events('l1'), 'a applied, b new', 'what it settled is settled');
select claim('l1', 99);
select wecom.job_raise('l1', '{chat}', '{wr1}', array[due(3)]);
select finish('l1', 100, result('l1', 'chat/wr1', 'later', jsonb_build_object('due_us', us(300), 'error', 'again')));
select is(pg_temp.job('l1'), 'chat/wr1 due +300.0, chat/wr2 leased +4.0 attempts 2 error again claim (,,)', 'what fails keeps its pause although something new came');
select claim('l1', 300);
select finish('l1', 301, result('l1', 'chat/wr1', 'later', jsonb_build_object('due_us', us(310))));
select is(pg_temp.job('l1'), 'chat/wr1 due +310.0, chat/wr2 leased +4.0 attempts 2 error again claim (,,)', 'waiting is neither success nor failure');
select claim('l1', 310);
select finish('l1', 311, result('l1', 'chat/wr1', 'done', '{"begun_us": 7}'));
select is(jobs('l1'), 'chat/wr2 leased +4.0', 'success ends it');

-- the pause after failures
create temp table pause (attempt integer, s numeric);
select corp('b1'), wecom.lease_take('b1', 'd1', 30), ingest('b1', chat('a', 'wr1', 0));
do $$
begin
	for v_n in 1..15 loop
		perform tap.claim('b1', 1e9);
		perform tap.finish('b1', 10, tap.result('b1', 'chat/wr1', 'later', '{"error": "why"}'));
		insert into pg_temp.pause select v_n, extract(epoch from due_at - tap.due(10)) from wecom.job where auth_corp_id = 'b1';
	end loop;
end
$$;
select is_empty($$select * from pg_temp.pause where s is null or s < least(3600, 2 ^ attempt) or s > least(3600, 2 ^ attempt) * 1.25$$,
	'2, 4, 8 … up to 3600 s, up to a quarter more');
select is((select count(*) from pause), 15::bigint, 'each of the fifteen');
select cmp_ok((select count(distinct s / least(3600, 2 ^ attempt)) from pause), '>', 8::bigint, 'not all the same part more');

-- parked
select pg_temp.claimed('k1');
select ingest('k1', chat('late', 'wr1', 30));
select is(finish('k1', 11, result('k1', 'chat/wr1', 'parked', jsonb_build_object('error', 'no right', 'events', '[]'::jsonb))), '["ok"]', 'parked');
select is(pg_temp.job('k1'), 'chat/wr1 parked +3.0, chat/wr2 leased +4.0 attempts 1 error no right claim (,,)', 'waits with its reason');
select is(events('k1'), 'a new, b new, late new', 'and its events');
select is(claim('k1', 1000), '-', 'is not claimed');

-- lost by fence: another daemon had it meanwhile, and this one again
select pg_temp.claimed('f1');
update wecom.lease set fence = 3 where auth_corp_id = 'f1';
select is(wecom.job_finish('f1', 'd1', 3, us(11), jsonb_build_array(result('f1', 'chat/wr1', 'done', '{"data": {}, "begun_us": 1, "counts": {"x": 1}}'))), '["lost"]',
	'leased under an older number: lost, although the lease is ours now');
select is(jobs('f1') || '; ' || events('f1'), 'chat/wr1 leased +3.0, chat/wr2 leased +4.0; a new, b new', 'nothing of it is applied');

-- several results in one call
select pg_temp.claimed('s1');
select ingest('s1', chat('c', 'wr3', 3), chat('d', 'wr4', 3)), claim('s1', 10);
delete from stored;
select is(finish('s1', 11,
	result('s1', 'chat/wr4', 'later', jsonb_build_object('due_us', us(50))),
	result('s1', 'chat/none', 'done', '{"data": {"never": 1}}'),
	result('s1', 'chat/wr2', 'done', jsonb_build_object('data', '{"n": 2}'::jsonb, 'begun_us', us(8))),
	result('s1', 'chat/wr1', 'done', jsonb_build_object('data', '{"n": 1}'::jsonb, 'begun_us', us(9))),
	result('s1', 'chat/wr1', 'parked', '{"data": {"never": 2}}'),
	result('s1', 'chat/wr3', 'parked', '{"error": "why"}')
), '["ok", "lost", "ok", "ok", "lost", "ok"]', 'each for itself; one named twice counts once');
select is(jobs('s1'), 'chat/wr3 parked +3.0, chat/wr4 due +50.0', 'every outcome');
select results_eq('select target, data from pg_temp.stored', $$values ('wr1', '{"n": 1}'::jsonb), ('wr2', '{"n": 2}')$$, 'stored in the order of keys');
select results_eq($$select target, begun_at from wecom.pull where auth_corp_id = 's1' order by 1$$, $$values ('wr1', due(9)), ('wr2', due(8))$$, 'pulls are noted');
select is(wecom.job_finish('s1', 'd1', 1, us(12), '[]'), '[]', 'no results');

select claim('s1', 50);
select throws_ok($$select finish('s1', 51, result('s1', 'chat/wr4', 'gone'))$$, '22023', null, 'an outcome that does not exist');

-- pulls go forward only
select ingest('s1', chat('e', 'wr1', 3)), claim('s1', 20);
select finish('s1', 21, result('s1', 'chat/wr1', 'done', jsonb_build_object('begun_us', us(7))));
select is((select begun_at from wecom.pull where auth_corp_id = 's1' and target = 'wr1'), due(9), 'an older pull does not take the place of a newer');

-- raises and counts, of the result and of the store
select pg_temp.claimed('a1');
select is(finish('a1', 11,
	result('a1', 'chat/wr1', 'done', jsonb_build_object(
		'raise', jsonb_build_array(jsonb_build_array('chat', 'wr1', us(70), 2), jsonb_build_array('chat', 'wr0', us(20), 1), jsonb_build_array('tag', '', us(30), 0)),
		'counts', '{"chat_gap": 1, "nothing": 0}'::jsonb,
		'data', jsonb_build_object('answer', jsonb_build_object('counts', '{"chat_gap": 2, "drift_chat": 5}'::jsonb, 'raise', jsonb_build_array(
			jsonb_build_array('chat', 'wr15', us(9), 0), jsonb_build_array('chat', 'wr2', us(40), 0), jsonb_build_array('tag', '', us(25), 1)))))),
	result('a1', 'chat/wr2', 'done', '{"counts": {"chat_gap": 4}, "data": {"answer": null}}')), '["ok", "ok"]', 'with raises and counts');
select is(jobs('a1'), 'chat/wr0 due +20.0, chat/wr1 due +70.0, chat/wr15 due +9.0, chat/wr2 due +40.0, tag/ due +25.0',
	'jobs are raised before, between and behind those that are finished, and these themselves, as if they were gone');
select results_eq($$select target, priority::integer, counter from wecom.job where auth_corp_id = 'a1' order by kind, target$$,
	$$values ('wr0', 1, 1::bigint), ('wr1', 2, 1), ('wr15', 0, 1), ('wr2', 0, 1), ('', 0, 1)$$, 'with their priorities, the smaller counts');
select results_eq($$select day, name, n from wecom.counter where auth_corp_id = 'a1' order by name$$,
	$$values (due(0)::date, 'chat_gap', 7::bigint), (due(0)::date, 'drift_chat', 5)$$, 'counts are added up, zeros left out');
select is(next_due('a1'), '+9', 'the corp is due with the first of them');
select claim('a1', 100);
select finish('a1', 101, result('a1', 'tag/', 'done', jsonb_build_object('counts', '{"chat_gap": 1}'::jsonb, 'raise', jsonb_build_array(
	jsonb_build_array('chat', 'wr1', us(5), 0), jsonb_build_array('chat', 'new', us(200), 1)))));
select is((select n from wecom.counter where auth_corp_id = 'a1' and name = 'chat_gap'), 8::bigint, 'and to what is there');
select is((select counter - claimed_counter from wecom.job where auth_corp_id = 'a1' and target = 'wr1'), 1::bigint, 'raising a leased job: it runs again');
select ok((select not is_reconcile from wecom.job where auth_corp_id = 'a1' and target = 'new'), 'no reconcile');

-- a waiting job keeps its smaller priority and its earlier due time, and gets the better of both
create function pg_temp.raised(p_first jsonb, p_then jsonb) returns text language plpgsql as $$
begin
	delete from wecom.job where auth_corp_id = 'w1';
	perform wecom.job_raise_priority('w1', jsonb_build_array('["chat", "wr1"]'::jsonb || p_first));
	perform wecom.job_raise_priority('w1', jsonb_build_array('["chat", "wr1"]'::jsonb || p_then));
	return (select format('+%s p%s %s n%s', (extract(epoch from due_at) * 1000000)::bigint, priority, is_reconcile, counter) from wecom.job where auth_corp_id = 'w1');
end $$;
select is(pg_temp.raised('[5, 1]', '[9, 2]'), '+5 p1 f n1', 'later and lower: unchanged');
select is(pg_temp.raised('[5, 1]', '[5, 1]'), '+5 p1 f n1', 'the same: unchanged');
select is(pg_temp.raised('[5, 1]', '[3, 2]'), '+3 p1 f n2', 'earlier');
select is(pg_temp.raised('[5, 2]', '[9, 0]'), '+5 p0 f n2', 'higher');
select is(pg_temp.raised('[5, 0]', '[9, 1, true]'), '+5 p0 t n2', 'reconcile');
select is(pg_temp.raised('[5, 1, true]', '[3, 0]'), '+3 p0 t n2', 'stays one');

-- reconcile
select pg_temp.claimed('i1');
update wecom.job set is_reconcile = true, priority = 1 where auth_corp_id = 'i1' and target = 'wr1';
delete from stored;
select finish('i1', 11, result('i1', 'chat/wr1', 'done', jsonb_build_object('data', '{}'::jsonb, 'events', '[]'::jsonb, 'raise', jsonb_build_array(
	jsonb_build_array('chat', 'r1', us(5), 1), jsonb_build_array('chat', 'r0', us(5), 0), jsonb_build_array('chat', 'rn', us(5), 1, false)))));
select is((select is_reconcile from stored), true, 'the store knows of a reconcile');
select results_eq($$select target, is_reconcile from wecom.job where auth_corp_id = 'i1' and state = 'due' order by target$$,
	$$values ('r0', false), ('r1', true), ('rn', false), ('wr1', false)$$, 'what it raises of priority 1 belongs to it; an event brings the job back as an ordinary one');
select is((select priority from wecom.job where auth_corp_id = 'i1' and target = 'wr1'), 0::smallint, 'of priority 0');

-- what the store refuses undoes the whole call
select pg_temp.claimed('u1');
create function pg_temp.boom() returns void language plpgsql as $$
begin
	perform finish('u1', 11, result('u1', 'chat/wr1', 'done', '{"counts": {"x": 1}}'), result('u1', 'chat/wr2', 'done', '{"begun_us": "x"}'));
end $$;
select throws_ok('select pg_temp.boom()', '22P02', null, 'an error');
select is(jobs('u1') || events('u1'), 'chat/wr1 leased +3.0, chat/wr2 leased +4.0a new, b new', 'all or nothing');

select * from finish();
rollback;
