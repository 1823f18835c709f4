-- wecom.corp_store, wecom.openid_store, wecom.object_store's kinds, and what jobs about a corp are told.
begin;
set local search_path = tap, pg_catalog;
select no_plan();

create function pg_temp.store(p_data jsonb, p_corp text default 'c1') returns text language sql as $$
	select string_agg(concat_ws(' ', v->>0, '[' || (v->>1) || ']', v->>3), ', ' order by n)
	from jsonb_array_elements(wecom.object_store(p_corp, 'corp', '', p_data, null, 1772000005000000, false)->'raise') with ordinality as r (v, n)
$$;
create function pg_temp.corp(p_suite text default 's') returns text language sql as $$
	select format('%s %s %s %s %s %s %s %s %s', state, corp_name, agent_id, auth_mode, scope, permissions, jsonb_array_length(admins), extract(epoch from backfilled_at)::bigint - 1772000000, suspended_reason)
	from wecom.corp where auth_corp_id = 'c1' and suite_id = p_suite
$$;
create temp table good as select '{"begun_us": 1772000001000000, "corp_name": "Co", "corp_type": "verified", "subject_type": 1, "agent_id": 1000002, "auth_mode": 0,
	"scope": {"allow_party": [1], "level": 1}, "permissions": ["b", "a", "b"], "admins": [{"userid": "u1", "auth_type": 1}]}'::jsonb as data;
create temp table everything as select 'tag [] 1, member_list [] 1, customer_list [] 1, chat_list [] 1'::text as v;

select is(pg_temp.store(data), null, 'a corp that is not known stays so') from good;
insert into wecom.corp (auth_corp_id, suite_id, state, authorised_at) values ('c1', 's', 'pending', due(0)), ('c2', 's', 'pending', due(0));
select is(pg_temp.store(data), (select v from everything), 'the first auth info: everything is read') from good;
select is(pg_temp.corp(), 'active Co 1000002 0 {"level": 1, "allow_party": [1]} {a,b} 1 5 ', 'and the corp is active');
select is(pg_temp.store(data || '{"permissions": ["a", "b"]}'), null, 'the same again: nothing') from good;
select is(pg_temp.store('{"corp_name": null, "scope": null, "permissions": null, "admins": null, "agent_id": null}'), null, 'nor by what is absent');
select is(pg_temp.corp(), 'active Co 1000002 0 {"level": 1, "allow_party": [1]} {a,b} 1 5 ', 'which overwrites nothing');
select is(pg_temp.store(data || '{"corp_name": "Other", "admins": []}'), null, 'a name calls for no reading') from good;
select is(pg_temp.store(data || '{"scope": {"level": 1}}'), (select v from everything), 'a scope does') from good;
select is(pg_temp.store(data || '{"scope": {"level": 1}, "permissions": ["a"]}'), (select v from everything), 'permissions do') from good;
select is(pg_temp.store(data || '{"scope": {"level": 1}, "permissions": ["a"], "auth_mode": 1}'), (select v from everything), 'the mode does') from good;
select wecom.corp_suspend('c1', 'error 40084');
select is(pg_temp.store(data || '{"scope": {"level": 1}, "permissions": ["a"], "auth_mode": 1}'), null, 'a suspended corp goes on') from good;
select is(pg_temp.corp(), 'active Co 1000002 1 {"level": 1} {a} 1 5 ', 'and is active');
update wecom.corp set state = 'pending' where auth_corp_id = 'c1';
select is(pg_temp.store(data || '{"scope": {"level": 1}, "permissions": ["a"], "auth_mode": 1}'), (select v from everything), 'one that is authorised anew is read anew') from good;
select is((select state from wecom.corp where auth_corp_id = 'c2'), 'pending', 'another corp is not');

