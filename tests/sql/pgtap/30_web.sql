-- The pages: sessions that die with their corp, states that are good once, installations, what an administrator may ask for.
begin;
set local search_path = tap, pg_catalog;
select no_plan();
create function pg_temp.hash(p_text text) returns text language sql as $$ select encode(sha256(convert_to(p_text, 'UTF8')), 'hex') $$;
create function pg_temp.login(p_corp text, p_text text, p_userid text default 'u1', p_is_admin boolean default false, p_seconds integer default 600)
returns text language sql as $$
	select format('%s %s', b->>'begun', coalesce(b->>'state', '-'))
	from (select wecom.web_session_begin(p_corp, pg_temp.hash(p_text), p_userid, p_is_admin, 'oauth', p_seconds) as b offset 0) as b
$$;
create function pg_temp.who(p_corp text, p_text text) returns text language sql as $$
	select format('%s %s %s', r->>'userid', r->>'is_admin', r->>'state') from (select wecom.web_session_read(p_corp, pg_temp.hash(p_text)) as r) as r
	where r is not null
$$;
select corp('w1'), corp('w2'), corp('w3', 'suspended'), corp('w4', 'cancelled'), corp('w5', 'pending');
update wecom.corp set corp_name = 'One', agent_id = 7, admins = '[{"userid": "boss", "open_userid": "oboss", "auth_type": 1}, {"userid": "sender", "auth_type": 0}, {"userid": null, "auth_type": 1}]' where auth_corp_id = 'w1';
update wecom.corp set suspended_reason = 'WeCom says no' where auth_corp_id = 'w3';

-- beginning
select is(pg_temp.login('w1', 'a'), 'true active', 'a member of an active corp');
select is(pg_temp.who('w1', 'a'), 'u1 false active', 'is who logged in');
select is(pg_temp.who('w2', 'a'), null, 'and nobody in another corp');
select is(pg_temp.who('w1', 'b'), null, 'another id is no session');
select is(wecom.web_session_read('w1', pg_temp.hash('a')) - '{expires_us}'::text[],
	'{"state": "active", "corp_name": "One", "reason": null, "agent_id": 7, "userid": "u1", "is_admin": false, "login_by": "oauth"}', 'with what the pages say');
select is(pg_temp.login('w3', 'a'), 'false suspended', 'a suspended corp has no sessions');
select is(pg_temp.login('w4', 'a'), 'false cancelled', 'one that left neither');
select is(pg_temp.login('w5', 'a'), 'false pending', 'nor one that is being installed');
select is(pg_temp.login('w9', 'a'), 'false -', 'nor one never heard of');
select is((select count(*) from wecom.session where auth_corp_id in ('w3', 'w4', 'w5', 'w9')), 0::bigint, 'of these nothing is kept');
select throws_ok($$select wecom.web_session_begin('w1', 'ff', 'u', false, 'oauth', 9)$$, '22023', null, 'a short hash');
select throws_ok($$select wecom.web_session_begin('w1', pg_temp.hash('x'), '', false, 'oauth', 9)$$, '22023', null, 'nobody');
select throws_ok($$select wecom.web_session_begin('w1', pg_temp.hash('x'), 'u', false, 'guess', 9)$$, '23514', null, 'a login of no known kind');
select throws_ok($$select pg_temp.login('w1', 'a')$$, '23505', null, 'an id is given once');

-- administrators
select is(pg_temp.login('w1', 'boss', 'boss') || pg_temp.login('w1', 'oboss', 'oboss') || pg_temp.login('w1', 'sender', 'sender'), 'true activetrue activetrue active', 'three more');
select is(pg_temp.who('w1', 'boss'), 'boss true active', 'whom the list names');
select is(pg_temp.who('w1', 'oboss'), 'oboss true active', 'by either id');
select is(pg_temp.who('w1', 'sender'), 'sender false active', 'who may only send messages is none');
update wecom.corp set admins = '[]' where auth_corp_id = 'w1';
select is(pg_temp.who('w1', 'boss'), 'boss false active', 'whom it names no more is none');
select is(pg_temp.login('w1', 'new', 'new', true), 'true active', 'whom WeCom itself names at the login');
select is(pg_temp.who('w1', 'new'), 'new true active', 'is one');
update wecom.session set begun_at = begun_at - interval '16 minutes' where userid = 'new';
select is(pg_temp.who('w1', 'new'), 'new false active', 'until the list should have followed');
update wecom.corp set admins = null where auth_corp_id = 'w1';
select is(pg_temp.who('w1', 'boss'), 'boss false active', 'no list');
update wecom.corp set admins = '{"userid": "boss", "auth_type": 1}' where auth_corp_id = 'w1';
select is(pg_temp.who('w1', 'boss'), 'boss false active', 'nor something else in its place');
update wecom.corp set admins = '[{"userid": "boss", "auth_type": 1}]' where auth_corp_id = 'w1';

