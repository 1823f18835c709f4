-- Who sees what: every view and function of the readers, with app.corp set, empty, and as the operator chose.
begin;
set local search_path = tap, pg_catalog;
select no_plan();

-- two corps with the same in every table; their rows are made by what the columns are
create function pg_temp.fill(p_corp text) returns void language plpgsql as $$
declare
	v_table record;
begin
	for v_table in
		select c.relname, string_agg(format('%I', a.attname), ', ' order by a.attnum) as columns, string_agg(case
			when a.attname = 'auth_corp_id' then quote_literal(p_corp)
			when a.attname = 'status' and c.relname = 'follow' then '''transferred'''
			when a.attname in ('state') and c.relname = 'corp' then '''active'''
			when a.attname = 'kind' then '''suite_ticket'''
			when a.attname in ('cancelled_at', 'deleted_at', 'dismissed_at', 'removed_at', 'left_at', 'refreshing_by', 'refreshing_until', 'sealed', 'expires_at')
				and not a.attnotnull then 'null'
			when a.attname = 'action' then '''join'''
			when a.atttypid = 'timestamptz'::regtype then '''2026-02-25 10:00+08'''
			when a.atttypid = 'date'::regtype then '''2026-02-25'''
			when a.atttypid = 'jsonb'::regtype then '''{}'''
			when a.atttypid = 'uuid'::regtype then 'md5(''x'')::uuid'
			when a.atttypid = 'bytea'::regtype then '''\x00'''
			when a.atttypid = 'boolean'::regtype then 'true'
			when a.atttypid = 'text[]'::regtype then '''{a,b}'''
			when a.atttypid = 'date[]'::regtype then '''{2026-02-25}'''
			when a.atttypid::regtype::text like '%[]' then '''{1}'''
			when a.atttypid = 'text'::regtype then '''x'''
			else '1' end, ', ' order by a.attnum) as values
		from pg_class as c
		join pg_attribute as a on a.attrelid = c.oid and a.attnum > 0 and not a.attisdropped
		where c.relnamespace = 'wecom'::regnamespace and c.relkind in ('r', 'p') and not c.relispartition
			and exists (select from pg_attribute as k where k.attrelid = c.oid and k.attname = 'auth_corp_id')
		group by c.relname
	loop
		execute format('insert into wecom.%I (%s) values (%s)', v_table.relname, v_table.columns, v_table.values);
	end loop;
end
$$;
select pg_temp.fill(c) from unnest('{c1,c2}'::text[]) as u (c);
-- whoever was handed over has no tags
insert into wecom.follow (auth_corp_id, external_userid, userid, period, status) select c, 'y', 'x', 1, 'active' from unnest('{c1,c2}'::text[]) as u (c);
insert into wecom.follow_tag (auth_corp_id, external_userid, userid, tag_id, added_at) select c, 'y', 'x', 'x', now() from unnest('{c1,c2}'::text[]) as u (c);
create temp table reader as
	select v.oid::regclass::text as name from pg_class as v where v.relnamespace in ('mirror'::regnamespace, 'report'::regnamespace) and v.relkind = 'v';
grant select on reader to wecom_report, wecom_web;
-- which corps a view shows
create function pg_temp.seen(p_view text) returns text language plpgsql as $$
declare
	v_seen text;
begin
	execute format('select string_agg(distinct auth_corp_id, '' '' order by auth_corp_id) from %s', p_view) into v_seen;
	return v_seen;
end
$$;
-- and a function, asked for each of the two
create function pg_temp.asked() returns text language sql as $$
	select concat_ws(' ', (select string_agg(c, '' order by c) from unnest('{c1,c2}'::text[]) as u (c) where exists (select from report.staff_ranking(c, '2026-02-01', '2026-02-28'))),
		(select string_agg(c, '' order by c) from unnest('{c1,c2}'::text[]) as u (c) where exists (select from report.owner_ranking(c, '2026-02-01', '2026-02-28'))),
		(select string_agg(c, '' order by c) from unnest('{c1,c2}'::text[]) as u (c) where exists (select from report.customer_timeline(c, 'x'))),
		(select string_agg(f || c, '' order by f, c) from unnest('{c1,c2}'::text[]) as u (c), lateral (
			select 'a' as f from report.customer_daily_of(c) union select 'b' from report.group_daily_of(c) union select 'c' from report.channel_state_of(c)
			union select 'd' from report.group_list_of(c) union select 'e' from report.tag_usage_of(c) union select 'f' from report.duplicate_members_of(c)
			union select 'g' from report.data_trust_of(c)) as r))
$$;
grant usage on schema tap to wecom_report, wecom_web;

select cmp_ok((select count(*) from reader), '>=', 30::bigint, 'there are views to look at');
set local role wecom_report;
select is(pg_temp.seen(name), 'c1 c2', name || ': without app.corp a person sees all') from reader;
select is(pg_temp.asked(), 'c1c2 c1c2 c1c2 ac1ac2bc1bc2cc1cc2dc1dc2ec1ec2fc1fc2gc1gc2', 'the functions answer for both');
set local app.corp = 'c1';
select is(pg_temp.seen(name), 'c1', name || ': with it one corp') from reader;
select is(pg_temp.asked(), 'c1 c1 c1 ac1bc1cc1dc1ec1fc1gc1', 'the functions answer for that one, whatever they are asked');
set local app.corp = 'c3';
select is(pg_temp.seen(name), null, name || ': or none') from reader;
set local app.corp = '';
reset role;
update wecom.setting set value = 'none' where name = 'report_without_corp';
set local role wecom_report;
select is(pg_temp.seen(name), null, name || ': none without app.corp, when the operator says so') from reader;
select is(pg_temp.asked(), '', 'nor by a function');
set local app.corp = 'c2';
select is(pg_temp.seen('mirror.customer'), 'c2', 'with it, that corp');
set local app.corp = '';
reset role;
update wecom.setting set value = 'all' where name = 'report_without_corp';
set local role wecom_web;
select is(pg_temp.seen(name), null, name || ': the pages see nothing without app.corp, whatever the setting') from reader;
select is(pg_temp.asked(), '', 'nor by a function');
set local app.corp = 'c2';
select is(pg_temp.seen(name), 'c2', name || ': with it one corp') from reader;
select is(wecom.page_me('c1', '{}'), null, 'a page of another corp knows nothing');
select is(wecom.page_me('c2', '{}')->>'corp_id', 'c2', 'of its own it does');
reset role;

-- asked once for each query, not for each row
create function pg_temp.plan(p_sql text) returns setof text language plpgsql as $$ begin return query execute 'explain (costs off) ' || p_sql; end $$;
set local role wecom_report;
select is((select count(*) from pg_temp.plan('select * from mirror.customer') as l (line) where line ~ 'corp_seen'), 0::bigint, 'the rows'' filter calls no function');
select is((select count(*) from pg_temp.plan('select * from mirror.customer') as l (line) where line ~ 'InitPlan'), 2::bigint, 'it is asked before the first row');
reset role;

select * from finish();
rollback;