-- a second suite; a corp that left
insert into wecom.corp (auth_corp_id, suite_id, state, authorised_at) values ('c1', 's2', 'pending', due(9));
select is(pg_temp.store(data || '{"suite_id": "s"}'), (select v from everything), 'the suite that the data names') from good;
select is(pg_temp.corp('s2'), 'pending        ', 'and not the other');
select is(pg_temp.store(data), (select v from everything), 'else the one authorised last') from good;
select is(pg_temp.corp('s2'), 'active Co 1000002 0 {"level": 1, "allow_party": [1]} {a,b} 1 5 ', 'is active');
update wecom.corp set state = 'cancelled', cancelled_at = due(20) where auth_corp_id = 'c2';
select is(pg_temp.store(data, 'c2'), null, 'a corp that left stays away') from good;
select is((select state from wecom.corp where auth_corp_id = 'c2'), 'cancelled', 'whatever is told');

-- what jobs are told
insert into wecom.secret (auth_corp_id, kind, name, secret_at, sealed) values ('c1', 'permanent_code', 's', due(0), '\x01'), ('c1', 'permanent_code', 's2', due(0), '\x02'),
	('suite:s', 'auth_code', 'abc', due(7), '\x03');
select is(wecom.job_state('c1', 'corp', ''), '{"suite_id": "s2", "secret": "02", "scope": {"level": 1, "allow_party": [1]}, "permissions": ["a", "b"], "auth_mode": 0, "state": "active", "seen_us": 0}',
	'a corp, by the suite authorised last, with its permanent code');
select is(wecom.job_state('suite:s', 'corp', 'code:abc'), '{"secret": "03", "secret_us": 1772000007000000, "seen_us": 0}', 'an auth code');
select is(wecom.job_state('suite:s', 'corp', 'code:none'), '{"secret": null, "secret_us": 0, "seen_us": 0}', 'or none');
select is(wecom.job_state('c9', 'corp', '')->'secret', 'null', 'nothing of an unknown corp');
select is(wecom.job_state('c1', 'purge', ''), '{"cancelled_us": 0, "authorised_us": 1772000009000000, "seen_us": 0}', 'a purge: not cancelled');
select is(wecom.job_state('c2', 'purge', ''), '{"cancelled_us": 1772000020000000, "authorised_us": 1772000000000000, "seen_us": 0}', 'known to be');
select ingest('c2', item('c', '{"job_kind": "purge", "job_target": "", "time_s": 1772000030, "due_us": 1772000030000000}'));
select is(wecom.job_state('c2', 'purge', '')->'cancelled_us', '1772000030000000', 'or by an event that waits');
select throws_ok($$select wecom.object_store('c1', 'odd', '', '{}', null, 1, false)$$, '22023', null, 'an unknown kind is told');

-- userid_to_openuserid
create function pg_temp.map() returns text language sql as $$
	select string_agg(concat_ws(' ', userid, state, open_userid), ', ' order by userid) from wecom.openid_map where auth_corp_id = 'c1'
$$;
create function pg_temp.us_today() returns bigint language sql as $$ select (extract(epoch from now()) * 1000000)::bigint $$;
insert into wecom.openid_map (auth_corp_id, userid, state) values ('c1', 'a', 'wanted'), ('c1', 'b', 'wanted'), ('c1', 'c', 'wanted'), ('c2', 'a', 'wanted');
select is(wecom.job_state('c1', 'openid_map', ''), '{"wanted": ["a", "b", "c"], "errors_today": 0, "frozen_us": 0, "seen_us": 0}', 'what is wanted');
select wecom.object_store('c1', 'openid_map', '', '{"mapped": [["a", "oa"], ["a", "twice"], ["d", "od"]], "invalid": ["b", "d"], "errors": 1, "frozen_us": null}', null, pg_temp.us_today(), false);
select is(pg_temp.map(), 'a mapped oa, b invalid, c wanted, d mapped od', 'answers, the first of each');
select wecom.object_store('c1', 'openid_map', '', jsonb_build_object('mapped', '[["b", "ob"]]'::jsonb, 'invalid', '["a"]'::jsonb, 'errors', 2, 'frozen_us', 1772000099000000), null, pg_temp.us_today(), false);
select is(pg_temp.map(), 'a mapped oa, b mapped ob, c wanted, d mapped od', 'a known answer is not taken back');
select is(wecom.job_state('c1', 'openid_map', ''), '{"wanted": ["c"], "errors_today": 3, "frozen_us": 1772000099000000, "seen_us": 0}', 'the day''s budget');
select wecom.object_store('c1', 'openid_map', '', '{"errors": 0, "frozen_us": null}', null, pg_temp.us_today(), false);
select is((select count(*) from wecom.openid_budget), 1::bigint, 'nothing to add');
update wecom.openid_budget set day = day - 1;
select is(wecom.job_state('c1', 'openid_map', '')->'errors_today', '0', 'yesterday''s errors are over');
select is((select state from wecom.openid_map where auth_corp_id = 'c2'), 'wanted', 'two corps are apart');
insert into wecom.openid_map (auth_corp_id, userid, state) select 'c3', 'w' || i, 'wanted' from generate_series(1, 1500) as i;
select is(jsonb_array_length(wecom.job_state('c3', 'openid_map', '')->'wanted'), 1000, 'at most a thousand at once');

