-- What the pages and files ask for: shapes, lists that are sorted, cut and searched, and arguments of rubbish.
begin;
set local search_path = tap, pg_catalog;
select no_plan();

insert into wecom.corp (auth_corp_id, suite_id, corp_name, state, scope, permissions, admins, backfilled_at, agent_id) values ('c1', 's', '一号公司', 'active',
	'{"allow_user": ["a", "b"], "allow_party": [1]}', '{contact:base:base}', '[{"userid": "boss", "open_userid": "o", "auth_type": 1}]', now(), 7), ('c2', 's', 'Two', 'active', null, null, null, null, 8);
create function pg_temp.tell(p_corp text, p_customer text, p_mark text, p_at text, p_userid text,
	p_state text default null) returns void language sql as $$
	select put(p_corp, 'customer', p_customer, jsonb_build_object('begun_us', null, 'marks', jsonb_build_array(jsonb_build_object('userid', p_userid, 'mark', p_mark,
		'at_us', at_us(p_at), 'state', p_state, 'reason', null, 'event_id', md5(p_customer || p_mark || p_at || p_userid)::uuid))))
$$;
select pg_temp.tell('c1', 'x' || n, 'added', '25 10:00', 'u' || n % 3, 'ch' || n % 2) from generate_series(1, 7) as s (n);
select pg_temp.tell('c1', 'x1', 'deleted_by_staff', '26 10:00', 'u1');
select pg_temp.tell('c1', 'x2', 'deleted_by_customer', '27 10:00', 'u2');
select pg_temp.tell('c2', 'y1', 'added', '25 10:00', 'u1');
insert into wecom.customer (auth_corp_id, external_userid, name, type, synced_at) values ('c1', 'x1', '小明', 1, now()), ('c1', 'x2', '<b>Bob</b>', 1, now()), ('c1', 'x3', 'O''Hara "q"', 2, now()),
	('c2', 'y1', 'Other', 1, now());
insert into wecom.group_chat (auth_corp_id, chat_id, name, owner, created_at, seen_at, synced_at) values ('c1', 'w1', 'Chat', 'u1', at('25 10:00'), now(), now());
insert into wecom.group_chat_member (auth_corp_id, chat_id, member_id, type, is_present, present_at) values ('c1', 'w1', 'x1', 2, true, at('25 10:00'));
select wecom.job_raise_priority('c1', '[["rollup", "group:", 0]]');
insert into wecom.tag_group (auth_corp_id, group_id, name, sort_order) values ('c1', 'g1', 'G', 2), ('c1', 'g2', 'H', 4294967295), ('c1', 'g0', 'Gone', 9);
update wecom.tag_group set deleted_at = now() where group_id = 'g0';
insert into wecom.tag (auth_corp_id, tag_id, group_id, name, sort_order) values ('c1', 't1', 'g1', 'A', 1), ('c1', 't2', 'g1', 'B', 2), ('c1', 't3', 'g2', 'C', 1);
insert into wecom.job (auth_corp_id, kind, target, state, due_at, counter, attempts, last_error, priority) values ('c1', 'chat', 'w9', 'parked', now(), 1, 4, 'why', 0), ('c1', 'customer', '', 'due', now(), 1, 0, null, 1);

grant usage on schema tap to wecom_web;
create function pg_temp.page(p_name text, p_args jsonb, p_corp text default 'c1') returns jsonb language plpgsql as $$
declare
	v_answer jsonb;
begin
	execute format('select wecom.page_%I($1, $2)', p_name) into v_answer using p_corp, p_args;
	return v_answer;
end
$$;
set local role wecom_web;
set local app.corp = 'c1';
create temp table name as select f.proname as name, right(f.proname, -5) as page from pg_proc as f where f.pronamespace = 'wecom'::regnamespace and f.proname ~ '^page_'
	and f.proargnames[1:2] = '{p_corp,p_args}' and f.pronargs = 2 and f.prorettype = 'jsonb'::regtype;
select set_eq('select page from name', '{me,overview,channels,staff,groups,owners,duplicates,group_changes,tags,tag_orders,losses,transfers,customers,customer,chat,settings,trust,usage}'::text[], 'the pages');

select is(pg_temp.page('me', '{}'), jsonb_build_object('corp_id', 'c1', 'corp_name', '一号公司', 'state', 'active', 'time_zone', 'Asia/Shanghai',
	'today', (now() at time zone 'Asia/Shanghai')::date), 'me');
-- the 25th and 26th beside the 23rd and 24th: 7 came, 1 went
select is((select string_agg(format('%s %s %s', f.name, f.value, f.previous), ', ') from jsonb_to_recordset(pg_temp.page('overview', '{"from": "2026-02-25", "to": "2026-02-26"}')->'figures')
	as f (name text, value integer, previous integer)),
	'customers_total 6 0, new 7 0, lost 1 0, net 6 0, half 0 0, readded 0 0, groups_total 1 0, group_members_external 0 0, joined 0 0, quit 0 0', 'headline figures');
