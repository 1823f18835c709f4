-- wecom.ingest: jobs, coalescing, repeats, the corp's next due time.
begin;
set local search_path = tap, pg_catalog;
select no_plan();

create function pg_temp.job(p_corp text) returns text language sql as $$
	select string_agg(format('%s/%s %s +%s n%s', kind, target, state, extract(epoch from due_at)::bigint - 1772000000, counter), ', ' order by kind, target)
	from wecom.job where auth_corp_id = p_corp
$$;
create function pg_temp.next_due(p_corp text) returns bigint language sql as $$
	select extract(epoch from due_at)::bigint - 1772000000 from wecom.corp_due where auth_corp_id = p_corp
$$;
create function pg_temp.lease(p_corp text) returns void language sql as $$
	update wecom.job set state = 'leased', claimed_counter = counter, claimed_at = due(3), fence = 1 where auth_corp_id = p_corp
$$;
-- rows of job and corp_due written by this transaction so far: what a hot row would show
create function pg_temp.versions(p_corp text) returns text language sql as $$
	select string_agg(v, ' ' order by v) from (
		select 'j' || ctid from wecom.job where auth_corp_id = p_corp
		union all select 'd' || ctid from wecom.corp_due where auth_corp_id = p_corp
	) as t (v)
$$;

-- missing
select ingest('c1', chat('a', 'wr1', 3));
select is(pg_temp.job('c1'), 'chat/wr1 due +3 n1', 'missing: inserted');
select is(pg_temp.next_due('c1'), 3::bigint, 'and the corp is due with it');
select is((select row(attempts, last_error, claimed_counter, claimed_at, fence)::text from wecom.job where auth_corp_id = 'c1'), '(0,,,,)', 'nothing else is set');

-- due
create temp table before as select pg_temp.versions('c1') as v;
select ingest('c1', chat('b', 'wr1', 3));
select ingest('c1', chat('c', 'wr1', 9));
select ingest('c1', chat('d', 'wr1', 3), chat('e', 'wr1', 4), item('f'));
select is(pg_temp.job('c1'), 'chat/wr1 due +3 n1', 'due in time: unchanged');
select is(pg_temp.versions('c1'), (select v from before), 'due in time: no row is written');
select ingest('c1', chat('g', 'wr1', 2));
select is(pg_temp.job('c1'), 'chat/wr1 due +2 n2', 'due later than wanted: moves earlier, counter + 1');
select is(pg_temp.next_due('c1'), 2::bigint, 'the corp moves with it');
select ingest('c1', chat('h', 'wr1', 1), chat('i', 'wr2', 5), chat('j', 'wr1', 0));
select is(pg_temp.job('c1'), 'chat/wr1 due +0 n3, chat/wr2 due +5 n1', 'several: the earliest counts, once');
select is(pg_temp.next_due('c1'), 0::bigint, 'the corp takes the earliest');
select ingest('c1', chat('k', 'wr3', 7));
select is(pg_temp.next_due('c1'), 0::bigint, 'a later job does not move the corp');
select ingest('c1', item('l', '{"job_kind": "tag", "job_target": "", "due_us": 1772000004000000}'));
select is(pg_temp.job('c1'), 'chat/wr1 due +0 n3, chat/wr2 due +5 n1, chat/wr3 due +7 n1, tag/ due +4 n1', 'an empty target is all of the kind');

-- leased
select ingest('c2', chat('a', 'wr1', 3));
select pg_temp.lease('c2');
delete from wecom.corp_due where auth_corp_id = 'c2';
select ingest('c2', chat('b', 'wr1', 5));
select is(pg_temp.job('c2'), 'chat/wr1 leased +3 n2', 'leased: counter + 1, due again when finished');
truncate before;
insert into before select pg_temp.versions('c2');
select ingest('c2', chat('c', 'wr1', 5));
select ingest('c2', chat('d', 'wr1', 1), chat('e', 'wr1', 5));
select is(pg_temp.job('c2'), 'chat/wr1 leased +3 n2', 'leased and raised: once is enough');
select is(pg_temp.versions('c2'), (select v from before), 'and no row is written');
select is(pg_temp.next_due('c2'), null, 'the next due time of a leased job is its daemon''s business');
select pg_temp.lease('c2');
select ingest('c2', chat('f', 'wr1', 5), chat('g', 'wr2', 5));
select is(pg_temp.job('c2'), 'chat/wr1 leased +3 n3, chat/wr2 due +5 n1', 'leased among several: counter + 1');
select is(pg_temp.next_due('c2'), 5::bigint, 'a new job beside it moves the corp');
-- finishing as the rule says
delete from wecom.job where auth_corp_id = 'c2' and kind = 'chat' and target = 'wr1' and counter = claimed_counter;
select matches(pg_temp.job('c2'), 'wr1', 'a raised job does not vanish when finished');

