-- wecom.chat_store, wecom.chat_list_store, wecom.job_state of chats: what plans and pulls leave behind.
begin;
set local search_path = tap, pg_catalog;
select no_plan();

-- seconds after an arbitrary moment, in microseconds; and back
create function pg_temp.us(p_s numeric) returns bigint language sql as $$ select ((1772000000 + p_s) * 1000000)::bigint $$;
create function pg_temp.s(p_at timestamptz) returns bigint language sql as $$ select extract(epoch from p_at)::bigint - 1772000000 $$;
-- members one by one, as they are written here, to the columns of a roster
create function pg_temp.columns(p_data jsonb) returns jsonb language sql as $$
	select case when jsonb_typeof(p_data->'members') is distinct from 'array' then p_data - 'members'
		else p_data - 'members' || jsonb_build_object('roster', (
			select jsonb_build_object('userid', coalesce(array_agg(m.id order by n), '{}')::text,
				'type', coalesce(array_agg(m.type order by n), '{}')::text,
				'name', coalesce(array_agg(m.name order by n), '{}')::text,
				'group_nickname', coalesce(array_agg(m.group_nickname order by n), '{}')::text,
				'join_time', coalesce(array_agg(m.join_us / 1000000 order by n), '{}')::text,
				'join_scene', coalesce(array_agg(m.join_scene order by n), '{}')::text,
				'invitor', coalesce(array_agg(m.invitor order by n), '{}')::text)
			from rows from (jsonb_to_recordset(p_data->'members') as (id text, type integer, name text, group_nickname text,
				join_us bigint, join_scene integer, invitor text)) with ordinality
				as m (id, type, name, group_nickname, join_us, join_scene, invitor, n)))
		end
$$;
create function pg_temp.store(p_chat text, p_data jsonb, p_is_reconcile boolean default false, p_corp text default 'c1')
returns jsonb language sql as $$
	select wecom.object_store(p_corp, 'chat', p_chat, pg_temp.columns(p_data), null, pg_temp.us(1000), p_is_reconcile)
$$;
create function pg_temp.chat(p_chat text, p_corp text default 'c1') returns text language sql as $$
	select format('%s %s %s v%s@%s %s created%s seen%s enrich%s gone%s %s', name, owner, notice, member_version, pg_temp.s(version_at), trail,
		pg_temp.s(created_at), pg_temp.s(seen_at), pg_temp.s(enrich_at), pg_temp.s(dismissed_at), absence)
	from wecom.group_chat where auth_corp_id = p_corp and chat_id = p_chat
$$;
create function pg_temp.roster(p_chat text) returns text language sql as $$
	select string_agg(format('%s%s/%s/%s/%s/%s/%s/%s', member_id, case when is_present then '+' else '-' || pg_temp.s(left_at) end, type, name,
		group_nickname, pg_temp.s(join_at), join_scene, invitor), ' ' order by member_id)
	from wecom.group_chat_member where auth_corp_id = 'c1' and chat_id = p_chat
$$;
create function pg_temp.entry(p_n integer, p_at numeric, p_member text, p_action text, p_origin text default 'event')
returns jsonb language sql as $$
	select jsonb_build_object('entry_id', format('00000000-0000-7000-8000-%s', lpad(p_n::text, 12, '0')), 'at_us', pg_temp.us(p_at),
		'member_id', p_member, 'action', p_action, 'scene', null, 'origin', p_origin, 'event_id', null)
$$;
create function pg_temp.versions(p_chat text) returns text language sql as $$
	select string_agg(member_id || ctid::text, ' ' order by member_id) from wecom.group_chat_member where chat_id = p_chat
$$;

-- nothing is known
select is(wecom.job_state('c1', 'chat', 'wr1'), '{"seen_us": 0}', 'of a chat that is not known nothing is said');

-- the first pull
create temp table pull (data jsonb);
insert into pull select jsonb_build_object('begun_us', pg_temp.us(100), 'version', 'A', 'version_us', pg_temp.us(98), 'trail', '[]'::jsonb,
	'info', jsonb_build_object('name', 'Sales', 'owner', 'u1', 'notice', 'hi', 'create_us', pg_temp.us(-500), 'admins', '["u1", "u2", "u1"]'::jsonb),
	'members', jsonb_build_array(
		jsonb_build_object('id', 'u1', 'type', 1, 'name', 'One', 'group_nickname', '', 'join_us', pg_temp.us(-500), 'join_scene', 1, 'invitor', null),
		jsonb_build_object('id', 'x1', 'type', 2, 'name', 'Ext', 'group_nickname', 'nick', 'join_us', pg_temp.us(-400), 'join_scene', 3, 'invitor', 'u1'),
		jsonb_build_object('id', 'x1', 'type', 2, 'name', 'twice', 'group_nickname', 'nick', 'join_us', pg_temp.us(-400), 'join_scene', 3, 'invitor', 'u1')),
	'ledger', jsonb_build_array(pg_temp.entry(1, 90, 'gone', 'present', 'pull'), pg_temp.entry(2, 98, 'gone', 'quit')),
	'first_us', pg_temp.us(100), 'absence', null, 'enrich_us', 0);