-- ending
update wecom.session set expires_at = clock_timestamp() where userid = 'new';
select is(pg_temp.who('w1', 'new'), null, 'a session that ran out');
select is((select count(*) from wecom.session where userid = 'new'), 1::bigint, 'is there still');
select pg_temp.login('w1', 'sweeper');
select is((select count(*) from wecom.session where userid = 'new'), 0::bigint, 'until the next login of its corp');
select ok(wecom.web_session_end('w1', pg_temp.hash('a')), 'logout');
select is(pg_temp.who('w1', 'a'), null, 'ends it');
select ok(not wecom.web_session_end('w1', pg_temp.hash('a')), 'once');
select ok(not wecom.web_session_end('w2', pg_temp.hash('boss')), 'not from another corp');
select pg_temp.login('w2', 'many' || n, 'many') from generate_series(1, 25) as n;
select is((select count(*) from wecom.session where auth_corp_id = 'w2' and userid = 'many'), 20::bigint, 'a member has twenty');
select is(pg_temp.who('w2', 'many5') is null and pg_temp.who('w2', 'many6') is not null, true, 'the oldest give way');
update wecom.corp set state = 'suspended', suspended_reason = 'no' where auth_corp_id = 'w2';
select is(pg_temp.who('w2', 'many25'), 'many false suspended', 'the corp''s state is told');
select is(wecom.purge_tables('w2', 1000), 20::bigint, 'a purge takes sessions with it');

-- states
create function pg_temp.take(p_state text, p_browser text, p_corp text default 'suite:s') returns text language sql as $$
	select format('%s %s %s', t->>'purpose', t->>'next', t->>'same_browser') from (select wecom.web_state_take(p_corp, pg_temp.hash(p_state), pg_temp.hash(p_browser)) as t offset 0) as t
	where t is not null
$$;
select is(wecom.web_state_begin('suite:s', pg_temp.hash(s), pg_temp.hash('browser'), 'oauth', '/wecom/workspace', 600), 0::bigint, 'a state')
from unnest('{s1,s2,s3,s4}'::text[]) as u (s);
select is(pg_temp.take('s1', 'browser', 'suite:t'), null, 'of another suite');
select is(pg_temp.take('s1', 'browser'), 'oauth /wecom/workspace true', 'comes back');
select is(pg_temp.take('s1', 'browser'), null, 'once');
select is(pg_temp.take('s2', 'thief'), 'oauth /wecom/workspace false', 'in another browser');
select is(pg_temp.take('s2', 'browser'), null, 'it is used up, too');
select is(pg_temp.take('never', 'browser'), null, 'one never given');
update wecom.login_state set expires_at = clock_timestamp() where auth_corp_id = 'suite:s';
select is(pg_temp.take('s3', 'browser'), null, 'too late');
select is(wecom.web_state_begin('suite:s', pg_temp.hash('s5'), pg_temp.hash('browser'), 'install', '/wecom/settings', 600), 1::bigint, 'what never came back is swept');
select is(wecom.web_state_begin('suite:s', pg_temp.hash('s5'), pg_temp.hash('browser'), 'oauth', '/wecom/x', 600), null, 'a state is given once');
select throws_ok(format('select wecom.web_state_begin(%L, pg_temp.hash(''s6''), pg_temp.hash(''b''), %L, %L, 600)', corp, purpose, next), code, null, why)
from (values ('suite:s', 'oauth', 'https://elsewhere/', '22023', 'a page of somebody else'), ('suite:s', 'oauth', '//elsewhere/wecom/', '22023', 'also without scheme'),
	('suite:s', 'oauth', '/other', '22023', 'or elsewhere'), ('suite:s', 'oauth', '/wecom/' || repeat('x', 1024), '22023', 'a long one'),
	('w1', 'oauth', '/wecom/', '22023', 'under a corp'), ('suite:s', 'theft', '/wecom/', '23514', 'no known purpose'), ('suite:s', 'oauth', null, '22023', 'no page')) as v (corp, purpose, next, code, why);

-- installing: as create_auth does
select ok(wecom.web_install('suite:s', '0123456789abcdef', '0a0b', us(10)), 'a code');
select is(jobs('suite:s'), 'corp/code:0123456789abcdef due +10.0', 'its exchange is due');
select is(next_due('suite:s'), '+10', 'and found');
select is(wecom.secret_read('suite:s', 'auth_code', '0123456789abcdef')->>'sealed', '0a0b', 'the code is kept');
select is(wecom.web_install_state('suite:s', '0123456789abcdef'), 'waiting', 'it waits');
select ok(not wecom.web_install('suite:s', '0123456789abcdef', '0c0d', us(10)), 'the same again');
select is(wecom.secret_read('suite:s', 'auth_code', '0123456789abcdef')->>'sealed', '0a0b', 'changes nothing');
update wecom.job set state = 'parked' where auth_corp_id = 'suite:s';
select is(wecom.web_install_state('suite:s', '0123456789abcdef'), 'failed', 'a job that was given up');
delete from wecom.job where auth_corp_id = 'suite:s';
select is(wecom.web_install_state('suite:s', '0123456789abcdef'), 'done', 'a job that is over');
select is(wecom.web_install_state('suite:s', 'ffffffffffffffff'), null, 'a code that is not known');
select throws_ok($$select wecom.web_install('suite:s', 'x', '0a', 1)$$, '22023', null, 'no name');
select throws_ok($$select wecom.web_install('w1', '0123456789abcdef', '0a', 1)$$, '22023', null, 'no suite');

