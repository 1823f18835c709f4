-- Leases: compare-and-set by two owners, fencing, giving back; which corps are due.
begin;
set local search_path = tap, pg_catalog;
select no_plan();
select fake_stores();

create function pg_temp.end_lease(p_corp text) returns void language sql as $$
	update wecom.lease set expires_at = clock_timestamp() - interval '1 second' where auth_corp_id = p_corp
$$;

-- taking
select is(wecom.lease_take('c1', 'd1', 30), 1::bigint, 'the first lease of a corp has the number 1');
select is(wecom.lease_take('c1', 'd2', 30), null, 'nobody else gets it');
select is(wecom.lease_take('c1', 'd1', 30), 1::bigint, 'its holder gets its number again');
select is(wecom.lease_take('c2', 'd2', 30), 1::bigint, 'corps are apart');
select cmp_ok((select expires_at from wecom.lease where auth_corp_id = 'c1'), '>', clock_timestamp() + interval '25 seconds', 'by the clock of the database');
select pg_temp.end_lease('c1');
select is(wecom.lease_take('c1', 'd2', 30), 2::bigint, 'once it has run out another gets it, under the next number');
select is(wecom.lease_take('c1', 'd1', 30), null, 'and the first does not');
select pg_temp.end_lease('c1');
select is(wecom.lease_take('c1', 'd2', 30), 2::bigint, 'run out and taken by the same: nothing happened in between');

-- renewing
select ok(wecom.lease_renew('c1', 'd2', 2, 60), 'the holder renews');
select cmp_ok((select expires_at from wecom.lease where auth_corp_id = 'c1'), '>', clock_timestamp() + interval '55 seconds', 'from now');
select ok(not wecom.lease_renew('c1', 'd2', 1, 60), 'not under an older number');
select ok(not wecom.lease_renew('c1', 'd1', 2, 60), 'not under another name');
select ok(not wecom.lease_renew('c9', 'd1', 1, 60), 'not what nobody leased');
select pg_temp.end_lease('c1');
select ok(not wecom.lease_renew('c1', 'd2', 2, 60), 'not what has run out: it is to be taken');

-- what was leased under an older number is due again at once
select corp('c3');
select ingest('c3', chat('a', 'wr1', 3), chat('b', 'wr2', 4), chat('c', 'wr3', 500));
select wecom.lease_take('c3', 'd1', 30);
select is(claim('c3', 100), 'chat/wr1 e1, chat/wr2 e1', 'claimed');
select is(jobs('c3'), 'chat/wr1 leased +3.0, chat/wr2 leased +4.0, chat/wr3 due +500.0', 'and leased');
select is(wecom.lease_take('c3', 'd1', 30), 1::bigint, 'prolonged by take');
select is(jobs('c3'), 'chat/wr1 leased +3.0, chat/wr2 leased +4.0, chat/wr3 due +500.0', 'the holder keeps its jobs');
select pg_temp.end_lease('c3');
select is(wecom.lease_take('c3', 'd2', 30), 2::bigint, 'a new holder');
select is(jobs('c3'), 'chat/wr1 due +3.0, chat/wr2 due +4.0, chat/wr3 due +500.0', 'finds all of them due');
select is(next_due('c3'), '+3', 'and the corp with them');
select is(claim('c3', 100, p_owner => 'd2', p_fence => 2), 'chat/wr1 e1, chat/wr2 e1', 'and claims them');

-- a thawed owner writes nothing
create temp table before as
	select (select jsonb_agg(to_jsonb(j) order by j.target) from wecom.job as j) as jobs,
		(select jsonb_agg(to_jsonb(e) order by e.content_hash) from wecom.event as e) as events;
select is(claim('c3', 600), null, 'a thawed daemon claims nothing');
select is(finish('c3', 100, result('c3', 'chat/wr1', 'done', '{"data": {}, "begun_us": 1, "raise": [["tag", "", 1, 0]], "counts": {"x": 1}}')), null,
	'and finishes nothing');
select is((select jsonb_agg(to_jsonb(j) order by j.target) from wecom.job as j), (select jobs from before), 'no job is changed');
select is((select jsonb_agg(to_jsonb(e) order by e.content_hash) from wecom.event as e), (select events from before), 'nor an event');
select is_empty('select from pg_temp.stored', 'no store function was called');
select is_empty('select from wecom.pull', 'no pull noted');
select is_empty('select from wecom.counter', 'nothing counted');
select is(wecom.lease_release('c3', 'd1', 1), false, 'and gives nothing back');

-- a lease that ran out and that nobody took is no lease either
select pg_temp.end_lease('c3');
select is(claim('c3', 600, p_owner => 'd2', p_fence => 2), null, 'a lease that ran out claims nothing');
select is(wecom.job_finish('c3', 'd2', 2, us(100), '[]'), null, 'nor finishes');

-- releasing
select wecom.lease_take('c3', 'd2', 30);
select ok(wecom.lease_release('c3', 'd2', 2), 'released');
select is(jobs('c3'), 'chat/wr1 due +3.0, chat/wr2 due +4.0, chat/wr3 due +500.0', 'its jobs are due');
select is(claim('c3', 600, p_owner => 'd2', p_fence => 2), null, 'and it is not the holder any more');
select is(wecom.lease_take('c3', 'd3', 30), 3::bigint, 'anybody may have it at once');

-- name and number count, each for itself
select wecom.lease_take('c4', 'd1', 30);
update wecom.lease set fence = 3 where auth_corp_id = 'c4';
select is(wecom.job_claim('c4', 'd1', 1, us(1), 1), null, 'the same daemon under a number from before somebody else had the corp: no claim');
select is(wecom.job_finish('c4', 'd1', 1, us(1), '[]'), null, 'no finish');
select is(wecom.job_claim('c4', 'd2', 3, us(1), 1), null, 'another daemon under the number in force: no claim');
select is(wecom.job_finish('c4', 'd2', 3, us(1), '[]'), null, 'no finish');
select is(wecom.job_finish('c4', 'd1', 3, us(1), '[]'), '[]', 'both right');

-- due corps
delete from wecom.corp_due;
insert into wecom.corp_due (auth_corp_id, due_at) values ('a', due(5)), ('b', due(3)), ('c', due(4)), ('d', due(9)), ('e', due(2));
select wecom.lease_take('a', 'd1', 30), wecom.lease_take('b', 'd2', 30), wecom.lease_take('e', 'd2', 30);
select pg_temp.end_lease('e');
select is(wecom.corp_due_list('d1', us(5), 10, 0), '["e", "c", "a"]', 'due by now, earliest first, without what another holds');
select is(wecom.corp_due_list('d2', us(5), 10, 0), '["e", "b", "c"]', 'for the other one as well');
select is(wecom.corp_due_list('d1', us(5), 2, 0), '["e", "c"]', 'no more than asked for');
select is(wecom.corp_due_list('d1', us(5), 10, us(4)), '["c", "a"]', 'nor what was due before');
select is(wecom.corp_due_list('d1', us(1), 10, 0), '[]', 'none');

select * from finish();
rollback;
