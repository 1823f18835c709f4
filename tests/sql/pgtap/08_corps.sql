-- wecom.ingest without p_corp: events of several corps in one call, which goes its own way inside.
begin;
set local search_path = tap, pg_catalog;
select no_plan();

create function pg_temp.of(p_corp text, p_item jsonb) returns jsonb language sql as $$
	select p_item || jsonb_build_object('corp', p_corp)
$$;
create function pg_temp.jobs() returns text language sql as $$
	select string_agg(format('%s %s/%s %s +%s n%s', auth_corp_id, kind, target, state,
		extract(epoch from due_at)::bigint - 1772000000, counter), ', ' order by auth_corp_id, kind, target)
	from wecom.job
$$;
create function pg_temp.dues() returns text language sql as $$
	select string_agg(format('%s +%s', auth_corp_id, extract(epoch from due_at)::bigint - 1772000000), ', ' order by auth_corp_id)
	from wecom.corp_due
$$;
create function pg_temp.versions() returns text language sql as $$
	select string_agg(v, ' ' order by v)
	from (select 'j' || ctid from wecom.job union all select 'd' || ctid from wecom.corp_due) as t (v)
$$;

-- new ones, one content in two corps, one content twice in a corp
select is(ingest(null,
		pg_temp.of('b', chat('x', 'wr2', 5)),
		pg_temp.of('a', chat('x', 'wr1', 3)),
		pg_temp.of('b', chat('y', 'wr1', 4)),
		pg_temp.of('a', item('note')),
		pg_temp.of('a', chat('x', 'wr1', 3)),
		pg_temp.of('suite:s', item('t1', '{"secret_kind": "suite_ticket", "secret_name": "", "secret_sealed": "aa"}'))),
	'1 2 1 1 2 1', 'deliveries in order: one content in two corps is two events');
select is((select string_agg(format('%s %s %s', auth_corp_id, body->>'Content', deliveries), ', ' order by auth_corp_id, body->>'Content')
		from wecom.event), 'a note 1, a x 2, b x 1, b y 1, suite:s t1 1', 'each row under its corp');
select is((select string_agg(format('%s %s', auth_corp_id, state), ', ' order by auth_corp_id, state) from wecom.event),
	'a new, a noted, b new, b new, suite:s noted', 'state by job');
select is(pg_temp.jobs(), 'a chat/wr1 due +3 n1, b chat/wr1 due +4 n1, b chat/wr2 due +5 n1', 'one job for each object of each corp');
select is(pg_temp.dues(), 'a +3, b +4', 'each corp due with its earliest job');
select is((select string_agg(format('%s %s %s', auth_corp_id, kind, encode(sealed, 'hex')), ', ') from wecom.secret),
	'suite:s suite_ticket aa', 'the secret is kept under its corp');

-- jobs that wait in time are not written again; earlier ones are
create temporary table version as select pg_temp.versions() as v;
select ingest(null, pg_temp.of('a', chat('later', 'wr1', 9)), pg_temp.of('b', chat('later', 'wr2', 5)));
select is(pg_temp.versions(), (select v from version), 'a job that is due in time is left alone, and its corp');
select ingest(null, pg_temp.of('a', chat('sooner', 'wr1', 1)), pg_temp.of('b', chat('sooner', 'wr2', 4)));
select is(pg_temp.jobs(), 'a chat/wr1 due +1 n2, b chat/wr1 due +4 n1, b chat/wr2 due +4 n2', 'an earlier time moves the job');
select is(pg_temp.dues(), 'a +1, b +4', 'and the corp only where it is earlier');

-- leased and parked
update wecom.job set state = 'leased', claimed_counter = counter, claimed_at = due(3), fence = 1 where auth_corp_id = 'a';
update wecom.job set state = 'parked' where auth_corp_id = 'b' and target = 'wr1';
select ingest(null, pg_temp.of('a', chat('meanwhile', 'wr1', 7)), pg_temp.of('b', chat('parked', 'wr1', 7)));
select is(pg_temp.jobs(), 'a chat/wr1 leased +1 n3, b chat/wr1 parked +4 n1, b chat/wr2 due +4 n2', 'leased is counted, parked stays');

-- repeats and an older ticket, beside a new event
delete from wecom.job;
select is(ingest(null,
		pg_temp.of('b', chat('y', 'wr1', 4)),
		pg_temp.of('c', chat('z', 'wr1', 6)),
		pg_temp.of('suite:s', item('t0', '{"time_s": 1771999999, "secret_kind": "suite_ticket", "secret_name": "", "secret_sealed": "bb"}'))),
	'2 1 1', 'a repeat is told among others');
select is(pg_temp.jobs(), 'b chat/wr1 due +4 n1, c chat/wr1 due +6 n1', 'the object of the repeat is due again');
select is((select encode(sealed, 'hex') from wecom.secret), 'aa', 'an older ticket changes nothing');

-- a pull that covers the repeat
insert into wecom.pull (auth_corp_id, kind, target, begun_at) values ('b', 'chat', 'wr1', due(9));
delete from wecom.job;
select is(ingest(null, pg_temp.of('b', chat('y', 'wr1', 4)), pg_temp.of('c', item('n'))), '3 1', 'another repeat');
select is(pg_temp.jobs(), null, 'covered: no job');

-- nothing is stored of a call with a fault
select throws_ok($$select wecom.ingest(null, jsonb_build_array(item('good') || '{"corp": "a"}', item('none')))$$, '23502', null, 'no corp');
select throws_ok($$select wecom.ingest(null, jsonb_build_array(item('good') || '{"corp": "a"}', item('e') || '{"corp": ""}'))$$, '22023', null, 'empty corp');
select throws_ok($$select wecom.ingest(null, jsonb_build_array(item('l') || jsonb_build_object('corp', repeat('x', 129))))$$, '22023', null, 'corp too long');
select throws_ok($$select wecom.ingest(null, jsonb_build_array(chat('h', 'w') || '{"corp": "a", "hash": "00"}'))$$, '22023', null, 'wrong hash');
select is((select count(*) from wecom.event where body->>'Content' in ('good', 'e', 'l', 'h')), 0::bigint, 'nothing of them is stored');
select is(ingest(null, pg_temp.of('solo', chat('only', 'wr9', 2))), '1', 'one event without p_corp');
select is(wecom.ingest(null, '[]'), '', 'no event');

-- from the spool, after a pull of the object: what is told twice in one call and was never there before has its job all the same
insert into wecom.pull (auth_corp_id, kind, target, begun_at) values ('late', 'chat', 'wrl', tap.due(100)), ('later', 'chat', 'wrl', tap.due(100));
select is(ingest('late', chat('l', 'wrl', 5), chat('l', 'wrl', 5)), '2 2', 'one corp: told twice');
select is(ingest(null, pg_temp.of('later', chat('l', 'wrl', 5)), pg_temp.of('later', chat('l', 'wrl', 5)), pg_temp.of('other', item('n'))), '2 2 1', 'several corps');
select is((select string_agg(auth_corp_id || ' ' || target || ' ' || state, ', ' order by auth_corp_id) from wecom.job where auth_corp_id in ('late', 'later')),
	'late wrl due, later wrl due', 'a job waits for each');

select finish();
rollback;