-- parked
select ingest('c3', chat('a', 'wr1', 3));
update wecom.job set state = 'parked', last_error = 'why' where auth_corp_id = 'c3';
truncate before;
insert into before select pg_temp.versions('c3');
select ingest('c3', chat('b', 'wr1', 1));
select ingest('c3', chat('c', 'wr1', 1), chat('d', 'wr1', 2));
select is(pg_temp.job('c3'), 'chat/wr1 parked +3 n1', 'parked stays parked');
select is(pg_temp.versions('c3'), (select v from before), 'and no row is written');
select is((select count(*) from wecom.event where auth_corp_id = 'c3' and state = 'new'), 4::bigint, 'its events wait');

-- repeats
create function pg_temp.event(p_corp text) returns text language sql as $$
	select string_agg(format('%s %s x%s +%s', body->>'Content', state, deliveries, extract(epoch from due_at)::bigint - 1772000000), ', ' order by body->>'Content')
	from wecom.event where auth_corp_id = p_corp
$$;
create function pg_temp.apply(p_corp text) returns void language sql as $$
	delete from wecom.job where auth_corp_id = p_corp;
	update wecom.event set state = 'applied' where auth_corp_id = p_corp and state = 'new';
$$;
select ingest('c4', chat('a', 'wr1', 3));
select ingest('c4', chat('a', 'wr1', 3));
select is(pg_temp.event('c4') || '; ' || pg_temp.job('c4'), 'a new x2 +3; chat/wr1 due +3 n1', 'a repeat before the pull costs nothing');
select pg_temp.apply('c4');
select ingest('c4', chat('a', 'wr1', 3));
select is(pg_temp.event('c4') || '; ' || pg_temp.job('c4'), 'a new x3 +3; chat/wr1 due +3 n1', 'a repeat after it is due again: no pull is recorded');
select pg_temp.apply('c4');
select ingest('c4', chat('a', 'wr1', 3), chat('b', 'wr2', 3));
select is(pg_temp.event('c4') || '; ' || pg_temp.job('c4'), 'a new x4 +3, b new x1 +3; chat/wr1 due +3 n1, chat/wr2 due +3 n1', 'the same among several');
select pg_temp.apply('c4');
insert into wecom.pull (auth_corp_id, kind, target, begun_at) values ('c4', 'chat', 'wr1', due(3));
select ingest('c4', chat('a', 'wr1', 3));
select is(pg_temp.job('c4'), 'chat/wr1 due +3 n1', 'a pull begun at the due time itself does not cover');
select pg_temp.apply('c4');
update wecom.pull set begun_at = due(3) + interval '1 microsecond';
select ingest('c4', chat('a', 'wr1', 3));
select ingest('c4', chat('a', 'wr1', 3), chat('b', 'wr2', 3), chat('a', 'wr1', 3));
select is(pg_temp.event('c4') || '; ' || pg_temp.job('c4'), 'a applied x8 +3, b new x2 +3; chat/wr2 due +3 n1', 'a pull begun later covers the repeat, and its object only');
select ingest('c4', chat('c', 'wr1', 3));
select matches(pg_temp.job('c4'), 'chat/wr1 due', 'a covered latecomer is the daemon''s to judge');
select pg_temp.apply('c4');
insert into wecom.pull (auth_corp_id, kind, target, begun_at) values ('c4', 'chat', '', due(4));
select ingest('c4', chat('b', 'wr2', 3));
select is(pg_temp.job('c4'), null, 'a pull of all of the kind covers each of them');
select ingest('c5', chat('a', 'wr1', 3));
update wecom.event set state = 'parked' where auth_corp_id = 'c5';
select ingest('c5', chat('a', 'wr1', 3));
select is(pg_temp.event('c5'), 'a parked x2 +3', 'a parked event stays parked');
select ingest('c6', item('a'));
select ingest('c6', chat('a', 'wr1', 3));
select is(pg_temp.event('c6') || '; ' || pg_temp.job('c6'), 'a new x2 +3; chat/wr1 due +3 n1', 'a noted event of which a newer program knows the job');
select ingest('c7', chat('a', 'wr1', 3));
select pg_temp.lease('c7');
select ingest('c7', chat('a', 'wr1', 8));
select is(pg_temp.event('c7') || '; ' || pg_temp.job('c7'), 'a new x2 +8; chat/wr1 leased +3 n2', 'a repeat during the pull is due again, and not covered by that pull');
select ingest('c8', chat('a', 'wr1', 3), chat('a', 'wr1', 3));
select is(pg_temp.event('c8') || '; ' || pg_temp.job('c8'), 'a new x2 +3; chat/wr1 due +3 n1', 'a repeat inside one call');
select ingest('suite:s', item('tick'));
select is(pg_temp.job('suite:s'), null, 'no job, no row');
select is(pg_temp.next_due('suite:s'), null, 'nor a due time');
select ingest('c9', chat('a', 'wr1', 3));
select is((select count(*) from wecom.job where auth_corp_id in ('c8', 'c9') and target = 'wr1'), 2::bigint, 'jobs of corps are apart');

select * from finish();
rollback;