select is(told(pg_temp.store('wr1', data)), null, 'the first pull counts nothing') from pull;
select is(pg_temp.chat('wr1'), 'Sales u1 hi vA@98 {} created-500 seen100 enrich gone ', 'the first pull is stored');
select is(pg_temp.roster('wr1'), 'gone-98////// u1+/1/One//-500/1/ x1+/2/Ext/nick/-400/3/u1', 'with the roster, the first of each id, and who went at once');
delete from wecom.group_chat_ledger where member_id = 'gone';
select is((select string_agg(userid, ',' order by userid) from mirror.group_chat_admin), 'u1,u2', 'and the administrators');
select is((select count(*) from wecom.group_chat_change), 0::bigint, 'a first pull changes no name');
select is((select string_agg(format('%s %s %s %s', member_id, action, origin, type), ', ' order by member_id) from report.group_ledger),
	'gone present pull , u1 present pull 1, x1 present pull 2', 'presence is not joining');
select is((select string_agg(format('%s %s', member_id, pg_temp.s(at)), ', ' order by member_id) from report.group_ledger), 'gone 90, u1 -500, x1 -400',
	'it is dated by the entry, else by the join time');
delete from wecom.group_chat_member where member_id = 'gone';
select is(wecom.job_state('c1', 'chat', 'wr1') - 'roster',
	jsonb_build_object('known', true, 'version', 'A', 'version_us', pg_temp.us(98), 'trail', '[]'::jsonb, 'dismissed', false, 'absent', false,
		'read_us', pg_temp.us(100), 'enrich_us', 0, 'seen_us', 0),
	'the state for the next plan');
select is((select array_agg(v order by v) from jsonb_array_elements_text(wecom.job_state('c1', 'chat', 'wr1')->'roster') as r (v)), '{u1,x1}', 'and who is there');

-- the same again: no member's row is written
create temp table before as select pg_temp.versions('wr1') as v;
select pg_temp.store('wr1', data || jsonb_build_object('begun_us', pg_temp.us(110), 'ledger', '[]'::jsonb)) from pull;
select is(pg_temp.versions('wr1'), (select v from before), 'a pull without a difference writes no member');
select is((select count(*) from wecom.group_chat_ledger), 0::bigint, 'and no entry');
select is((select pg_temp.s(seen_at) from wecom.group_chat where chat_id = 'wr1'), 110::bigint, 'but says when');

-- an older pull
select is(pg_temp.store('wr1', jsonb_build_object('begun_us', pg_temp.us(105), 'version', 'old', 'info', '{"name": "Old"}'::jsonb, 'members', '[]'::jsonb)),
	'{"counts": {"chat_stale_pull": 1}}', 'an older pull is told of');
select is(pg_temp.chat('wr1'), 'Sales u1 hi vA@98 {} created-500 seen110 enrich gone ', 'and changes nothing');
select matches(pg_temp.roster('wr1'), 'u1\+.* x1\+', 'nobody leaves by it');

-- events alone
select pg_temp.store('wr1', jsonb_build_object('version', 'B', 'version_us', pg_temp.us(120), 'trail', '["A"]'::jsonb,
	'ledger', jsonb_build_array(pg_temp.entry(3, 119, 'x2', 'join'), pg_temp.entry(4, 119, 'x3', 'join'), pg_temp.entry(5, 120, 'x1', 'quit')),
	'enrich_us', pg_temp.us(300)));
select is(pg_temp.chat('wr1'), 'Sales u1 hi vB@120 {A} created-500 seen110 enrich300 gone ', 'events move the version, not what only pulls tell');
select is(pg_temp.roster('wr1'), 'u1+/1/One//-500/1/ x1-120/2/Ext/nick/-400/3/u1 x2+////// x3+//////', 'who came by event is known by id, who left stays as history');
select is((select string_agg(member_id, ',' order by member_id) from mirror.group_chat_member), 'u1,x2,x3', 'the view shows those present');

select is((select array_agg(v order by v) from jsonb_array_elements_text(wecom.job_state('c1', 'chat', 'wr1')->'roster') as r (v)), '{u1,x2,x3}', 'the plan is told of those present');

