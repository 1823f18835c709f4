-- wecom.member_store and wecom.member_list_store: members and departments the app sees.
begin;
set local search_path = tap, pg_catalog;
select no_plan();

create function pg_temp.us(p_s numeric) returns bigint language sql as $$ select ((1772000000 + p_s) * 1000000)::bigint $$;
create function pg_temp.s(p_at timestamptz) returns bigint language sql as $$ select extract(epoch from p_at)::bigint - 1772000000 $$;
create function pg_temp.pull(p_userid text, p_begun numeric, p_found jsonb, p_absence text default null,
	p_is_reconcile boolean default false, p_new text default null)
returns jsonb language sql as $$
	select wecom.object_store('c1', 'member', p_userid, jsonb_build_object('begun_us', pg_temp.us(p_begun), 'userid', p_userid, 'found', p_found, 'absence', p_absence,
		'new_userid', p_new), null, pg_temp.us(5000), p_is_reconcile)
$$;
create function pg_temp.list(p_begun numeric, p_data jsonb, p_is_reconcile boolean default false) returns jsonb language sql as $$
	select wecom.object_store('c1', 'member_list', '', p_data || jsonb_build_object('begun_us', pg_temp.us(p_begun)), null, pg_temp.us(5000), p_is_reconcile)
$$;
create function pg_temp.raised(p_answer jsonb) returns text language sql as $$
	select string_agg(concat_ws(' ', v->>0, v->>1, v->>3), ', ' order by v->>1) from jsonb_array_elements(p_answer->'raise') as r (v)
$$;
create function pg_temp.seen() returns text language sql as $$
	select string_agg(format('%s%s%s', userid, case when in_scope then '+' else '-' || pg_temp.s(left_at) end, ' ' || absence), ', ' order by userid) from wecom.member where auth_corp_id = 'c1'
$$;

-- every field
create temp table every as select '{"userid": "other", "open_userid": "o1", "name": "u1", "department": [1, 4294967295], "order": [0, 4294967295], "main_department": 1,
	"is_leader_in_dept": [1, 0], "direct_leader": ["u2"], "position": "p", "mobile": "m",
	"gender": 1, "email": "e", "biz_mail": "b", "telephone": "t", "alias": "al", "address": "ad", "avatar": "av",
	"thumb_avatar": "th", "qr_code": "q", "extattr": {"attrs": [{"type": 0, "name": null}]},
	"external_position": "x",
	"external_profile": {"external_corp_name": "c"}, "status": 1}'::jsonb as data;
select pg_temp.pull('u1', 100, data) from every;
select is((select to_jsonb(m) - 'synced_at' from wecom.member as m), '{"auth_corp_id": "c1", "userid": "u1", "open_userid": "o1", "name": "u1", "departments": [1, 4294967295],
	"department_orders": [0, 4294967295],
	"main_department": 1, "is_leader_in_dept": [1, 0], "direct_leader": ["u2"], "position": "p",
	"mobile": "m", "gender": 1, "email": "e", "biz_mail": "b", "telephone": "t", "alias": "al", "address": "ad",
	"avatar": "av", "thumb_avatar": "th", "qr_code": "q",
	"extattr": {"attrs": [{"type": 0, "name": null}]}, "external_position": "x",
	"external_profile": {"external_corp_name": "c"}, "status": 1, "in_scope": true,
	"left_at": null, "absence": null, "new_userid": null, "seen_at": null}'::jsonb || jsonb_build_object('seen_at', to_jsonb(to_timestamp(1772000100))),
	'every field of the documents is kept, of the member who was asked for');
select pg_temp.pull('u1', 110, '{"department": [2], "gender": 0, "position": "", "status": 4, "name": null}');
select is((select to_jsonb(m) - '{synced_at,seen_at}'::text[] from wecom.member as m) @> '{"departments": [2], "gender": 1, "position": "", "status": 4, "name": "u1", "mobile": "m",
	"department_orders": [0, 4294967295], "extattr": {"attrs": [{"type": 0, "name": null}]}}', true, 'absent overwrites nothing, gender 0 no other, an empty text is a value');