select is((select concat_ws(' ', v->>'from', v->>'to', v->>'previous_from', v->>'previous_to', jsonb_array_length(v->'customer_daily'), v->'customer_daily'->1->>'day', v->'customer_daily'->1->>'net',
	v->'customer_daily'->0 ? 'auth_corp_id', jsonb_array_length(v->'group_daily'))
	from pg_temp.page('overview', '{"from": "2026-02-25", "to": "2026-02-26"}') as o (v)), '2026-02-25 2026-02-26 2026-02-23 2026-02-24 2 2026-02-26 -1 f 2', 'days');
select is((select concat_ws(' ', (v->>'to')::date - (v->>'from')::date, v->>'to' = (now() at time zone 'Asia/Shanghai')::date::text) from pg_temp.page('overview', '{}') as o (v)), '29 t', 'unasked: the last 30 days');

-- a list
create function pg_temp.list(p_name text, p_args jsonb, p_column text) returns text language sql as $$
	select format('%s of %s (%s+%s)', coalesce(string_agg(r.v->>p_column, ' ' order by r.n), '-'), a.v->>'total', a.v->>'offset', a.v->>'limit')
	from (select pg_temp.page(p_name, '{"from": "2026-02-01", "to": "2026-02-28"}' || p_args) as v) as a left join lateral jsonb_array_elements(a.v->'rows') with ordinality as r (v, n) on true group by a.v
$$;
select is(pg_temp.list('losses', '{}', 'external_userid'), 'x2 x1 of 2 (0+50)', 'the newest first');
select is(pg_temp.list('losses', '{"sort": "lost_at"}', 'external_userid'), 'x1 x2 of 2 (0+50)', 'the other way round');
select is(pg_temp.list('losses', '{"to": "2026-02-26"}', 'customer_name'), '小明 of 1 (0+50)', 'of some days');
select is(pg_temp.list('losses', '{"q": "明"}', 'external_userid'), 'x1 of 1 (0+50)', 'by a part of the name');
select is(pg_temp.list('losses', '{"q": "<B>"}', 'customer_name'), '<b>Bob</b> of 1 (0+50)', 'whatever it holds, in any case of letters');
select is(pg_temp.list('losses', '{"q": "%"}', 'external_userid'), '- of 0 (0+50)', 'no pattern');
select is(pg_temp.list('losses', '{"q": "'' or true --"}', 'external_userid'), '- of 0 (0+50)', 'no SQL');
select is(pg_temp.list('losses', '{"limit": "1", "offset": "1"}', 'external_userid'), 'x1 of 2 (1+1)', 'cut');
select is(pg_temp.list('losses', '{"limit": "500", "offset": "2"}', 'external_userid'), '- of 2 (2+500)', 'behind the end');
select is(pg_temp.list('channels', '{"sort": "-adds"}', 'state'), 'ch1 ch0 of 2 (0+50)', 'channels');
select is(pg_temp.list('staff', '{"sort": "userid"}', 'userid'), 'u0 u1 u2 of 3 (0+50)', 'members');
select is(pg_temp.list('groups', '{}', 'chat_id'), 'w1 of 1 (0+50)', 'chats');
select is(pg_temp.list('owners', '{}', 'owner'), 'u1 of 1 (0+50)', 'owners');
select is(pg_temp.list('customers', '{"sort": "-external_userid"}', 'status'), 'active deleted_by_customer deleted_by_staff of 3 (0+50)', 'customers of whom something is known');
select is(pg_temp.list('customers', '{"q": "q\""}', 'name'), 'O''Hara "q" of 1 (0+50)', 'quotes');
select is(pg_temp.list(n, '{}', 'x'), '- of 0 (0+50)', n || ': empty') from unnest('{duplicates,group_changes,tag_orders,transfers}'::text[]) as u (n);
select is((select string_agg(g.v->>'group_id' || '(' || coalesce((select string_agg(t.v->>'tag_id', ' ' order by t.n) from jsonb_array_elements(g.v->'tags') with ordinality as t (v, n)), '') || ')', ' ' order by g.n)
	from jsonb_array_elements(pg_temp.page('tags', '{}')->'groups') with ordinality as g (v, n)), 'g2(t3) g1(t2 t1) g0()', 'tags in WeCom''s order, deleted ones last');
select is((select concat_ws(' ', v->'customer'->>'name', v->'follows'->0->>'status', (select string_agg(l.v->>'type', ',' order by l.n) from jsonb_array_elements(v->'timeline') with ordinality as l (v, n)))
	from pg_temp.page('customer', '{"external_userid": "x1"}') as o (v)), '小明 deleted_by_staff added,group_present,deleted_by_staff', 'a customer');
select is(pg_temp.page('customer', '{"external_userid": "y1"}'), null, 'another corp''s customer is not known');
select is(pg_temp.page('chat', '{"chat_id": "w9x"}'), null, 'nor a chat that is none');
select is((select concat_ws(' ', v->'chat'->>'name', jsonb_array_length(v->'members'), v->'ledger'->0->>'action', v->'changes') from pg_temp.page('chat', '{"chat_id": "w1"}') as o (v)), 'Chat 1 present []', 'a chat');
select is((select concat_ws(' ', v->'corp'->>'corp_name', v->'permissions', v->'admins', v->'scope', v->'jobs'->'parked'->0->>'last_error', v->'backfill'->>'done', v->'backfill'->'steps'->2->>'stored', v->'openid'->>'mapped')
	from pg_temp.page('settings', '{}') as o (v)),
	'一号公司 ["contact:base:base"] [{"userid": "boss", "auth_type": 1}] {"tags": 0, "members": 2, "departments": 1} why false 3 0', 'settings');
