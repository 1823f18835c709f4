-- wecom.ingest: events and secrets.  Runs each rule for one event a call and for several, whose code differs.
begin;
set local search_path = tap, pg_catalog;
select no_plan();

-- new and repeated
select is(ingest('c1', item('a')), '1', 'a new event');
select is(ingest('c1', item('a')), '2', 'a repeat is counted');
select is(ingest('c1', item('b'), item('a'), item('c')), '1 3 1', 'deliveries come in the order of the array');
select is(ingest('c1', item('d'), item('e'), item('d'), item('d')), '3 1 3 3', 'a repeat inside the array is one row');
select is(ingest('c1', item('d'), item('e'), item('d')), '5 2 5', 'the same again');
select is((select count(*) from wecom.event where auth_corp_id = 'c1'), 5::bigint, 'one row for each content');
select is(wecom.ingest('c1', '[]'), '', 'an empty array stores nothing');
select is(ingest('c2', item('a')), '1', 'the same content of another corp is another event');
select is((select count(*) from wecom.event where auth_corp_id = 'c1' and event_time = to_timestamp(1772000000)), 5::bigint,
	'different events of one second do not collide');
select is(ingest('c1', item('a', '{"body": {"Content": "other"}, "received_us": 5, "id": "00000000-0000-7000-8000-000000000001"}')), '4',
	'a repeat is found by its hash');
select results_eq(
	$$select event_id, received_at, body from wecom.event where auth_corp_id = 'c1' and content_hash = sha256('a')$$,
	$$values (md5('a')::uuid, to_timestamp(1772000001), '{"Content": "a"}'::jsonb)$$,
	'a repeat changes neither id, nor arrival, nor body');

-- what is stored
select ingest('c3', item('x', '{"route": "data", "info_type": "event", "change_type": "subscribe"}'));
select results_eq(
	$$select route, info_type, change_type, state, job_kind, job_target, due_at from wecom.event where auth_corp_id = 'c3'$$,
	$$values ('data', 'event', 'subscribe', 'noted', null::text, null::text, null::timestamptz)$$,
	'an event without a job is noted');
select ingest('c4', chat('x', 'wr1'));
select ingest('c4', chat('y', 'wr2'), item('z', '{"info_type": null, "change_type": null}'));
select results_eq(
	$$select body->>'Content', info_type, state, job_kind, job_target, due_at from wecom.event where auth_corp_id = 'c4' order by 1$$,
	$$values ('x', 'change_external_chat', 'new', 'chat', 'wr1', due(3)), ('y', 'change_external_chat', 'new', 'chat', 'wr2', due(3)),
		('z', null, 'noted', null, null, null)$$,
	'an event with a job is new and says which');
select ingest('c5', item('u', '{"time_s": 0}'), item('v', '{"time_s": 4102444799}'), item('w', '{"time_s": 1262304000}'));
select results_eq(
	$$select tableoid::regclass::text, event_time from wecom.event where auth_corp_id = 'c5' order by event_time$$,
	$$values ('wecom.event_undated', to_timestamp(0)), ('wecom.event_default', to_timestamp(1262304000)),
		('wecom.event_default', to_timestamp(4102444799))$$,
	'undated events have a place of their own, far ones the default partition');
select is(ingest('c5', item('u', '{"time_s": 0}')), '2', 'the repeat of an undated event is found');
select is(ingest('suite:ww1', item('t')), '1', 'suite-wide events');
select is(ingest('不认识', item('群聊', '{"body": {"Name": "客户群🙂"}}')), '1', 'Chinese text');
select is((select body->>'Name' from wecom.event where auth_corp_id = '不认识'), '客户群🙂', 'comes back as it was');
select is(ingest('c6', item('large', jsonb_build_object('body', jsonb_build_object('Text', repeat('中', 21900))))), '1', 'a body of 64 KiB');
select is((select octet_length(body->>'Text') from wecom.event where auth_corp_id = 'c6'), 65700, 'comes back whole');
select is(ingest(repeat('c', 128), item('a')), '1', 'a corp id of 128 bytes');
select is(ingest('c7', item('us', '{"received_us": 1772000001234567}')), '1', 'microseconds');
select is((select received_at from wecom.event where auth_corp_id = 'c7'), timestamptz '2026-02-25 06:13:21.234567+00', 'are kept');

-- secrets
create function pg_temp.ticket(p_time_s bigint, p_sealed text) returns jsonb language sql as $$
	select tap.item('ticket ' || p_time_s || p_sealed, jsonb_build_object('time_s', p_time_s, 'secret_kind', 'suite_ticket',
		'secret_name', '', 'secret_sealed', p_sealed))
