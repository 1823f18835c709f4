-- Who may call and read what: every role against every function and relation, and by trying.
begin;
set local search_path = tap, pg_catalog;
select no_plan();

create temp table program as select r from unnest(array['wecom_callback', 'wecom_sync', 'wecom_web', 'wecom_report']) as u (r);

-- functions
select results_eq(
	$$select p.r, f.oid::regprocedure::text
	from program as p, pg_proc as f
	where f.pronamespace in ('wecom'::regnamespace, 'mirror'::regnamespace, 'report'::regnamespace)
		and has_function_privilege(p.r, f.oid, 'execute')
	order by p.r, f.oid::regprocedure::text$$,
	$$values ('wecom_callback', 'wecom.ingest(text,jsonb)'),
		('wecom_callback', 'wecom.schema_version()'),
		('wecom_report', 'report.channel_state_of(text)'),
		('wecom_report', 'report.customer_daily_of(text)'),
		('wecom_report', 'report.customer_timeline(text,text)'),
		('wecom_report', 'report.data_trust_of(text)'),
		('wecom_report', 'report.duplicate_members_of(text)'),
		('wecom_report', 'report.group_daily_of(text)'),
		('wecom_report', 'report.group_list_of(text)'),
		('wecom_report', 'report.owner_ranking(text,date,date)'),
		('wecom_report', 'report.staff_ranking(text,date,date)'),
		('wecom_report', 'report.tag_usage_of(text)'),
		('wecom_report', 'wecom.corp_seen()'),
		('wecom_report', 'wecom.corp_zone(text)'),
		('wecom_sync', 'wecom.api_usage_add(text,jsonb)'),
		('wecom_sync', 'wecom.corp_authorise(text,text,text,text,bigint)'),
		('wecom_sync', 'wecom.corp_due_list(text,bigint,integer,bigint)'),
		('wecom_sync', 'wecom.corp_due_sweep(bigint,integer)'),
		('wecom_sync', 'wecom.corp_suspend(text,text)'),
		('wecom_sync', 'wecom.event_partition_maintain()'),
		('wecom_sync', 'wecom.job_claim(text,text,bigint,bigint,integer)'),
		('wecom_sync', 'wecom.job_finish(text,text,bigint,bigint,jsonb)'),
		('wecom_sync', 'wecom.lease_release(text,text,bigint)'),
		('wecom_sync', 'wecom.lease_renew(text,text,bigint,integer)'),
		('wecom_sync', 'wecom.lease_take(text,text,integer)'),
		('wecom_sync', 'wecom.reconcile_raise(bigint,integer,integer)'),
		('wecom_sync', 'wecom.schema_version()'),
		('wecom_sync', 'wecom.secret_read(text,text,text)'),
		('wecom_sync', 'wecom.token_drop(text,text,bigint)'),
		('wecom_sync', 'wecom.token_keep(text,text,text,text,bigint)'),
		('wecom_sync', 'wecom.token_take(text,text,text,bigint,integer,integer)'),
		('wecom_web', 'report.channel_state_of(text)'),
		('wecom_web', 'report.customer_daily_of(text)'),
		('wecom_web', 'report.customer_timeline(text,text)'),
		('wecom_web', 'report.data_trust_of(text)'),
		('wecom_web', 'report.duplicate_members_of(text)'),
		('wecom_web', 'report.group_daily_of(text)'),
		('wecom_web', 'report.group_list_of(text)'),
		('wecom_web', 'report.owner_ranking(text,date,date)'),
		('wecom_web', 'report.staff_ranking(text,date,date)'),
		('wecom_web', 'report.tag_usage_of(text)'),
		('wecom_web', 'wecom.api_usage_add(text,jsonb)'),
		('wecom_web', 'wecom.corp_seen()'),
		('wecom_web', 'wecom.corp_zone(text)'),
		('wecom_web', 'wecom.csv_channels()'),
		('wecom_web', 'wecom.csv_customer_daily()'),
		('wecom_web', 'wecom.csv_customers()'),
		('wecom_web', 'wecom.csv_duplicates()'),
		('wecom_web', 'wecom.csv_group_changes()'),
		('wecom_web', 'wecom.csv_group_daily()'),
		('wecom_web', 'wecom.csv_groups()'),
		('wecom_web', 'wecom.csv_ledger()'),
		('wecom_web', 'wecom.csv_losses()'),
		('wecom_web', 'wecom.csv_owners()'),
		('wecom_web', 'wecom.csv_roster()'),
		('wecom_web', 'wecom.csv_staff()'),
		('wecom_web', 'wecom.csv_tag_orders()'),
		('wecom_web', 'wecom.csv_tags()'),
		('wecom_web', 'wecom.csv_transfers()'),
		('wecom_web', 'wecom.csv_trust()'),
		('wecom_web', 'wecom.csv_usage()'),
		('wecom_web', 'wecom.page_channels(text,jsonb)'),
		('wecom_web', 'wecom.page_chat(text,jsonb)'),
		('wecom_web', 'wecom.page_customer(text,jsonb)'),
		('wecom_web', 'wecom.page_customers(text,jsonb)'),
		('wecom_web', 'wecom.page_duplicates(text,jsonb)'),
		('wecom_web', 'wecom.page_group_changes(text,jsonb)'),
		('wecom_web', 'wecom.page_groups(text,jsonb)'),
		('wecom_web', 'wecom.page_id(jsonb,text)'),
		('wecom_web', 'wecom.page_list(text,text,jsonb,text)'),
		('wecom_web', 'wecom.page_losses(text,jsonb)'),
		('wecom_web', 'wecom.page_me(text,jsonb)'),
		('wecom_web', 'wecom.page_moment(text,date)'),
		('wecom_web', 'wecom.page_number(jsonb,text,integer,integer,integer)'),
		('wecom_web', 'wecom.page_overview(text,jsonb)'),
		('wecom_web', 'wecom.page_overview_figures(jsonb,jsonb,date,date)'),
		('wecom_web', 'wecom.page_owners(text,jsonb)'),
		('wecom_web', 'wecom.page_query(text,jsonb)'),
		('wecom_web', 'wecom.page_range(text,jsonb)'),
		('wecom_web', 'wecom.page_settings(text,jsonb)'),
		('wecom_web', 'wecom.page_settings_backfill(text,boolean)'),
		('wecom_web', 'wecom.page_settings_jobs(text)'),
		('wecom_web', 'wecom.page_source(text)'),
		('wecom_web', 'wecom.page_staff(text,jsonb)'),
		('wecom_web', 'wecom.page_tag_orders(text,jsonb)'),
		('wecom_web', 'wecom.page_tags(text,jsonb)'),
		('wecom_web', 'wecom.page_transfers(text,jsonb)'),
		('wecom_web', 'wecom.page_trust(text,jsonb)'),
		('wecom_web', 'wecom.page_usage(text,jsonb)'),
		('wecom_web', 'wecom.resync(text,text,text)'),
		('wecom_web', 'wecom.schema_version()'),
		('wecom_web', 'wecom.secret_read(text,text,text)'),
		('wecom_web', 'wecom.token_drop(text,text,bigint)'),
		('wecom_web', 'wecom.token_keep(text,text,text,text,bigint)'),
		('wecom_web', 'wecom.token_take(text,text,text,bigint,integer,integer)'),
		('wecom_web', 'wecom.web_install(text,text,text,bigint)'),
		('wecom_web', 'wecom.web_install_state(text,text)'),
		('wecom_web', 'wecom.web_metrics()'),
		('wecom_web', 'wecom.web_resync(text,text,text,text)'),
		('wecom_web', 'wecom.web_session_begin(text,text,text,boolean,text,integer)'),
		('wecom_web', 'wecom.web_session_end(text,text)'),
		('wecom_web', 'wecom.web_session_read(text,text)'),
		('wecom_web', 'wecom.web_state_begin(text,text,text,text,text,integer)'),
		('wecom_web', 'wecom.web_state_take(text,text,text)'),
		('wecom_web', 'wecom.web_unpark(text,text,text,text)')$$,
	'each role may call just these functions');