-- the same one comes and goes: the last entry counts
select pg_temp.store('wr1', jsonb_build_object('version', 'E', 'trail', '["A", "B"]'::jsonb,
	'ledger', jsonb_build_array(pg_temp.entry(6, 130, 'x4', 'join'), pg_temp.entry(7, 131, 'x4', 'quit'), pg_temp.entry(8, 132, 'x1', 'join'),
		pg_temp.entry(9, 133, 'x1', 'quit'))));
select matches(pg_temp.roster('wr1'), 'x1-133/.* x2\+.* x4-131/', 'came and went: away, since the last time');
select pg_temp.store('wr1', jsonb_build_object('version', 'F',
	'ledger', jsonb_build_array(pg_temp.entry(10, 134, 'x1', 'join'), pg_temp.entry(11, 135, 'x1', 'quit'), pg_temp.entry(12, 136, 'x1', 'join'))));
select matches(pg_temp.roster('wr1'), 'x1\+/2/Ext////', 'went and came: there; type and name are the person''s, the rest was another joining''s');

-- enrichment
select pg_temp.store('wr1', jsonb_build_object('begun_us', pg_temp.us(140), 'version', 'F', 'trail', '["A"]'::jsonb, 'info', data->'info',
	'members', jsonb_build_array('{"id": "u1", "type": 1, "name": null, "group_nickname": null, "join_us": null, "join_scene": null, "invitor": null}'::jsonb,
		jsonb_build_object('id', 'x1', 'type', 2, 'name', 'Ext', 'join_us', pg_temp.us(136), 'join_scene', 2, 'invitor', null, 'group_nickname', ''),
		jsonb_build_object('id', 'x2', 'type', 2, 'name', 'Two', 'join_us', pg_temp.us(119), 'join_scene', 3, 'invitor', 'u1', 'group_nickname', 'n2'),
		'{"id": "x3"}'::jsonb),
	'ledger', '[]'::jsonb, 'enrich_us', 0)) from pull;
select is(pg_temp.roster('wr1'), 'u1+/1/One//-500/1/ x1+/2/Ext//136/2/ x2+/2/Two/n2/119/3/u1 x3+////// x4-131//////',
	'a pull tells what is not known; null overwrites nothing');

-- replayed after a pull: known by id alone, and came anew
select pg_temp.store('wr1', jsonb_build_object('begun_us', pg_temp.us(150), 'version', 'H', 'trail', '["F", "G"]'::jsonb, 'info', data->'info',
	'members', '[{"id": "u1"}, {"id": "x1"}, {"id": "x2"}]'::jsonb,
	'ledger', jsonb_build_array(pg_temp.entry(13, 145, 'x3', 'quit', 'pull'), pg_temp.entry(14, 148, 'x2', 'quit'), pg_temp.entry(15, 149, 'x2', 'join')),
	'enrich_us', pg_temp.us(400), 'gap_found_us', pg_temp.us(146), 'gap_repaired_us', pg_temp.us(151))) from pull;
select is(pg_temp.roster('wr1'), 'u1+/1/One//-500/1/ x1+/2/Ext//136/2/ x2+/2/Two//// x3-145////// x4-131//////',
	'who came again loses how they came before; who is missing left when the ledger says');
select is((select format('%s %s', pg_temp.s(found_at), pg_temp.s(repaired_at)) from wecom.gap), '146 151', 'the gap and its end');

-- another joining, seen by its time alone; missing without an entry
select pg_temp.store('wr1', jsonb_build_object('begun_us', pg_temp.us(160), 'version', 'I', 'trail', '[]'::jsonb, 'info', data->'info',
	'members', jsonb_build_array('{"id": "u1"}'::jsonb, jsonb_build_object('id', 'x1', 'join_us', pg_temp.us(155), 'join_scene', 3)))) from pull;
select is(pg_temp.roster('wr1'), 'u1+/1/One//-500/1/ x1+/2/Ext//155/3/ x2-160/2/Two//// x3-145////// x4-131//////', 'and who left unseen left when the pull began');

select pg_temp.store('wr5', jsonb_build_object('begun_us', pg_temp.us(100), 'info', '{}'::jsonb, 'members', jsonb_build_array(
	jsonb_build_object('id', 'x1', 'type', 2, 'name', 'Ext', 'group_nickname', 'nick', 'join_us', pg_temp.us(10), 'join_scene', 1, 'invitor', 'u1'))));
