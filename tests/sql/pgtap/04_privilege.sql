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
		('wecom_sync', 'wecom.event_partition_maintain()'),
		('wecom_sync', 'wecom.schema_version()'),
		('wecom_web', 'wecom.schema_version()')$$,
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
	$$select r, 'mirror.' || v, 'select'
	from unnest(array['wecom_report', 'wecom_web']) as u (r), unnest(array['corp', 'event', 'job']) as w (v)
	order by 1, 2$$,
	'programs touch no table; readers read the views and write nothing');

select results_eq(
	$$select c.oid::regclass::text from pg_class as c
	where c.relnamespace = 'wecom'::regnamespace and c.relkind in ('r', 'p')
		and has_table_privilege('wecom_reader', c.oid, 'select') order by 1$$,
	$$values ('wecom.corp'), ('wecom.event'), ('wecom.job')$$,
	'the views'' owner reads what they show, no secrets');
select is_empty(
	$$select c.oid::regclass from pg_class as c
	where has_table_privilege('wecom_reader', c.oid, 'select') and c.relnamespace = 'wecom'::regnamespace and c.relkind in ('r', 'p')
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
set local role wecom_report;
select throws_ok('table wecom.secret', '42501', null, 'a report may not read secrets');
select throws_ok('delete from mirror.event', '42501', null, 'nor delete events');
reset role;

select * from finish();
rollback;