-- relations, any privilege at all, columns included
select results_eq(
	$$select p.r, c.oid::regclass::text, string_agg(v.v, ',' order by v.v)
	from program as p, pg_class as c, unnest(array['select', 'insert', 'update', 'delete', 'truncate', 'references', 'trigger']) as v (v)
	where c.relnamespace in ('wecom'::regnamespace, 'mirror'::regnamespace, 'report'::regnamespace)
		and c.relkind in ('r', 'p', 'v', 'm', 'f')
		and (has_table_privilege(p.r, c.oid, v.v)
			or (v.v in ('select', 'insert', 'update', 'references') and has_any_column_privilege(p.r, c.oid, v.v)))
	group by p.r, c.oid
	order by p.r, c.oid::regclass::text$$,
	$$select r, v.oid::regclass::text, 'select'
	from unnest(array['wecom_report', 'wecom_web']) as u (r), pg_class as v
	where v.relnamespace in ('mirror'::regnamespace, 'report'::regnamespace) and v.relkind = 'v'
	order by 1, 2$$,
	'programs touch no table; readers read the views and write nothing');

select results_eq(
	$$select c.oid::regclass::text, string_agg(a.attname::text collate "default", ',' order by a.attname)
	from pg_class as c
	join pg_attribute as a on a.attrelid = c.oid and a.attnum > 0 and not a.attisdropped
	where c.relnamespace = 'wecom'::regnamespace and c.relkind in ('r', 'p')
		and has_column_privilege('wecom_reader', c.oid, a.attnum, 'select') and not has_table_privilege('wecom_reader', c.oid, 'select')
	group by c.oid order by 1$$,
	$$values ('wecom.secret', 'auth_corp_id,kind,name,secret_at'), ('wecom.token', 'auth_corp_id,expires_at,kind')$$,
	'of secrets the views'' owner reads just their age');
