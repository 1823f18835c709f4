-- The rules of one schema on PostgreSQL and on Citus, as far as the catalog shows them.
begin;
set local search_path = tap, pg_catalog;
select no_plan();

-- tables that belong to no corp
create temp table shared as select u.t::regclass as t from unnest(array['wecom.migration', 'wecom.setting']) as u (t);
create temp table corp_table as
	select c.oid::regclass as t from pg_class as c
	where c.relnamespace = 'wecom'::regnamespace and c.relkind in ('r', 'p') and c.oid not in (select t from shared);

select cmp_ok((select count(*) from corp_table), '>=', 8::bigint, 'there are tables to look at');
select is_empty(
	$$select t from corp_table where not exists (select from pg_attribute as a where a.attrelid = t and a.attname = 'auth_corp_id'
		and a.attnotnull and a.atttypid = 'text'::regtype)$$,
	'every corp table has auth_corp_id');
select is_empty(
	$$select t from corp_table where not exists (select from pg_index as i where i.indrelid = t and i.indisprimary
		and (i.indkey::int2[])[0] = (select a.attnum from pg_attribute as a where a.attrelid = t and a.attname = 'auth_corp_id'))$$,
	'every corp table has a primary key that starts with it');
select is_empty(
	$$select i.indexrelid::regclass from pg_index as i join corp_table on t = i.indrelid
	where (i.indisunique or i.indisexclusion)
		and (select a.attnum from pg_attribute as a where a.attrelid = t and a.attname = 'auth_corp_id') <> all (i.indkey::int2[])$$,
	'every unique index contains it');
select is_empty($$select tgname from pg_trigger as g join pg_class as c on c.oid = g.tgrelid where c.relnamespace = 'wecom'::regnamespace$$,
	'no triggers');
select is_empty($$select ev_class::regclass from pg_rewrite join pg_class as c on c.oid = ev_class where c.relnamespace = 'wecom'::regnamespace$$,
	'no rules');
select is_empty($$select conname from pg_constraint where contype = 'f' and connamespace = 'wecom'::regnamespace$$, 'no foreign keys');
select is_empty($$select oid::regclass from pg_class where relkind = 'S' and relnamespace in ('wecom'::regnamespace, 'mirror'::regnamespace, 'report'::regnamespace)$$,
	'no sequences');
select is_empty($$select attrelid::regclass, attname from pg_attribute as a join pg_class as c on c.oid = a.attrelid
	where c.relnamespace = 'wecom'::regnamespace and a.attidentity <> ''$$, 'no identity columns');
select is_empty(
	$$select f.oid::regprocedure from pg_proc as f
	where f.pronamespace in ('wecom'::regnamespace, 'report'::regnamespace) and f.prosecdef
		and not coalesce(f.proconfig && array['search_path=pg_catalog, pg_temp'], false)$$,
	'security definer functions set search_path');
select is_empty(
	$$select f.oid::regprocedure from pg_proc as f
	where f.pronamespace = 'wecom'::regnamespace and 'p_corp' = any (f.proargnames) and f.proargnames[1] <> 'p_corp'$$,
	'p_corp comes first');
select is_empty(
	$$select f.oid::regprocedure from pg_proc as f
	where f.pronamespace = 'wecom'::regnamespace and f.proname !~ '^(event_partition_|schema_version$)'
		-- several corps share a commit on plain PostgreSQL only: WECOM_COMMIT_SCOPE=corp never calls these
		and f.proname not in ('ingest_corps', 'job_raise_corps')
		-- walk all corps: read only, or corp by corp (a limit of 1 keeps a transaction inside one)
		and f.proname not in ('corp_due_list', 'corp_due_sweep', 'reconcile_raise', 'rollup_fill', 'web_metrics')
		-- compute, or are told the corp by app.corp
		and f.proname !~ '^(csv_|page_(number|id|source|query|overview_figures)$|corp_seen$|day_bounds$|delete_alert_least$|rollup_raise$)'
		and coalesce(f.proargnames[1], '') <> 'p_corp'$$,
	'every function but upkeep, version and the shared commit is about one corp');
select is_empty(
	$$select f.oid::regprocedure, u.v from pg_proc as f, unnest(f.proargnames) as u (v)
	where f.pronamespace = 'wecom'::regnamespace and u.v in ('corp', 'auth_corp_id', 'p_auth_corp_id')$$,
	'the corp argument is always called p_corp');

-- the event log
select is((select pg_get_partkeydef('wecom.event'::regclass)), 'RANGE (event_time)', 'events are partitioned by the time inside');
select is((select pg_get_constraintdef(oid) from pg_constraint where conrelid = 'wecom.event'::regclass and contype = 'p'),
	'PRIMARY KEY (auth_corp_id, event_time, content_hash)', 'and keyed by identity');

-- hot tables
select is_empty(
	$$select t from corp_table where t in ('wecom.job'::regclass, 'wecom.corp_due'::regclass, 'wecom.lease'::regclass)
		and not exists (select from pg_class as c, unnest(c.reloptions) as o (o) where c.oid = t and o.o ~ '^fillfactor=(5|6|70)')$$,
	'hot tables leave room for updates');
select is((select pg_get_expr(indpred, indrelid) from pg_index where indexrelid = 'wecom.job_due_idx'::regclass), '(state = ''due''::text)',
	'the claimable jobs have an index of their own');
select is((select pg_get_indexdef('wecom.job_due_idx'::regclass)),
	'CREATE INDEX job_due_idx ON wecom.job USING btree (auth_corp_id, priority, due_at) WHERE (state = ''due''::text)', 'in the order of claims');

select * from finish();
rollback;