select pg_temp.store('wr5', jsonb_build_object('begun_us', pg_temp.us(200), 'info', '{}'::jsonb, 'members', jsonb_build_array(
	jsonb_build_object('id', 'x1', 'join_us', pg_temp.us(150)))));
select is(pg_temp.roster('wr5'), 'x1+/2/Ext//150//', 'a later join time is another joining: nothing of the first one stays');
select pg_temp.store('wr5', jsonb_build_object('dismissed_us', pg_temp.us(201)));

-- name, owner, notice
select pg_temp.store('wr1', jsonb_build_object('begun_us', pg_temp.us(170), 'version', 'I', 'info_at_us', pg_temp.us(165), 'info_event_id', md5('e1')::uuid,
	'info', '{"name": "Marketing", "owner": "u2", "notice": "hi", "admins": ["u2"]}'::jsonb, 'ledger', '[]'::jsonb));
select pg_temp.store('wr1', jsonb_build_object('begun_us', pg_temp.us(171), 'version', 'I', 'info_at_us', pg_temp.us(165), 'info_event_id', md5('e1')::uuid,
	'info', '{"name": "Marketing 2", "owner": "u2", "notice": "hi", "admins": ["u2"]}'::jsonb));
select pg_temp.store('wr1', jsonb_build_object('begun_us', pg_temp.us(172), 'version', 'I', 'info', '{"name": "Marketing 2", "owner": "u2", "notice": "", "admins": null}'::jsonb));
select is((select string_agg(format('%s %s %s>%s %s', pg_temp.s(at), field, old, new, event_id = md5('e1')::uuid), ', ' order by at, field) from wecom.group_chat_change),
	'165 name Sales>Marketing 2 t, 165 owner u1>u2 t, 172 notice hi> ', 'changes are dated by their event, those within a second are one, others by the pull');
select is((select string_agg(userid, ',') from mirror.group_chat_admin), 'u2', 'administrators change; a missing list changes none');
select is((select count(*) from wecom.group_chat_admin), 2::bigint, 'former ones stay as history');
select matches(pg_temp.roster('wr1'), 'u1\+.* x1\+', 'a pull whose roster is not the base leaves the roster');
select is((select created_at from wecom.group_chat where chat_id = 'wr1'), to_timestamp(1772000000 - 500), 'what is absent overwrites nothing');

-- absence
select pg_temp.store('wr1', jsonb_build_object('begun_us', pg_temp.us(180), 'version', 'I', 'absence', 'no_licence'));
select is((select format('%s %s %s', absence, dismissed_at, pg_temp.s(seen_at)) from wecom.group_chat where chat_id = 'wr1'), 'no_licence  172', 'absence is not deletion');
select is((select count(*) from mirror.group_chat_member where chat_id = 'wr1'), 2::bigint, 'and nobody left');
select pg_temp.store('wr1', jsonb_build_object('begun_us', pg_temp.us(190), 'version', 'I', 'info', '{"name": "Marketing 2"}'::jsonb));
select is((select absence from wecom.group_chat where chat_id = 'wr1'), null, 'an answer takes it away');
select pg_temp.store('wr9', jsonb_build_object('begun_us', pg_temp.us(180), 'absence', 'out_of_scope'));
select is((select count(*) from mirror.group_chat where chat_id = 'wr9'), 0::bigint, 'a chat of which only an absence is known is not shown');
select is(wecom.job_state('c1', 'chat', 'wr9')->'known', 'false', 'nor known');

-- dismissal
select pg_temp.store('wr1', jsonb_build_object('begun_us', pg_temp.us(210), 'dismissed_us', pg_temp.us(210)));
select pg_temp.store('wr1', jsonb_build_object('dismissed_us', pg_temp.us(205)));
select pg_temp.store('wr1', jsonb_build_object('dismissed_us', pg_temp.us(220)));
select is((select pg_temp.s(dismissed_at) from wecom.group_chat where chat_id = 'wr1'), 205::bigint, 'of several times of a dismissal the earliest counts');
select is((select count(*) from mirror.group_chat_member where chat_id = 'wr1'), 0::bigint, 'a dissolved chat shows nobody');
select matches(pg_temp.roster('wr1'), 'u1\+.* x1\+', 'the roster stays, and nobody quit');
select is((select count(*) from wecom.group_chat_ledger where action = 'quit' and at > to_timestamp(1772000200)), 0::bigint, 'a dismissal is not a quit');
select is(wecom.job_state('c1', 'chat', 'wr1')->'dismissed', 'true', 'the plan is told');
select pg_temp.store('wr1', jsonb_build_object('begun_us', pg_temp.us(230), 'version', 'Z', 'info', '{"name": "Again"}'::jsonb));
select isnt((select dismissed_at from wecom.group_chat where chat_id = 'wr1'), null, 'and it is final');