select is(pg_temp.page('trust', '{}'), '{"rows": []}', 'trust');
select is(pg_temp.page('usage', '{}'), '{"rows": []}', 'usage');
select is((select v->>'corp' from pg_temp.page('settings', '{}', 'c2') as o (v)), null, 'of another corp nothing is told');
select is(pg_temp.page('overview', '{"from": "2026-02-25", "to": "2026-02-26"}', 'c2')->'customer_daily', '[]', 'nor here');

-- rubbish
select throws_ok(format('select wecom.page_%s(''c1'', %L)', p.page, a.args), '22023', null, format('%s refuses %s', p.page, a.args))
from name as p, unnest(array['{"from": "yesterday"}', '{"from": "2026-02-30"}', '{"from": "2026-13-01"}', '{"to": "0000-01-01"}', '{"to": "2026-2-1"}', '{"from": "1926-02-01", "to": "2026-02-01"}',
	'{"from": "2025-01-01", "to": "2026-02-05"}', '{"from": "2026-02-02", "to": "2026-02-01"}', '{"to": "9999-12-31"}', '{"from": "infinity"}', '{"from": "2026-02-01; drop table wecom.corp"}', '{"from": "today"}']) as a (args)
where p.page not in ('me', 'tags', 'customer', 'chat', 'settings');
select throws_ok(format('select wecom.page_%s(''c1'', %L)', p.page, a.args), '22023', null, format('%s refuses %s', p.page, a.args))
from name as p, unnest(array['{"limit": "0"}', '{"limit": "501"}', '{"limit": "-1"}', '{"limit": "ten"}', '{"limit": "99999999999999999999"}', '{"offset": "-1"}', '{"offset": "1e9"}', '{"sort": "no such column"}',
	'{"sort": "--userid"}', '{"sort": "-"}', '{"sort": "1"}', '{"sort": "auth_corp_id"}', format('{"q": "%s"}', repeat('x', 129))]) as a (args)
where p.page in ('channels', 'staff', 'groups', 'owners', 'duplicates', 'group_changes', 'tag_orders', 'losses', 'transfers', 'customers');
select throws_ok(format('select wecom.page_%s(''c1'', %L)', p, a), '22023', null, format('%s refuses %s', p, a))
from unnest('{customer,chat}'::text[]) as u (p), unnest(array['{}', '{"external_userid": "", "chat_id": ""}', format('{"external_userid": "%s", "chat_id": "%s"}', repeat('x', 129), repeat('x', 129))]) as v (a);
select is(pg_temp.page('overview', '{"from": "2025-01-01", "to": "2026-02-04"}')->>'previous_from', '2023-11-28', '400 days are not too many');
select is(pg_temp.page('overview', '{"from": "", "to": ""}')->>'to', (now() at time zone 'Asia/Shanghai')::date::text, 'an empty argument is none');

-- files: every one has the columns of its list, and says the same
create temp table file as select f.proname as name from pg_proc as f where f.pronamespace = 'wecom'::regnamespace and f.proname ~ '^csv_';
select set_eq('select right(name, -4) from file', '{channels,staff,groups,owners,duplicates,group_changes,tag_orders,losses,transfers,customers,customer_daily,group_daily,tags,trust,usage,roster,ledger}'::text[], 'the files');
set local app.args = '{"from": "2026-02-01", "to": "2026-02-28", "chat_id": "w1"}';
select lives_ok(format('select * from wecom.%I()', name), name) from file;
select is((select string_agg(format('%s %s', external_userid, customer_name), ', ') from wecom.csv_losses()), 'x2 <b>Bob</b>, x1 小明', 'losses');
select is((select count(*) from wecom.csv_roster()), 1::bigint, 'a roster');
select is((select count(*) from wecom.csv_ledger()), 1::bigint, 'a ledger');
select is((select string_agg(net::text, ' ') from wecom.csv_customer_daily()), '7 -1 -1 0', 'days');
set local app.args = '{"from": "2026-02-01", "to": "2026-02-28", "q": "x1", "sort": "lost_at"}';
select is((select string_agg(external_userid, ' ') from wecom.csv_losses()), 'x1', 'searched and sorted as the list');
set local app.args = '{"from": "1900-01-01"}';
select throws_ok(format('select * from wecom.%I()', name), '22023', null, name || ' refuses a hundred years') from file where name not in ('csv_roster');
set local app.args = '';
select lives_ok('select * from wecom.csv_staff()', 'no arguments are none');
select throws_ok('select * from wecom.csv_roster()', '22023', null, 'a roster of no chat');
set local app.corp = '';
select is((select count(*) from wecom.csv_customers()), 0::bigint, 'without app.corp a file is empty');
reset role;

select * from finish();
rollback;
