-- Everything has a comment.
begin;
set local search_path = tap, pg_catalog;
select no_plan();

select is_empty($$select nspname from pg_namespace where nspname in ('wecom', 'mirror', 'report') and obj_description(oid, 'pg_namespace') is null$$,
	'schemas');
select is_empty(
	$$select oid::regclass from pg_class
	where relnamespace in ('wecom'::regnamespace, 'mirror'::regnamespace, 'report'::regnamespace) and relkind in ('r', 'p', 'v', 'm')
		and obj_description(oid, 'pg_class') is null$$,
	'tables and views');
select is_empty(
	$$select a.attrelid::regclass, a.attname from pg_attribute as a join pg_class as c on c.oid = a.attrelid
	where c.relnamespace in ('wecom'::regnamespace, 'mirror'::regnamespace, 'report'::regnamespace)
		and (c.relkind in ('p', 'v', 'm') or c.relkind = 'r' and not c.relispartition)
		and a.attnum > 0 and not a.attisdropped and col_description(a.attrelid, a.attnum) is null$$,
	'columns');
select is_empty(
	$$select oid::regprocedure from pg_proc
	where pronamespace in ('wecom'::regnamespace, 'mirror'::regnamespace, 'report'::regnamespace) and obj_description(oid, 'pg_proc') is null$$,
	'functions');

select * from finish();
rollback;
