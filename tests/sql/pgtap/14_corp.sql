-- Corps come, are suspended, leave, come back: corp_authorise, corp_suspend, purge.
begin;
set local search_path = tap, pg_catalog;
select no_plan();
select fake_stores();
create function pg_temp.line(p_corp text) returns text language sql as $$
	select string_agg(format('%s %s %s in %s out %s auth %s', suite_id, state, coalesce(corp_name, '-'), coalesce(extract(epoch from installed_at - due(0))::integer, -1),
		coalesce(extract(epoch from cancelled_at - due(0))::integer, -1), coalesce(extract(epoch from authorised_at - due(0))::integer, -1)), '; ' order by suite_id)
	from wecom.corp where auth_corp_id = p_corp
$$;
create function pg_temp.code(p_corp text) returns text language sql as $$
	select wecom.secret_read(p_corp, 'permanent_code', 's')->>'sealed'
$$;
-- how many rows a corp has in each table, those with none left out
create function pg_temp.held(p_corp text) returns text language plpgsql as $$
declare
	v_table text;
	v_n bigint;
	v_held text := '';
begin
	for v_table in select c.relname from pg_class as c join pg_attribute as a on a.attrelid = c.oid and a.attname = 'auth_corp_id'
		where c.relnamespace = 'wecom'::regnamespace and c.relkind in ('r', 'p') and not c.relispartition order by 1
	loop
		execute format('select count(*) from wecom.%I where auth_corp_id = $1', v_table) into v_n using p_corp;
		if v_n > 0 then
			v_held := v_held || format('%s %s ', v_table, v_n);
		end if;
	end loop;
	return v_held;
end $$;
-- something in every table that can have it, by filling what is not null
create function pg_temp.fill(p_corp text) returns void language plpgsql as $$
declare
	v_table record;
begin
	for v_table in
		select c.relname, string_agg(quote_ident(a.attname), ', ' order by a.attnum) as names,
			string_agg(case
				when a.attname = 'auth_corp_id' then '$1'
				when a.attname = 'period' then '1'
				when a.attname in ('purpose', 'login_by') then quote_literal('web')
				when t.typname in ('text', 'bpchar') then quote_literal('x')
				when t.typname in ('timestamptz') then quote_literal('2026-01-01 00:00+00')
				when t.typname = 'date' then quote_literal('2026-01-01')
				when t.typname = 'uuid' then quote_literal(md5('x'))
				when t.typname = 'jsonb' then quote_literal('{}')
				when t.typname = 'bytea' then quote_literal('\x00')
				when t.typname = 'bool' then 'true'
				when t.typcategory = 'A' then quote_literal('{}')
				else '0' end, ', ' order by a.attnum) as vals
		from pg_class as c
		join pg_attribute as a on a.attrelid = c.oid and a.attnum > 0 and not a.attisdropped and a.attnotnull and not (a.atthasdef and a.attname <> 'n')
		join pg_type as t on t.oid = a.atttypid
		where c.relnamespace = 'wecom'::regnamespace and c.relkind = 'r' and not c.relispartition
			and c.relname not in ('migration', 'setting', 'corp', 'corp_due', 'job', 'lease')
		group by c.relname
	loop
		execute format('insert into wecom.%I (%s) values (%s)', v_table.relname, v_table.names, v_table.vals) using p_corp;
	end loop;
end $$;
create function pg_temp.cancel(p_corp text, p_s integer) returns void language sql as $$
	select ingest(p_corp, item('cancel' || p_s, jsonb_build_object('info_type', 'cancel_auth', 'change_type', null, 'time_s', 1772000000 + p_s, 'body',
		'{"SuiteId": "s"}'::jsonb, 'job_kind', 'purge', 'job_target', '', 'due_us', us(p_s))))
$$;
-- the daemon's part: claim, delete in steps until nothing is left, finish
create function pg_temp.purge(p_corp text, p_s numeric) returns text language plpgsql as $$
declare
	v_claimed text;
	v_left bigint;
	v_steps integer := 0;