-- an answer without a version: it is as new as its time
select pg_temp.store('wr2', jsonb_build_object('begun_us', pg_temp.us(100), 'version', 'A', 'info', '{"name": ""}'::jsonb, 'members', '[{"id": "u1"}]'::jsonb));
select pg_temp.store('wr2', jsonb_build_object('begun_us', pg_temp.us(110), 'version', null, 'info', '{"name": ""}'::jsonb, 'members', '[]'::jsonb));
select is((select format('[%s] [%s]', name, member_version) from wecom.group_chat where chat_id = 'wr2'), '[] []', 'a roster without a version has none');
select is(pg_temp.roster('wr2'), 'u1-110//////', 'an empty roster is one');
select pg_temp.store('wr2', '{"version": null, "roster": null, "trail": null, "ledger": null, "info": null}');
select is(pg_temp.roster('wr2'), 'u1-110//////', 'null is as good as missing');

-- an entry twice
select pg_temp.store('wr2', jsonb_build_object('ledger', jsonb_build_array(pg_temp.entry(90, 1, 'x1', 'join'), pg_temp.entry(90, 2, 'x1', 'join'))));
select pg_temp.store('wr2', jsonb_build_object('ledger', jsonb_build_array(pg_temp.entry(90, 3, 'x1', 'join'))));
select is((select pg_temp.s(at) from wecom.group_chat_ledger where chat_id = 'wr2'), 1::bigint, 'an entry is written once');

-- drift: only of a corp that was read, in a reconcile, by what no event told
select pg_temp.store('wr3', jsonb_build_object('begun_us', pg_temp.us(100), 'info', '{"name": "a"}'::jsonb, 'members', '[]'::jsonb), true);
select is(pg_temp.store('wr3', jsonb_build_object('begun_us', pg_temp.us(101), 'info', '{"name": "b"}'::jsonb), true), null, 'before the first full read nothing is drift');
insert into wecom.corp (auth_corp_id, suite_id, state, backfilled_at) values ('c1', 's', 'active', tap.due(0)), ('c2', 's', 'active', tap.due(0));
select is(pg_temp.store('wr3', jsonb_build_object('begun_us', pg_temp.us(102), 'info', '{"name": "c"}'::jsonb), false), null, 'nor outside a reconcile');
select is(pg_temp.store('wr3', jsonb_build_object('begun_us', pg_temp.us(103), 'info', '{"name": "d"}'::jsonb), true)->'counts',
	'{"checked_chat": 1, "drift_chat": 1}', 'a name that changed without an event is drift');
select is(pg_temp.store('wr3', jsonb_build_object('begun_us', pg_temp.us(104), 'info', '{"name": "d"}'::jsonb), true)->'counts',
	'{"checked_chat": 1, "drift_chat": 0}', 'no difference is none');
select is(pg_temp.store('wr3', jsonb_build_object('begun_us', pg_temp.us(105), 'info', '{"name": "e"}'::jsonb, 'info_at_us', pg_temp.us(104)), true)->'counts',
	'{"checked_chat": 1, "drift_chat": 0}', 'nor what an event told');
select is(pg_temp.store('wr3', jsonb_build_object('begun_us', pg_temp.us(106), 'info', '{}'::jsonb, 'members', '[{"id": "x1"}]'::jsonb,
	'ledger', jsonb_build_array(pg_temp.entry(91, 1, 'x1', 'join', 'pull'))), true)->'counts', '{"checked_chat": 1, "drift_chat": 1}', 'a member whom only the pull tells of is');
select is(pg_temp.store('wr3', jsonb_build_object('begun_us', pg_temp.us(107), 'info', '{}'::jsonb, 'members', '[{"id": "x1"}, {"id": "x2"}]'::jsonb,
	'ledger', jsonb_build_array(pg_temp.entry(92, 1, 'x2', 'join', 'event'))), true)->'counts', '{"checked_chat": 1, "drift_chat": 0}', 'one whom an event tells of is not');
select is(pg_temp.store('wr4', jsonb_build_object('begun_us', pg_temp.us(107), 'info', '{}'::jsonb, 'members', '[]'::jsonb), true)->'counts',
	'{"checked_chat": 1, "drift_chat": 1}', 'a chat that was missed is');

-- the list
create function pg_temp.list(p_data jsonb, p_is_reconcile boolean default false) returns text language sql as $$
	select string_agg((v->>0) || ' ' || (v->>1) || ' ' || (v->>3) || case when v->2 = to_jsonb(pg_temp.us(1000)) then '' else '!' end, ', ')
	from jsonb_array_elements(wecom.object_store('c1', 'chat_list', '', p_data, null, pg_temp.us(1000), p_is_reconcile)->'raise') as r (v)