-- what an administrator may ask for
select corp('w6');
update wecom.corp set admins = '[{"userid": "boss", "auth_type": 1}]' where auth_corp_id in ('w6');
select pg_temp.login('w6', 'boss6', 'boss'), pg_temp.login('w6', 'u6', 'u1');
select is(wecom.web_resync('w6', pg_temp.hash('boss6'), 'tag', null), 1, 'resync');
select is((select string_agg(kind, ',') from wecom.job where auth_corp_id = 'w6'), 'tag', 'of their own corp');
update wecom.job set state = 'parked', last_error = 'x' where auth_corp_id = 'w6';
select is(wecom.web_unpark('w6', pg_temp.hash('boss6'), 'tag', null), 1, 'unpark');
select throws_ok($$select wecom.web_resync('w6', pg_temp.hash('boss6'), 'nothing', null)$$, '22023', null, 'no such kind');
select throws_ok(format('select wecom.web_%s(%L, pg_temp.hash(%L), ''tag'', null)', f, corp, id), '42501', null, f || ': ' || why)
from unnest('{resync,unpark}'::text[]) as u (f), (values ('w6', 'u6', 'a member'), ('w6', 'x', 'nobody'), ('w1', 'boss6', 'another corp')) as v (corp, id, why);
update wecom.corp set state = 'suspended' where auth_corp_id = 'w6';
select throws_ok($$select wecom.web_resync('w6', pg_temp.hash('boss6'), 'tag', null)$$, '42501', null, 'a corp that is suspended');

-- monitoring
select wecom.api_usage_add('w1', jsonb_build_array(jsonb_build_object('day', (now() at time zone 'UTC')::date, 'api', 'user/get', 'calls', 3, 'errors', 1, 'limited', 0, 'saved', 5)));
insert into wecom.counter (auth_corp_id, day, name, n) values ('w1', (now() at time zone 'UTC')::date, 'drift_chat', 2), ('w6', (now() at time zone 'UTC')::date, 'drift_chat', 1),
	('w1', '2020-01-01', 'drift_chat', 50), ('w1', (now() at time zone 'UTC')::date, 'chat_gap', 9);
select is(m->'api', '[{"api": "user/get", "calls": 3, "errors": 1, "limited": 0, "saved": 5}]', 'calls') from (select wecom.web_metrics() as m) as m;
select is(m->'drift', '{"chat": 3}', 'drift') from (select wecom.web_metrics() as m) as m;
select is(m->'corps', '{"active": 1, "cancelled": 1, "pending": 1, "suspended": 3}', 'corps') from (select wecom.web_metrics() as m) as m;
select is((m->>'sessions')::bigint, (select count(*) from wecom.session where expires_at > clock_timestamp()), 'sessions') from (select wecom.web_metrics() as m) as m;
insert into wecom.job (auth_corp_id, kind, target, state, due_at, counter, attempts) values ('w1', 'chat', 'wr1', 'due', clock_timestamp() - interval '90 s', 1, 0),
	('w3', 'chat', 'wr1', 'due', clock_timestamp() - interval '900 s', 1, 0), ('w1', 'chat', 'wr2', 'due', clock_timestamp() + interval '90 s', 1, 0);
select is((q->>'jobs')::int, 3, 'jobs of a kind') from (select jsonb_path_query_first(wecom.web_metrics(), '$.queue[*] ? (@.kind == "chat" && @.state == "due")') as q) as q;
select ok((q->>'age_s')::int between 90 and 100, 'the oldest that an active corp waits for: ' || (q->>'age_s')) from (select jsonb_path_query_first(wecom.web_metrics(), '$.queue[*] ? (@.kind == "chat" && @.state == "due")') as q) as q;

-- with no more rights than the program has
grant usage on schema tap to wecom_web;
set local role wecom_web;
select lives_ok($$select wecom.web_session_begin('w1', repeat('ab', 32), 'u', false, 'web', 9)$$, 'the program begins sessions');
select lives_ok($$select wecom.web_session_read('w1', repeat('ab', 32))$$, 'reads them');
select lives_ok($$select wecom.web_metrics()$$, 'and the figures');
select throws_ok('select wecom.' || call, '42501', null, 'may not call ' || call)
from unnest(array['resync(''w1'', null)', 'unpark(''w1'', null)', 'purge(''w1'')', 'web_corp(''w1'')', 'ingest(''w1'', ''[]'')', 'secret_keep(''w1'', ''[]'')']) as u (call);
select throws_ok('table wecom.' || t, '42501', null, 'may not read wecom.' || t) from unnest('{session,login_state,secret,token,corp}'::text[]) as u (t);
reset role;

select * from finish();
rollback;