begin
	perform wecom.lease_take(p_corp, 'd1', 30);
	v_claimed := tap.claim(p_corp, p_s);
	if v_claimed not like 'purge/%' then
		return v_claimed;
	end if;
	loop
		v_left := (tap.finish(p_corp, p_s, tap.result(p_corp, 'purge/', 'part', '{"data": {"delete": true}, "events": []}'))->0->>'left')::bigint;
		v_steps := v_steps + 1;
		exit when v_left = 0 or v_steps > 50;
	end loop;
	return format('%s steps, %s', v_steps, tap.finish(p_corp, p_s, tap.result(p_corp, 'purge/', 'done')));
end $$;

-- coming
select is(wecom.corp_authorise('c1', 's', 'One', 'aa', us(10)), 'kept', 'a new corp');
select is(pg_temp.line('c1'), 's pending One in 10 out -1 auth 10', 'is pending');
select is(pg_temp.code('c1'), 'aa', 'its code is kept');
select is(jobs('c1') || ' ' || next_due('c1'), 'corp/ due +10.0 +10', 'its auth info is read at once');
update wecom.corp set state = 'active', backfilled_at = due(12), reconcile_at = due(99) where auth_corp_id = 'c1';
select is(wecom.corp_authorise('c1', 's', 'One', 'aa', us(10)), 'kept', 'the same again, for its answer was lost');
select is(pg_temp.line('c1'), 's active One in 10 out -1 auth 10', 'changes nothing');
select is(wecom.corp_authorise('c1', 's', 'Old', 'bb', us(9)), 'older', 'an older one');
select is(pg_temp.line('c1') || pg_temp.code('c1'), 's active One in 10 out -1 auth 10aa', 'neither');
select is(wecom.corp_authorise('c1', 's', null, 'cc', us(20)), 'kept', 'a new code');
select is(pg_temp.line('c1') || pg_temp.code('c1'), 's pending One in 10 out -1 auth 20cc', 'takes the place of the old one, name and install time stay');
select is((select backfilled_at from wecom.corp where auth_corp_id = 'c1'), due(12), 'nothing was lost in between');
select is(wecom.corp_authorise('c1', 't', 'One', 'dd', us(15)), 'kept', 'the app of a second suite');
select is(pg_temp.line('c1'), 's pending One in 10 out -1 auth 20; t pending One in 15 out -1 auth 15', 'is a line of its own');

-- suspended
select corp('c2');
select ok(wecom.corp_suspend('c2', 'WeCom says no'), 'suspended');
select is((select row(state, suspended_reason)::text from wecom.corp where auth_corp_id = 'c2'), '(suspended,"WeCom says no")', 'with the reason');
select cmp_ok((select due_at from wecom.job where auth_corp_id = 'c2' and kind = 'corp'), '>', clock_timestamp() + interval '30 seconds', 'looked at again in a minute');
select ok(not wecom.corp_suspend('c2', 'again'), 'once');
select ok(not wecom.corp_suspend('c9', 'x'), 'not one that is not known');
select is(wecom.corp_authorise('c2', 's', null, 'ee', us(30)), 'kept', 'a new authorisation');
select is((select row(state, suspended_reason)::text from wecom.corp where auth_corp_id = 'c2'), '(pending,)', 'ends it');

-- leaving
select wecom.corp_authorise('p1', 's', 'Leaver', 'aa', us(10)), wecom.corp_authorise('p2', 's', 'Stayer', 'aa', us(10));
update wecom.corp set state = 'active', scope = '{}', admins = '[]', backfilled_at = due(11) where auth_corp_id in ('p1', 'p2');
select lives_ok($$select pg_temp.fill('p1'), pg_temp.fill('p2')$$, 'something in every table');
select is((select count(*) from pg_class where relnamespace = 'wecom'::regnamespace and relkind in ('r', 'p') and not relispartition
	and relname not in ('migration', 'setting', 'corp', 'corp_due', 'job', 'lease', 'event')
	and not pg_temp.held('p1') ~ ('\m' || relname || ' ')), 0::bigint, 'every one');