-- what was parked for want of a permission goes on when the corp's permissions change
insert into wecom.corp (auth_corp_id, suite_id, state, permissions, backfilled_at) values ('p1', 's', 'active', '{a}', due(0));
select wecom.corp_due_raise('p1', wecom.job_raise_priority('p1', jsonb_build_array(jsonb_build_array('corp', '', us(3)))));
insert into wecom.job (auth_corp_id, kind, target, state, due_at, counter, attempts, last_error, priority) values
	('p1', 'chat_list', '', 'parked', due(1), 1, 3, '48002', 0), ('p1', 'customer', 'x', 'parked', due(1), 1, 3, '48002', 0), ('p1', 'purge', '', 'parked', due(1), 1, 3, 'x', 0);
select wecom.lease_take('p1', 'd1', 30);
select is(claim('p1', 10), 'corp/ e0', 'the corp itself');
select tap.finish('p1', 11, result('p1', 'corp/', 'done', jsonb_build_object('data', '{"permissions": ["a"]}'::jsonb)));
select is((select string_agg(kind || ' ' || state, ', ' order by kind) from wecom.job where auth_corp_id = 'p1'), 'chat_list parked, customer parked, purge parked', 'nothing changed: all wait');
select wecom.corp_due_raise('p1', wecom.job_raise_priority('p1', jsonb_build_array(jsonb_build_array('corp', '', us(12)))));
select is(claim('p1', 13), 'corp/ e0', 'the corp once more');
select tap.finish('p1', 14, result('p1', 'corp/', 'done', jsonb_build_object('data', '{"permissions": ["a", "b"]}'::jsonb)));
select is((select string_agg(kind || ' ' || state, ', ' order by kind) from wecom.job where auth_corp_id = 'p1'),
	'chat_list due, customer due, customer_list due, member_list due, purge parked, tag due', 'a permission came: all but the purge go on');

-- what is dropped of a corp that left, and of none that is authorised again
insert into wecom.corp (auth_corp_id, suite_id, state, cancelled_at) values ('g1', 's', 'cancelled', due(5));
select ingest('g1', chat('a', 'wr1', 3));
update wecom.job set state = 'leased', claimed_counter = counter, claimed_at = due(6), fence = 1 where auth_corp_id = 'g1';
insert into wecom.job (auth_corp_id, kind, target, state, due_at, counter, attempts) values ('g1', 'corp', '', 'due', due(1), 1, 0);
update wecom.corp set state = 'pending', cancelled_at = null where auth_corp_id = 'g1';
select is(wecom.job_drop('g1', due(9), 10), 0::bigint, 'authorised again: its jobs stay');
update wecom.corp set state = 'cancelled', cancelled_at = due(5) where auth_corp_id = 'g1';
select is(wecom.job_drop('g1', due(9), 10), 2::bigint, 'a corp that left');
select is((select string_agg(format('%s %s %s', kind, state, due_at = due(9)), ', ') from wecom.job where auth_corp_id = 'g1'), 'chat due t',
	'what has an event is taken back, and is due from then on, where a claim looks');

select * from finish();
rollback;