$$;
select is(pg_temp.list(jsonb_build_object('begun_us', pg_temp.us(500), 'chats', '[{"chat_id": "new", "status": 0}, {"chat_id": "wr3"}, {"chat_id": "wr1"}, {"chat_id": "wr9"}, {"chat_id": "new"}]'::jsonb)),
	'chat new 1, chat wr9 1', 'a page: chats never read are pulled');
select is(pg_temp.list(jsonb_build_object('begun_us', pg_temp.us(500), 'chats', '[{"chat_id": "new"}, {"chat_id": "wr3"}, {"chat_id": "wr1"}]'::jsonb), true),
	'chat new 1, chat wr3 1', 'in a reconcile all but dissolved ones');
select is(pg_temp.list(jsonb_build_object('begun_us', pg_temp.us(500), 'complete', true, 'listed', '["wr3"]'::jsonb)), 'chat wr2 1, chat wr4 1',
	'the end: those that are not listed are asked for, dissolved and unreadable ones are not');
select is(pg_temp.list(jsonb_build_object('begun_us', pg_temp.us(500), 'complete', true, 'listed', '["wr3"]'::jsonb), true), 'chat wr2 1, chat wr4 1, chat wr9 1',
	'in a reconcile the unreadable, too: it may have been dissolved meanwhile, which no list tells');
select is(pg_temp.list(jsonb_build_object('begun_us', pg_temp.us(108), 'complete', true, 'listed', '["wr2", "wr3"]'::jsonb)), null,
	'nor is one that was pulled when the list was made');
select is(wecom.object_store('c1', 'chat_list', '', '{"begun_us": 1, "chats": []}', null, 1, true), null, 'nothing to raise');

-- several together: each as alone; and a program older than the schema is told to wait
create temp table together as
select wecom.chat_store('c3', array['a', 'b', 'c'], array[
	pg_temp.columns(data), pg_temp.columns(data || jsonb_build_object('info', '{"name": "B"}'::jsonb, 'members', '[{"id": "u1"}, {"id": "x9"}]'::jsonb, 'ledger', '[]'::jsonb)),
	jsonb_build_object('version', 'V', 'ledger', jsonb_build_array(pg_temp.entry(70, 119, 'x2', 'join')))],
	array[pg_temp.us(100), pg_temp.us(101), null], pg_temp.us(1000), array[false, true, false]) as answers
from pull;
select is((select string_agg(format('%s:%s:%s:%s', chat_id, name, member_version, pg_temp.s(seen_at)), ' ' order by chat_id) from wecom.group_chat where auth_corp_id = 'c3'),
	'a:Sales:A:100 b:B:A:101 c::V:', 'three chats in one call');
select is((select string_agg(format('%s/%s%s', chat_id, member_id, case when is_present then '' else '-' end), ' ' order by chat_id, member_id)
	from wecom.group_chat_member where auth_corp_id = 'c3'), 'a/gone- a/u1 a/x1 b/u1 b/x9 c/x2', 'each with its own members');
select is((select string_agg(format('%s/%s', chat_id, userid), ' ' order by chat_id, userid) from mirror.group_chat_admin where auth_corp_id = 'c3'), 'a/u1 a/u2',
	'and administrators');
select throws_ok($$select wecom.object_store('c3', 'chat', 'a', '{"begun_us": 1, "members": []}', null, 1, false)$$, '55000', null, 'lists of an older program are refused for the moment');

-- in one call a pull that is too old, one of a reconcile behind it, and events alone: each is told of in its place
insert into wecom.corp (auth_corp_id, suite_id, state, backfilled_at) values ('c3', 's', 'active', due(0));
select is((select array_agg(a.v->'counts' order by a.n) from unnest(wecom.chat_store('c3', array['a', 'b', 'c'], array[
	pg_temp.columns(data || jsonb_build_object('info', '{"name": "Older"}'::jsonb)),
	pg_temp.columns(data || jsonb_build_object('info', '{"name": "B2"}'::jsonb, 'members', '[{"id": "u1"}]'::jsonb, 'ledger', '[]'::jsonb, 'first_us', null)),
	jsonb_build_object('version', 'W', 'ledger', jsonb_build_array(pg_temp.entry(71, 130, 'x3', 'join')))],
	array[pg_temp.us(99), pg_temp.us(131), null], pg_temp.us(1000), array[true, true, false])) with ordinality as a (v, n)),
	array['{"chat_stale_pull": 1}'::jsonb, '{"drift_chat": 1, "checked_chat": 1}', null], 'answers in their places') from pull;