select pg_temp.pull('u1', 105, '{"status": 1}');
select is((select format('%s %s', status, pg_temp.s(seen_at)) from wecom.member), '4 110', 'an older answer changes nothing');
select pg_temp.pull('u9', 100, '{"gender": 0, "in_scope": false, "auth_corp_id": "c9", "left_at": "2026-01-01", "odd": 1}');
select is((select format('%s %s %s %s', auth_corp_id, gender, in_scope, left_at) from wecom.member where userid = 'u9'), 'c1 0 t ', 'other names than those of the documents are passed over');

-- absence
select pg_temp.pull('u1', 200, null, 'no_licence');
select is((select pg_temp.seen()), 'u1+ no_licence, u9+', 'no licence is not leaving');
select pg_temp.pull('u1', 210, null, 'out_of_scope', false, 'u1new');
select is((select pg_temp.seen()), 'u1-210 out_of_scope, u9+', 'unknown or out of view: the app sees them no more');
select is((select format('%s %s %s', new_userid, mobile, status) from wecom.member where userid = 'u1'), 'u1new m 4', 'what was known stays');
select pg_temp.pull('u1', 220, null, 'out_of_scope');
select is((select pg_temp.seen()), 'u1-210 out_of_scope, u9+', 'since the first time');
select pg_temp.list(211, '{"users": [{"userid": "u1", "status": 1}]}');
select is((select pg_temp.seen()), 'u1-210 out_of_scope, u9+', 'a list that cannot know of it does not bring them back');
select pg_temp.pull('u8', 300, '{"name": "Eight"}');
select pg_temp.pull('u8', 310, null, 'out_of_scope');
select pg_temp.pull('u8', 311, '{"name": "Eight"}');
select is((select in_scope from wecom.member where userid = 'u8'), true, 'the member''s own answer of a second later does');
delete from wecom.member where userid = 'u8';
select pg_temp.pull('u1', 230, '{"status": 1}');
select is((select pg_temp.seen()), 'u1+, u9+', 'a later answer does');
select is((select new_userid from wecom.member where userid = 'u1'), null, 'under the old id');
select pg_temp.pull('u8', 230, null, 'out_of_scope');
select is((select count(*) from wecom.member where userid = 'u8'), 0::bigint, 'absence makes nobody');

-- parts of a list
select is(pg_temp.list(300, '{"users": [{"userid": "u2", "status": 1, "department": [1]}, {"userid": "u3"}, {"userid": "u2", "status": 5}]}'), '{}', 'a part');
select is((select status from wecom.member where userid = 'u2'), 1, 'of one that is there twice the first counts');
create temp table before as select string_agg(ctid::text, ' ' order by userid) as v from wecom.member;
select pg_temp.list(310, '{"users": [{"userid": "u2", "status": 1}, {"userid": "u3"}]}');
select is(string_agg(ctid::text, ' ' order by userid), (select v from before), 'without a difference no row is written') from wecom.member;
select pg_temp.list(290, '{"users": [{"userid": "u2", "status": 2}]}');
select is((select status from wecom.member where userid = 'u2'), 1, 'an older part changes nothing');
select pg_temp.list(300, '{"departments": [{"id": 1, "parentid": 0, "order": 4294967295, "name": "1"}, {"id": 2, "parentid": 99, "order": 5, "name": null}, {"id": 1, "parentid": 5, "order": 1}]}');
select is((select string_agg(format('%s<%s=%s %s', department_id, parent_id, sort_order, name), ', ' order by department_id) from mirror.department), '1<0=4294967295 1, 2<99=5 ',
	'departments; a parent need not be seen; the first of each');
select pg_temp.list(310, '{"departments": [{"id": 2, "parentid": null, "order": 6, "name": null}]}');
select is((select format('%s %s', parent_id, sort_order) from mirror.department where department_id = 2), '99 6', 'absent overwrites nothing');

-- the end
select pg_temp.pull('u4', 315, null, 'out_of_scope');
insert into wecom.member (auth_corp_id, userid, in_scope, left_at, synced_at, seen_at) values ('c1', 'gone', false, to_timestamp(1772000001), now(), to_timestamp(1772000001)),
	('c1', 'back', false, to_timestamp(1772000001), now(), to_timestamp(1772000001)), ('c1', 'late', true, null, now(), to_timestamp(1772000399));
