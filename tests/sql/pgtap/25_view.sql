-- The views of the mirror's objects: columns as the contract names them (more may follow), and one corp with app.corp set.
begin;
set local search_path = tap, pg_catalog;
select no_plan();

create temp table contract (name text, columns text);
insert into contract values
	('mirror.customer', 'auth_corp_id text, external_userid text, name text, type integer, corp_name text, position text, gender integer, synced_at timestamp with time zone'),
	('mirror.follow', 'auth_corp_id text, external_userid text, userid text, remark text, description text, state text, add_way integer, status text, added_at timestamp with time zone, lost_at timestamp with time zone'),
	('mirror.follow_tag', 'auth_corp_id text, external_userid text, userid text, tag_id text'),
	('mirror.transfer_failure', 'auth_corp_id text, external_userid text, userid text, fail_reason text, failed_at timestamp with time zone'),
	('mirror.group_chat', 'auth_corp_id text, chat_id text, name text, owner text, notice text, created_at timestamp with time zone, member_version text, dismissed_at timestamp with time zone, synced_at timestamp with time zone'),
	('mirror.group_chat_admin', 'auth_corp_id text, chat_id text, userid text'),
	('mirror.group_chat_member', 'auth_corp_id text, chat_id text, member_id text, type integer, name text, group_nickname text, join_at timestamp with time zone, join_scene integer, invitor text'),
	('mirror.tag_group', 'auth_corp_id text, group_id text, name text, sort_order bigint, created_at timestamp with time zone, deleted_at timestamp with time zone'),
	('mirror.tag', 'auth_corp_id text, tag_id text, group_id text, name text, sort_order bigint, created_at timestamp with time zone, deleted_at timestamp with time zone'),
	('mirror.member', 'auth_corp_id text, userid text, open_userid text, name text, main_department bigint, departments bigint[], position text, status integer, in_scope boolean'),
	('mirror.department', 'auth_corp_id text, department_id bigint, parent_id bigint, name text, sort_order bigint'),
	('report.group_ledger', 'auth_corp_id text, at timestamp with time zone, chat_id text, member_id text, type integer, action text, scene integer, origin text, event_id uuid');
select is(left((
	select string_agg(a.attname || ' ' || replace(format_type(a.atttypid, a.atttypmod), '"', ''), ', ' order by a.attnum)
	from pg_attribute as a
	where a.attrelid = c.name::regclass and a.attnum > 0 and not a.attisdropped
) || ', ', length(c.columns) + 2), c.columns || ', ', c.name)
from contract as c;

-- one row in each view, for two corps
insert into wecom.customer (auth_corp_id, external_userid, synced_at) select c, 'x', now() from unnest('{c1,c2}'::text[]) as u (c);
insert into wecom.follow (auth_corp_id, external_userid, userid, period, status) select c, 'x', 'u', 1, 'active' from unnest('{c1,c2}'::text[]) as u (c);
insert into wecom.follow_tag (auth_corp_id, external_userid, userid, tag_id, added_at) select c, 'x', 'u', 't', now() from unnest('{c1,c2}'::text[]) as u (c);
insert into wecom.transfer_failure (auth_corp_id, external_userid, userid, failed_at) select c, 'x', 'u', now() from unnest('{c1,c2}'::text[]) as u (c);
insert into wecom.group_chat (auth_corp_id, chat_id, seen_at, synced_at) select c, 'w', now(), now() from unnest('{c1,c2}'::text[]) as u (c);
insert into wecom.group_chat_admin (auth_corp_id, chat_id, userid) select c, 'w', 'u' from unnest('{c1,c2}'::text[]) as u (c);
insert into wecom.group_chat_member (auth_corp_id, chat_id, member_id, is_present) select c, 'w', 'x', true from unnest('{c1,c2}'::text[]) as u (c);
insert into wecom.group_chat_ledger (auth_corp_id, entry_id, chat_id, at, member_id, action, origin) select c, md5(c)::uuid, 'w', now(), 'x', 'join', 'event' from unnest('{c1,c2}'::text[]) as u (c);
insert into wecom.tag_group (auth_corp_id, group_id, name) select c, 'g', 'n' from unnest('{c1,c2}'::text[]) as u (c);
insert into wecom.tag (auth_corp_id, tag_id, name) select c, 't', 'n' from unnest('{c1,c2}'::text[]) as u (c);
insert into wecom.member (auth_corp_id, userid, in_scope, synced_at) select c, 'u', true, now() from unnest('{c1,c2}'::text[]) as u (c);
insert into wecom.department (auth_corp_id, department_id) select c, 1 from unnest('{c1,c2}'::text[]) as u (c);
grant usage on schema tap to wecom_report;
grant select on contract to wecom_report;
create function pg_temp.seen(p_view text) returns text language plpgsql as $$
declare
	v_seen text;
begin
	execute format('select string_agg(auth_corp_id, '' '' order by auth_corp_id) from %s', p_view) into v_seen;
	return v_seen;
end
$$;
set local role wecom_report;
select is(pg_temp.seen(name), 'c1 c2', name || ': a reader sees all corps') from contract;
set local app.corp = 'c1';
select is(pg_temp.seen(name), 'c1', name || ': with app.corp set, one') from contract;
set local app.corp = 'c3';
select is(pg_temp.seen(name), null, name || ': or none') from contract;
reset role;

-- tags of pairs by the latest period's status
update wecom.follow set status = s.status from (values ('c1', 'deleted_by_customer'), ('c2', 'deleted_by_staff')) as s (corp, status) where auth_corp_id = s.corp;
set local app.corp = '';
select is(pg_temp.seen('mirror.follow_tag'), 'c1', 'a pair that the member ended has no tags, one that the customer ended has');
update wecom.follow set status = 'half' where auth_corp_id = 'c1';
select is(pg_temp.seen('mirror.follow_tag'), 'c1', 'half ones have');
insert into wecom.follow (auth_corp_id, external_userid, userid, period, status) values ('c1', 'x', 'u', 2, 'transferred'), ('c2', 'x', 'u', 2, 'active');
select is(pg_temp.seen('mirror.follow_tag'), 'c2', 'the latest period counts, once');
select is((select string_agg(status, ' ' order by auth_corp_id) from mirror.follow), 'transferred active', 'each pair is one row');
update wecom.group_chat set dismissed_at = now() where auth_corp_id = 'c1';
select is(pg_temp.seen('mirror.group_chat_member'), 'c2', 'nobody is in a dissolved chat');
update wecom.group_chat_member set is_present = false;
select is(pg_temp.seen('mirror.group_chat_member'), null, 'nor who left');
select is(pg_temp.seen('mirror.group_chat'), 'c1 c2', 'dissolved chats are shown');

-- no program may store by itself, past the lease
select is_empty($$select r, f.oid::regprocedure from unnest('{wecom_callback,wecom_sync,wecom_web,wecom_report}'::text[]) as u (r), pg_proc as f
	where f.pronamespace = 'wecom'::regnamespace and f.proname ~ '_store|_put$|^follow_|^customer_|^tag_|^chat_|^job_state' and has_function_privilege(r, f.oid, 'execute')$$,
	'no program may call the store functions');

select * from finish();
rollback;