select ingest(c, chat('a', 'wr1', 3), chat('b', 'wr2', 3), item('c', '{"time_s": 0}')) from unnest('{p1,p2}'::text[]) as u (c);
create temp table held as select pg_temp.held('p2') as h;
select wecom.lease_take('p1', 'd1', 30), claim('p1', 5);
select pg_temp.cancel('p1', 40);
select ingest('p1', chat('after', 'wr9', 50, '{"time_s": 1772000041}'));
select matches(pg_temp.purge('p1', 41), '^[3-9] steps, \["ok"\]$', 'deleted in steps');
select is(pg_temp.line('p1'), 's cancelled - in 10 out 40 auth 10', 'one line is left that says when it left');
select is((select to_jsonb(c) - '{auth_corp_id,suite_id,state,installed_at,cancelled_at,authorised_at}'::text[] from wecom.corp as c where auth_corp_id = 'p1'),
	(select jsonb_object_agg(k, null) from jsonb_object_keys((select to_jsonb(c) - '{auth_corp_id,suite_id,state,installed_at,cancelled_at,authorised_at}'::text[] from wecom.corp as c where auth_corp_id = 'p1')) as k), 'and no more');
select is(pg_temp.held('p1'), 'corp 1 corp_due 1 event 1 job 1 lease 1 ', 'nothing else but an event from after that, which waits');
select is(events('p1') || jobs('p1'), 'after newchat/wr9 due +50.0', 'it may be the first of a new authorisation');
select is(finish('p1', 42, result('p1', 'chat/wr1', 'done', '{"data": {}, "begun_us": 5, "counts": {"x": 1}}')), '["lost"]', 'what was under way is lost');
select is(pg_temp.held('p2'), (select h from held), 'of another corp nothing is gone');
select lives_ok($$select wecom.api_usage_add('p1', '[{"day": "2026-01-31", "api": "user/get", "calls": 2}]')$$, 'a count that comes late');
select is(claim('p1', 4000), '-', 'and an hour later');
select is(pg_temp.held('p1'), 'corp 1 lease 1 ', 'nothing');

-- coming back after the purge
select is(wecom.corp_authorise('p1', 's', 'Back', 'bb', us(40)), 'older', 'an authorisation from before it left');
select is(wecom.corp_authorise('p1', 's', 'Back', 'bb', us(60)), 'kept', 'a new one');
select is(pg_temp.line('p1') || pg_temp.code('p1'), 's pending Back in 60 out -1 auth 60bb', 'is a new beginning');

-- a cancellation that comes late
select pg_temp.cancel('p1', 45);
select is(pg_temp.purge('p1', 61), '1 steps, ["ok"]', 'there is nothing left to delete');
select is(pg_temp.line('p1') || pg_temp.code('p1'), 's pending Back in 60 out -1 auth 60bb', 'the new authorisation stands');
select is((select state from wecom.event where auth_corp_id = 'p1' and job_kind = 'purge'), 'applied', 'the event is applied');
select is(claim('p1', 62), 'corp/ e0', 'and work goes on');

-- coming back before the purge
update wecom.corp set state = 'active', backfilled_at = due(21) where auth_corp_id = 'p2';
select pg_temp.cancel('p2', 40);
update wecom.job set due_at = due(9000) where auth_corp_id = 'p2' and kind = 'purge';
select is(wecom.corp_authorise('p2', 's', 'Stayer', 'ff', us(50)), 'kept', 'back before the delay is over');
select wecom.lease_take('p2', 'd1', 30);
select is((select due_at from wecom.job where auth_corp_id = 'p2' and kind = 'purge'), due(50), 'the purge waits no longer');
select is(pg_temp.purge('p2', 60), '1 steps, ["ok"]', 'it blocks the others only until it is done');
select is(pg_temp.line('p2') || pg_temp.code('p2'), 's pending Stayer in 10 out -1 auth 50ff', 'and deletes nothing');
select is(claim('p2', 61), 'corp/ e0', 'work goes on');

-- what happened to chats while it was away nobody told: they are read anew
create function pg_temp.wanted(p_corp text) returns text language sql as $$
	select string_agg(r.v->>1, ',' order by r.v->>1)
	from jsonb_array_elements(wecom.chat_list_store(p_corp, '{"chats": [{"chat_id": "wr1"}, {"chat_id": "wr2"}, {"chat_id": "wr3"}]}', us(100), us(101), false)->'raise') as r (v)
$$;
create function pg_temp.returned(p_corp text) returns bigint language sql as $$
	select extract(epoch from returned_at)::bigint - 1772000000 from wecom.corp where auth_corp_id = p_corp