select is((select string_agg(format('%s:%s:%s', chat_id, name, member_version), ' ' order by chat_id) from wecom.group_chat where auth_corp_id = 'c3'),
	'a:Sales:A b:B2:A c::W', 'the old one changes nothing');
select is((select string_agg(format('%s/%s%s', chat_id, member_id, case when is_present then '' else '-' end), ' ' order by chat_id, member_id)
	from wecom.group_chat_member where auth_corp_id = 'c3'), 'a/gone- a/u1 a/x1 b/u1 b/x9- c/x2 c/x3', 'the others their own members');

-- two corps
select pg_temp.store('wr1', data, false, 'c2') from pull;
select is(pg_temp.chat('wr1', 'c2'), 'Sales u1 hi vA@98 {} created-500 seen100 enrich gone ', 'another corp''s chat of the same id is another');
select is((select count(*) from mirror.group_chat_member where auth_corp_id = 'c1' and chat_id = 'wr1'), 0::bigint, 'and changes nothing of the first');

-- large
create function pg_temp.timed(p_what text, p_data jsonb) returns text language plpgsql as $$
declare
	v_begin constant timestamptz := clock_timestamp();
begin
	perform pg_temp.store('big', p_data);
	return tap.diag(format('%s: %s ms', p_what, round(extract(epoch from clock_timestamp() - v_begin) * 1000)));
end
$$;
create temp table big as select jsonb_build_object('begun_us', pg_temp.us(100), 'version', 'A', 'info', '{"name": "big"}'::jsonb,
	'members', (select jsonb_agg(jsonb_build_object('id', 'm' || i, 'type', 2, 'name', 'n' || i, 'join_us', pg_temp.us(i), 'join_scene', 1)) from generate_series(1, 2000) as i),
	'first_us', pg_temp.us(100), 'ledger', '[]'::jsonb) as data;
select pg_temp.timed('a chat of 2000 members', data) from big;
select pg_temp.timed('the same again', data || jsonb_build_object('begun_us', pg_temp.us(101))) from big;
select pg_temp.timed('one comes, one goes', jsonb_build_object('version', 'B', 'ledger', jsonb_build_array(
	pg_temp.entry(5001, 102, 'new', 'join'), pg_temp.entry(5002, 103, 'm1', 'quit'))));
select is((select count(*) from mirror.group_chat_member where chat_id = 'big'), 2000::bigint, 'a chat of 2 000 members goes through in one call');

-- events alone are stored by a statement of their own: it says the same as the one that rosters need
create function pg_temp.by_events(p_is_moves boolean) returns text language plpgsql as $$
declare
	v_datas jsonb[] := array[
		jsonb_build_object('ledger', jsonb_build_array(pg_temp.entry(21, 50, 'here', 'join'), pg_temp.entry(22, 51, 'away', 'join'),
			pg_temp.entry(23, 52, 'new', 'join'), pg_temp.entry(24, 53, 'bare', 'join'))),
		jsonb_build_object('ledger', jsonb_build_array(pg_temp.entry(25, 54, 'here', 'quit'), pg_temp.entry(26, 55, 'away', 'quit'),
			pg_temp.entry(27, 56, 'new', 'quit'), pg_temp.entry(28, 57, 'gone', 'join'), pg_temp.entry(29, 58, 'gone', 'quit'))),
		jsonb_build_object('ledger', jsonb_build_array(pg_temp.entry(31, 60, 'here', 'quit'), pg_temp.entry(32, 61, 'here', 'join'))),
		'{"ledger": null}', '{}'];
	v_told text;
begin
	delete from wecom.group_chat_member where auth_corp_id = 'c9';
	insert into wecom.group_chat_member (auth_corp_id, chat_id, member_id, type, name, group_nickname, join_at, join_scene, invitor,
		is_present, left_at, present_at)
	select 'c9', c, m.id, m.type, 'n', 'k', due(1), 3, 'i', m.is_present, m.left_at, m.present_at
	from unnest('{m1,m2,m3,m4,m5}'::text[]) as c
	cross join (values ('here', 2, true, null, due(0)), ('away', 1, false, due(9), null), ('still', null, true, null, null)) as m (id, type, is_present, left_at, present_at);
	insert into wecom.group_chat_member (auth_corp_id, chat_id, member_id, is_present) values ('c9', 'm1', 'bare', true);
	if p_is_moves then
		perform wecom.chat_store_moves('c9', '{m1,m2,m3,m4,m5}', v_datas);
	else
		perform wecom.chat_store_members('c9', '{m1,m2,m3,m4,m5}', v_datas, array[null, null, null, null, null]::timestamptz[], pg_temp.us(100));
	end if;
	select string_agg(m::text, e'\n' order by chat_id, member_id) into v_told from wecom.group_chat_member as m where auth_corp_id = 'c9';
	return v_told;