select is_empty(
	$$select t from unnest(array['wecom.secret', 'wecom.token', 'wecom.lease', 'wecom.corp_due', 'wecom.pull', 'wecom.setting', 'wecom.migration']) as u (t)
	where has_table_privilege('wecom_reader', t, 'select')$$,
	'and of what no view shows, nothing');
select is_empty(
	$$select c.oid::regclass from pg_class as c
	where has_any_column_privilege('wecom_reader', c.oid, 'select') and c.relnamespace = 'wecom'::regnamespace and c.relkind in ('r', 'p')
		and not c.relispartition
		and not (c.relrowsecurity and exists (select from pg_policy as l where l.polrelid = c.oid))$$,
	'each of those has row-level security');

-- schemas and roles
select results_eq(
	$$select p.r, n.nspname::text collate "default", v.v from program as p, pg_namespace as n, unnest(array['usage', 'create']) as v (v)
	where n.nspname in ('wecom', 'mirror', 'report') and has_schema_privilege(p.r, n.oid, v.v) order by 1, 2, 3$$,
	$$values ('wecom_callback', 'wecom', 'usage'), ('wecom_report', 'mirror', 'usage'), ('wecom_report', 'report', 'usage'),
		('wecom_sync', 'wecom', 'usage'), ('wecom_web', 'mirror', 'usage'), ('wecom_web', 'report', 'usage'), ('wecom_web', 'wecom', 'usage')$$,
	'schemas');
select results_eq(
	$$select rolname::text collate "default", rolcanlogin, rolsuper or rolcreaterole or rolcreatedb or rolreplication or rolbypassrls
	from pg_roles where rolname like 'wecom%' order by 1$$,
	$$values ('wecom_callback', true, false), ('wecom_owner', false, false), ('wecom_reader', false, false),
		('wecom_report', true, false), ('wecom_sync', true, false), ('wecom_web', true, false)$$,
	'roles');
select is_empty($$select from pg_auth_members as m join pg_roles as r on r.oid = m.member where r.rolname like 'wecom%'$$,
	'no role of ours is a member of another');

-- owners
select is_empty(
	$$select c.oid::regclass from pg_class as c where c.relnamespace = 'wecom'::regnamespace and c.relowner <> 'wecom_owner'::regrole
	union all select c.oid::regclass from pg_class as c where c.relnamespace in ('mirror'::regnamespace, 'report'::regnamespace)
		and c.relowner <> 'wecom_reader'::regrole
	union all select f.oid::regproc::oid::regclass from pg_proc as f where f.pronamespace = 'wecom'::regnamespace and f.proowner <> 'wecom_owner'::regrole$$,
	'everything belongs to the owner, views to the reader');

-- by trying
grant usage on schema tap to wecom_callback, wecom_report;
create temp table element as select item('a') as e;
grant select on element to wecom_callback;
grant select on all tables in schema pg_temp to wecom_callback;
set local role wecom_callback;
select lives_ok($$select wecom.ingest('c1', jsonb_build_array(e)) from element$$, 'the receiver ingests one');
select lives_ok($$select wecom.ingest('c1', jsonb_build_array(e, e)) from element$$, 'and many');
select lives_ok($$select wecom.schema_version()$$, 'and asks for the version');
select throws_ok('select wecom.' || call, '42501', null, 'the receiver may not call ' || call)
from unnest(array['ingest_one(''c'', ''[]'')', 'ingest_many(''c'', ''[]'')', 'job_raise(''c'', null, null, null)', 'corp_due_raise(''c'', null)',
	'secret_keep(''c'', ''[]'')', 'event_partition_maintain()', 'event_partition_drop(''event_default'')']) as u (call);
select throws_ok('table ' || t, '42501', null, 'the receiver may not read ' || t)
from unnest(array['wecom.event', 'wecom.event_default', 'wecom.job', 'wecom.secret', 'wecom.migration', 'mirror.event']) as u (t);
reset role;
grant usage on schema tap to wecom_sync;
grant select on all tables in schema pg_temp to wecom_sync;
set local role wecom_sync;
select is(wecom.lease_take('c1', 'd1', 30), 1::bigint, 'the reconciler leases');
select lives_ok($$select wecom.job_claim('c1', 'd1', 1, 0, 1)$$, 'and claims');
select throws_ok('select wecom.' || call, '42501', null, 'the reconciler may not call ' || call)
from unnest(array['purge(''c'')', 'unpark(''c'', null)', 'replay(''c'', null, null)', 'resync(''c'', null)', 'purge_store(''c'', ''{}'', 0)',
	'job_raise_priority(''c'', ''[]'')', 'ingest(''c'', ''[]'')']) as u (call);
select throws_ok('table ' || t, '42501', null, 'the reconciler may not read ' || t)
from unnest(array['wecom.job', 'wecom.secret', 'wecom.token', 'mirror.event']) as u (t);
reset role;
set local role wecom_report;
select throws_ok('table wecom.secret', '42501', null, 'a report may not read secrets');
select throws_ok('delete from mirror.event', '42501', null, 'nor delete events');
reset role;

select * from finish();
rollback;
