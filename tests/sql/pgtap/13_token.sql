-- Tokens: one turn to fetch at a time, dropped only by those who had it; secrets; counts of calls.
begin;
set local search_path = tap, pg_catalog;
select no_plan();
-- at +p_s, renewed 100 s early, turns of 20 s
create function pg_temp.take(p_owner text, p_s numeric, p_slot integer default 20) returns text language sql as $$
	select format('%s %s %s %s', t->>'generation', coalesce(t->>'sealed', '-'), coalesce(((t->>'expires_us')::bigint - us(0)) / 1000000, 0), t->>'mine')
	from (select wecom.token_take('c1', 'access_token', p_owner, us(p_s), 100, p_slot) as t) as t
$$;
create function pg_temp.keep(p_owner text, p_hex text, p_s numeric) returns bigint language sql as $$
	select wecom.token_keep('c1', 'access_token', p_owner, p_hex, us(p_s))
$$;

-- two owners
select is(pg_temp.take('d1', 0), '0 - 0 true', 'no token: it is the turn of who asks first');
select is(pg_temp.take('d2', 0), '0 - 0 false', 'the other one waits');
select is(pg_temp.take('d1', 0), '0 - 0 true', 'the first one missed the answer and asks again');
select is(pg_temp.keep('d2', 'ff', 7200), null, 'who has not the turn keeps nothing');
select is(pg_temp.keep('d1', '01', 7200), 1::bigint, 'the first token');
select is(pg_temp.keep('d1', '02', 7200), null, 'the turn is over');
select is(pg_temp.take('d2', 0), '1 01 7200 false', 'all use it');
select is(pg_temp.take('d2', 7099), '1 01 7200 false', 'as long as it lives long enough');

-- early renewal
select is(pg_temp.take('d2', 7100), '1 01 7200 true', 'early renewal: the turn of one, who may go on with the old one');
select is(pg_temp.take('d1', 7101), '1 01 7200 false', 'the others use the old one');
select is(pg_temp.take('d1', 7200), '1 - 7200 false', 'until it is dead');
select is(pg_temp.keep('d2', '02', 14400), 2::bigint, 'the next one');
select is(pg_temp.take('d1', 7201), '2 02 14400 false', 'is for all');

-- a turn that nobody ends
select is(pg_temp.take('d1', 14400, -1), '2 - 14400 true', 'a turn');
select is(pg_temp.take('d2', 14400), '2 - 14400 true', 'that has run out is another''s');
select is(pg_temp.keep('d1', 'ff', 20000), null, 'the late one keeps nothing');
select is(pg_temp.keep('d2', '03', 21600), 3::bigint, 'the other does');

-- dropping
select ok(not wecom.token_drop('c1', 'access_token', 2), 'an older generation is not to be dropped');
select ok(not wecom.token_drop('c1', 'suite_access_token', 3), 'nor another kind');
select ok(not wecom.token_drop('c2', 'access_token', 3), 'nor another corp''s');
select is(pg_temp.take('d1', 14401), '3 03 21600 false', 'it is still there');
select ok(wecom.token_drop('c1', 'access_token', 3), 'the failing generation is');
select ok(not wecom.token_drop('c1', 'access_token', 3), 'once');
select is(pg_temp.take('d1', 14401), '3 - 0 true', 'and fetched anew');
select is(pg_temp.keep('d1', '04', 21600), 4::bigint, 'under a new number');
select throws_ok($$select pg_temp.keep('d1', 'xx', 1) from (select wecom.token_drop('c1', 'access_token', 4), pg_temp.take('d1', 1)) as t$$, '22023', null,
	'not hexadecimal');

-- secrets
select ingest('suite:s', item('t', '{"secret_kind": "suite_ticket", "secret_name": "", "secret_sealed": "0a0b"}'));
select is(wecom.secret_read('suite:s', 'suite_ticket', ''), '{"sealed": "0a0b", "secret_us": 1772000000000000}', 'a secret and its time');
select is(wecom.secret_read('suite:s', 'suite_ticket', 'x'), null, 'another name');
select is(wecom.secret_read('suite:t', 'suite_ticket', ''), null, 'another corp');

-- calls
select corp('c1');
select wecom.api_usage_add('c1', '[{"day": "2026-01-31", "api": "user/get", "calls": 2, "errors": 1, "limited": 0, "saved": 3},
	{"day": "2026-01-31", "api": "user/get", "calls": 1}, {"day": "2026-02-01", "api": "user/get", "calls": 5, "errors": 0, "limited": 4, "saved": 0}]');
select wecom.api_usage_add('c1', '[{"day": "2026-01-31", "api": "user/get", "calls": 10, "errors": 20, "limited": 30, "saved": 40}]');
select wecom.api_usage_add('c1', '[]');
select results_eq('select * from report.api_usage order by day', $$values
	('c1', '2026-01-31'::date, 'user/get', 13::bigint, 21::bigint, 30::bigint, 43::bigint), ('c1', '2026-02-01', 'user/get', 5, 0, 4, 0)$$, 'calls are added up by day and API');
select wecom.counter_add('c1', '2026-01-31', '[{"x": 1}, {"x": 2, "y": 0}]');
select results_eq('select name, n from wecom.counter', $$values ('x', 3::bigint)$$, 'so are counters');

-- credentials
update wecom.secret set secret_at = now() - interval '90 seconds' where auth_corp_id = 'suite:s';
select corp('c2', 'suspended');
insert into wecom.corp (auth_corp_id, suite_id) values ('c3', 'other');
select results_eq('select * from report.credentials order by 1', $$values ('c1', 90::bigint, due(21600), 'active'), ('c2', 90, null, 'suspended'), ('c3', null, null, 'pending')$$,
	'age of the ticket, end of the token');
grant usage on schema tap to wecom_report;
set local role wecom_report;
set local app.corp = 'c2';
select results_eq('select * from report.credentials', $$values ('c2', 90::bigint, null::timestamptz, 'suspended')$$, 'one corp sees its own line, with the age of the suite''s ticket');
reset role;

select * from finish();
rollback;