end
$$;
select is(pg_temp.by_events(true), pg_temp.by_events(false), 'by events alone: the same rows');
select is((select string_agg(member_id, ' ' order by member_id) from wecom.group_chat_member where auth_corp_id = 'c9' and chat_id = 'm1' and is_present), 'away bare here new still', 'who came');
select is((select string_agg(member_id, ' ' order by member_id) from wecom.group_chat_member where auth_corp_id = 'c9' and chat_id = 'm2' and not is_present), 'away gone here new', 'who left');

-- so are rosters that are new, or are as they are stored
create function pg_temp.by_rosters(p_is_whole boolean) returns text language plpgsql as $$
declare
	c_staying constant jsonb := '[{"id": "a", "type": 1, "name": "A", "group_nickname": "k", "join_us": 5000000, "join_scene": 3, "invitor": "i"}, {"id": "b"}]';
	v_rosters jsonb[] := array[
		c_staying, '[{"id": "a", "type": 1, "name": "A", "join_us": 0}, {"id": "b", "name": null}]', '[{"id": "b"}, {"id": "a"}, {"id": "a", "name": "twice"}]',
		'[{"id": "a", "name": "Other"}, {"id": "b"}]', '[{"id": "a", "type": 2}, {"id": "b"}]', '[{"id": "a", "join_us": 6000000}, {"id": "b"}]',
		'[{"id": "a", "invitor": "j"}, {"id": "b"}]', '[{"id": "a", "join_scene": 1}, {"id": "b"}]', '[{"id": "a", "group_nickname": "l"}, {"id": "b"}]',
		'[{"id": "a"}]', '[]', '[{"id": "a"}, {"id": "b"}, {"id": "new", "join_us": 7000000}]', '[{"id": "a"}, {"id": "b"}, {"id": "away"}]',
		'[{"id": "a"}, {"id": "b", "join_us": 8000000}]', c_staying];
	v_chats text[] := array(select 'r' || lpad(n::text, 2, '0') from generate_series(1, 30) as n);
	v_datas jsonb[];
	v_told text;
begin
	-- the first half as later pulls, the second as first ones; of both one chat of which nobody is stored, and one with a ledger
	for v_n in 1..30 loop
		v_datas[v_n] := pg_temp.columns(jsonb_build_object('members', v_rosters[(v_n - 1) % 15 + 1], 'first_us', case when v_n > 15 then pg_temp.us(90) end,
			'ledger', case when v_n % 15 = 12 then jsonb_build_array(pg_temp.entry(800 + v_n, 80, 'new', 'join')) else '[]' end));
	end loop;
	delete from wecom.group_chat_member where auth_corp_id = 'c8';
	insert into wecom.group_chat_member (auth_corp_id, chat_id, member_id, type, name, group_nickname, join_at, join_scene, invitor,
		is_present, left_at, present_at)
	select 'c8', c, m.id, m.type, m.name, m.nick, m.join_at, m.join_scene, m.invitor, m.is_present, m.left_at, m.present_at
	from unnest(v_chats) as c
	cross join (values ('a', 1, 'A', 'k', timestamptz 'epoch' + interval '5 s', 3, 'i', true, null, due(2)), ('b', null, null, null, null, null, null, true, null, null),
		('away', 2, 'W', null, due(1), 1, null, false, due(9), null)) as m (id, type, name, nick, join_at, join_scene, invitor, is_present, left_at, present_at)
	where c not in ('r15', 'r30');
	if p_is_whole then
		perform wecom.chat_store_rosters('c8', v_chats, v_datas, array(select due(100) from unnest(v_chats)), pg_temp.us(101));
	else
		perform wecom.chat_store_members('c8', v_chats, v_datas, array(select due(100) from unnest(v_chats)), pg_temp.us(101));
	end if;
	select string_agg(m::text, e'\n' order by chat_id, member_id) into v_told from wecom.group_chat_member as m where auth_corp_id = 'c8';
	return v_told;
end
$$;
select is(pg_temp.by_rosters(true), pg_temp.by_rosters(false), 'by rosters: the same rows');
select is((select count(*) from wecom.group_chat_member where auth_corp_id = 'c8' and chat_id in ('r15', 'r30')), 4::bigint, 'of the new ones, too');

select * from finish();
rollback;