$$;
create function pg_temp.held(p_corp text) returns text language sql as $$
	select string_agg(kind || ':' || name || ':' || encode(sealed, 'hex') || ':' || extract(epoch from secret_at)::bigint, ' ' order by kind, name)
	from wecom.secret where auth_corp_id = p_corp
$$;
select ingest('suite:s', pg_temp.ticket(1772000100, '0a'));
select is(pg_temp.held('suite:s'), 'suite_ticket::0a:1772000100', 'a ticket is kept');
select ingest('suite:s', pg_temp.ticket(1772000099, '0b'));
select is(pg_temp.held('suite:s'), 'suite_ticket::0a:1772000100', 'an older one does not replace it');
select ingest('suite:s', pg_temp.ticket(1772000100, '0c'));
select is(pg_temp.held('suite:s'), 'suite_ticket::0a:1772000100', 'nor does one of the same time');
select ingest('suite:s', pg_temp.ticket(1772000101, '0d'));
select is(pg_temp.held('suite:s'), 'suite_ticket::0d:1772000101', 'a newer one does');
select ingest('suite:s', pg_temp.ticket(1772000103, 'ff'), pg_temp.ticket(1772000105, '0e'), pg_temp.ticket(1772000104, '0f'));
select is(pg_temp.held('suite:s'), 'suite_ticket::0e:1772000105', 'of several in one call the newest stays');
select ingest('suite:u', pg_temp.ticket(0, '01'));
select is(pg_temp.held('suite:u'), 'suite_ticket::01:0', 'an undated ticket is better than none');
select ingest('c8', item('code', '{"secret_kind": "auth_code", "secret_name": "00ff", "secret_sealed": "aa"}'),
	item('code2', '{"secret_kind": "auth_code", "secret_name": "11ff", "secret_sealed": "bb"}'));
select ingest('c8', item('code', '{"secret_kind": "auth_code", "secret_name": "00ff", "secret_sealed": "cc"}'));
select is(pg_temp.held('c8'), 'auth_code:00ff:aa:1772000000 auth_code:11ff:bb:1772000000', 'auth codes are kept by name');

-- refused, with nothing stored
create function pg_temp.refused(p_corp text, p_items jsonb, p_sqlstate char(5), p_what text) returns setof text language plpgsql as $$
begin
	return next throws_ok(format('select wecom.ingest(%L, %L)', p_corp, p_items), p_sqlstate, null, p_what || ', one');
	if jsonb_typeof(p_items) = 'array' and p_corp is not null then
		return next throws_ok(format('select wecom.ingest(%L, %L)', p_corp, p_items || jsonb_build_array(item('good'))), p_sqlstate, null, p_what || ', among others');
	end if;
end $$;
select pg_temp.refused('bad', jsonb_build_array(item('a', m)), s, w) from (values
	('{"hash": "00"}'::jsonb, '22023', 'short hash'),
	('{"hash": "zz"}', '22023', 'hash not hexadecimal'),
	('{"hash": null}', '23502', 'no hash'),
	('{"time_s": null}', '23502', 'no time'),
	('{"received_us": null}', '23502', 'no arrival'),
	('{"time_s": "x"}', '22P02', 'time not a number'),
	('{"id": "x"}', '22P02', 'id no UUID'),
	('{"id": null}', '23502', 'no id'),
	('{"route": "other"}', '22023', 'unknown route'),
	('{"route": null}', '23502', 'no route'),
	('{"job_kind": "chat"}', '22023', 'job without target and time'),
	('{"job_kind": "chat", "job_target": ""}', '22023', 'job without time'),
	('{"due_us": 1}', '22023', 'time without job'),
	('{"secret_kind": "auth_code"}', '23502', 'secret without name and value'),
	('{"secret_kind": "auth_code", "secret_name": "n", "secret_sealed": "x"}', '22023', 'secret not hexadecimal')
) as b (m, s, w);
select throws_ok($$select wecom.ingest('bad', '[1]')$$, '23502', null, 'element not an object, one');
select throws_ok($$select wecom.ingest('bad', '[1, {}]')$$, '22023', null, 'element not an object, among others');
select pg_temp.refused('bad', '{}', '22023', 'not an array');
select pg_temp.refused('bad', null, '22023', 'no array');
select pg_temp.refused('', '[]', '22023', 'empty corp');
select pg_temp.refused(repeat('中', 43), '[]', '22023', 'corp of 129 bytes');
select is_empty($$select from wecom.event where auth_corp_id = 'bad'$$, 'nothing of it is stored');

select * from finish();
rollback;
