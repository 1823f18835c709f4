-- The columns of the mirror views, as the contract names them (more may follow them).
begin;
set local search_path = tap, pg_catalog;
select no_plan();

select is((
	select string_agg(a.attname || ' ' || format_type(a.atttypid, a.atttypmod), ', ' order by a.attnum)
	from pg_attribute as a
	where a.attrelid = ('mirror.' || v.name)::regclass and a.attnum between 1 and v.n and not a.attisdropped
), v.columns, 'mirror.' || v.name)
from (values
	('corp', 8, 'auth_corp_id text, suite_id text, corp_name text, state text, agent_id bigint, auth_mode smallint, '
		'installed_at timestamp with time zone, cancelled_at timestamp with time zone'),
	('event', 10, 'event_id uuid, auth_corp_id text, route text, info_type text, change_type text, event_at timestamp with time zone, '
		'received_at timestamp with time zone, deliveries integer, state text, body jsonb'),
	('job', 7, 'auth_corp_id text, kind text, target text, state text, due_at timestamp with time zone, attempts integer, last_error text')
) as v (name, n, columns);

select is(wecom.schema_version(), (select max(version) from wecom.migration), 'the schema''s version is the newest migration');

-- row-level security: with app.corp set, one corp is seen
select ingest('c1', chat('a', 'wr1'));
select ingest('c2', chat('b', 'wr2'), item('c'));
insert into wecom.corp (auth_corp_id, suite_id) values ('c1', 's'), ('c2', 's');
create function pg_temp.seen() returns text language sql as $$
	select format('%s %s %s', (select count(*) from mirror.event), (select count(*) from mirror.job), (select count(*) from mirror.corp))
$$;
grant usage on schema tap to wecom_report;
set local role wecom_report;
select is(pg_temp.seen(), '3 2 2', 'a reader sees all corps');
set local app.corp = 'c1';
select is(pg_temp.seen(), '1 1 1', 'with app.corp set, one');
set local app.corp = 'c3';
select is(pg_temp.seen(), '0 0 0', 'or none');
set local app.corp = '';
select is(pg_temp.seen(), '3 2 2', 'empty is not set');
reset role;

select * from finish();
rollback;