select is(pg_temp.raised(pg_temp.list(400, '{"complete": true, "listed": ["u2", "u3", "new", "back", "new"], "departments": [1]}')), 'member back 1, member new 1, member u1 1, member u9 1',
	'never seen or back again: asked for; in view and not listed: asked for; those who came too late for the list: left');
select is((select count(*) from wecom.member where in_scope), 5::bigint, 'nobody leaves by a list');
select is((select string_agg(department_id::text, ',') from mirror.department), '1', 'a department that is not listed is gone');
select pg_temp.list(405, '{"complete": true, "listed": [], "departments": [1]}');
select is((select pg_temp.s(deleted_at) from wecom.department where department_id = 2), 400::bigint, 'since the first time');
select is((select count(*) from wecom.department), 2::bigint, 'and stays as history');
select pg_temp.list(410, '{"complete": true, "listed": [], "departments": null}');
select is((select string_agg(department_id::text, ',') from mirror.department), '1', 'without a list of departments none is');
select pg_temp.list(420, '{"departments": [{"id": 2}]}');
select is((select string_agg(department_id::text, ',' order by department_id) from mirror.department), '1,2', 'listed again it is back');
select pg_temp.list(419, '{"complete": true, "listed": [], "departments": [1]}');
select is((select string_agg(department_id::text, ',' order by department_id) from mirror.department), '1,2', 'an older end changes nothing');
select is(wecom.object_store('c1', 'member_list', '', '{"complete": true, "listed": []}', null, 1, false), null, 'without a pull nothing');

-- drift
select is(pg_temp.pull('u1', 500, '{"status": 2}', null, true), null, 'before the first full read nothing is drift');
insert into wecom.corp (auth_corp_id, suite_id, state, backfilled_at, scope, auth_mode) values ('c1', 's', 'active', due(0), '{"allow_user": []}', 1);
select is(pg_temp.pull('u1', 501, '{"status": 2}', null, true)->'counts', '{"checked_member": 1, "drift_member": 0}', 'no difference');
select is(pg_temp.pull('u1', 502, '{"status": 1}', null, true)->'counts', '{"checked_member": 1, "drift_member": 1}', 'a difference');
select is(pg_temp.pull('u1', 503, null, 'out_of_scope', true)->'counts', '{"checked_member": 1, "drift_member": 1}', 'who left unseen');
select is(pg_temp.list(504, '{"users": [{"userid": "u2", "status": 2}, {"userid": "u3"}]}', true)->'counts', '{"checked_member": 2, "drift_member": 1}', 'in a list');
select ingest('c1', item('m', '{"job_kind": "member", "job_target": "u2", "due_us": 1772000003000000}'));
select is(pg_temp.pull('u2', 505, '{"status": 1}', null, true)->'counts', '{"checked_member": 1, "drift_member": 0}', 'not while its event waits');
select is(wecom.job_state('c1', 'member_list', ''), '{"scope": {"allow_user": []}, "auth_mode": 1, "seen_us": 0}', 'the state of a listing');
select is(wecom.job_state('c1', 'member', 'u1'), '{"seen_us": 0}', 'and of a member');

-- two corps
select wecom.object_store('c2', 'member_list', '', '{"begun_us": 1, "complete": true, "listed": [], "departments": []}', null, 1, false);
select is((select count(*) from mirror.department), 2::bigint, 'another corp''s list is another''s');

-- large
create function pg_temp.timed(p_what text, p_data jsonb) returns text language plpgsql as $$
declare
	v_begin constant timestamptz := clock_timestamp();
begin
	perform pg_temp.list(1000, p_data);
	return tap.diag(format('%s: %s ms', p_what, round(extract(epoch from clock_timestamp() - v_begin) * 1000)));
end
$$;
select pg_temp.timed('5000 members', jsonb_build_object('users', jsonb_agg((select data from every) || jsonb_build_object('userid', 'm' || i)))) from generate_series(1, 5000) as i;
select pg_temp.timed('a list of 100000', jsonb_build_object('complete', true, 'listed', jsonb_agg('m' || i))) from generate_series(1, 100000) as i;
select is((select count(*) from mirror.member where userid like 'm%'), 5000::bigint, 'many members go through in one call');

select * from finish();
rollback;