$$;
select wecom.corp_authorise('p6', 's', 'Away', 'aa', us(10));
update wecom.corp set state = 'active', backfilled_at = due(21) where auth_corp_id = 'p6';
insert into wecom.group_chat (auth_corp_id, chat_id, member_version, seen_at, synced_at, dismissed_at) values
	('p6', 'wr1', 'A', due(22), due(22), null), ('p6', 'wr2', 'A', due(22), due(22), due(30)), ('p6', 'wr3', 'A', due(55), due(55), null);
delete from wecom.job where auth_corp_id = 'p6';
select is(pg_temp.wanted('p6'), null, 'read, and here ever since');
select is(wecom.corp_authorise('p6', 's', 'Away', 'ee', us(30)), 'kept', 'a new code');
select is(pg_temp.returned('p6'), null, 'is no return');
select wecom.corp_authorise('p6', 's', 'Away', 'ff', us(50)), wecom.lease_take('p6', 'd1', 30);
delete from wecom.job where auth_corp_id = 'p6';
select pg_temp.cancel('p6', 40);
select is(claim('p6', 60), 'purge/ e1', 'a cancellation from before comes late');
select is(finish('p6', 61, result('p6', 'purge/', 'done', '{"data": {"back": true}}')), '["ok"]', 'and deletes nothing');
select is(pg_temp.returned('p6'), 50::bigint, 'but it was away');
select is((select string_agg(format('%s p%s', kind, priority), ', ') from wecom.job where auth_corp_id = 'p6'), 'chat_list p1', 'its chats are listed');
select is(pg_temp.wanted('p6'), 'wr1', 'and read, but for dissolved ones and those read since');
delete from wecom.job where auth_corp_id = 'p6';
select is(wecom.object_store('p6', 'purge', '', '{"back": true}', null, us(62), false), null, 'told again: nothing');
-- before the purge began, and after it had
select pg_temp.cancel('p6', 70);
select is(wecom.corp_authorise('p6', 's', 'Away', 'ab', us(80)) || pg_temp.returned('p6'), 'kept80', 'back before anybody looked');
update wecom.corp set state = 'cancelled', cancelled_at = due(90) where auth_corp_id = 'p6';
delete from wecom.job where auth_corp_id = 'p6';
select is(wecom.corp_authorise('p6', 's', 'Away', 'ac', us(95)) || pg_temp.returned('p6'), 'kept95', 'back after it had left');
select is(wecom.corp_authorise('p6', 's', 'Away', 'ac', us(95)) || pg_temp.returned('p6'), 'kept95', 'the same again');
select is(pg_temp.wanted('p6'), 'wr1,wr3', 'all were read before');
delete from wecom.group_chat where auth_corp_id = 'p6';

-- a corp that was never heard of cancels
select pg_temp.cancel('p3', 40);
select ingest('p3', chat('a', 'wr1', 3));
select matches(pg_temp.purge('p3', 60), '^\d steps, \["ok"\]$', 'deleted as well');
select is(pg_temp.line('p3') || '; ' || pg_temp.held('p3'), 's cancelled - in -1 out 40 auth -1; corp 1 corp_due 1 lease 1 ', 'it leaves a line');

-- by hand
select throws_ok($$select wecom.purge('never')$$, '22023', null, 'nothing is known of the corp');
select wecom.corp_authorise('p4', 's', 'Hand', 'aa', us(10)), pg_temp.fill('p4');
select is(wecom.purge('p4'), 1::bigint, 'purge by hand');
select is((select state from wecom.corp where auth_corp_id = 'p4'), 'cancelled', 'the corp is as one that left');
select matches(pg_temp.purge('p4', 1e9), '^\d steps, \["ok"\]$', 'deleted');
select is(pg_temp.held('p4'), 'corp 1 corp_due 1 lease 1 ', 'all');
select claim('p4', 1e9 + 1);
select is(pg_temp.held('p4'), 'corp 1 lease 1 ', 'and not looked at again');

-- more than one step holds
select wecom.corp_authorise('p5', 's', 'Big', 'aa', us(10));
insert into wecom.gap (auth_corp_id, chat_id, found_at) select 'p5', 'wr' || n, due(1) from generate_series(1, 12000) as n;
select wecom.purge('p5');
select is(pg_temp.purge('p5', 1e9), '5 steps, ["ok"]', 'jobs, three times at most 5000 rows, and the end');

select * from finish();
rollback;
