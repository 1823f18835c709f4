-- Upkeep of the event partitions.
begin;
set local search_path = tap, pg_catalog;
set local timezone = 'Asia/Shanghai';	-- must not matter
select no_plan();

create function pg_temp.bounds() returns text language sql as $$
	select string_agg(name || ' ' || to_char(from_at at time zone 'UTC', 'YYYY-MM-DD') || ' ' || to_char(to_at at time zone 'UTC', 'YYYY-MM-DD'), E'\n' order by from_at)
	from wecom.event_partition_list() where name <> 'event_undated'
$$;
select cmp_ok((select count(*) from wecom.event_partition_list() where from_at > now()), '>=', 3::bigint, 'migration leaves three or more ahead');
select ok(exists (select from wecom.event_partition_list() where from_at <= now() and to_at > now()), 'and one for now');
select is_empty('select * from wecom.event_partition_maintain()', 'nothing is left to do');

-- from a known state
do $$ declare p text; begin
	for p in select name from wecom.event_partition_list() where name <> 'event_undated' loop
		execute format('drop table wecom.%I', p);
	end loop;
end $$;
select ingest('c1', item('early', '{"time_s": 1772000000}'), item('now', '{"time_s": 1790000000}'), item('never', '{"time_s": 4000000000}'));
select results_eq(
	$$select action, partition_name, events from wecom.event_partition_maintain_at('2026-03-15 12:00+00')$$,
	$$values ('created', 'event_20260201', null::bigint), ('created', 'event_20260301', null), ('created', 'event_20260401', null),
		('created', 'event_20260501', null), ('created', 'event_20260601', null), ('default', 'event_default', 2)$$,
	'one behind, now, three ahead; what lies outside is told');
select is((select tableoid::regclass::text from wecom.event where body->>'Content' = 'early'), 'wecom.event_20260201', 'an event moves from the default partition');
select is(ingest('c1', item('early', '{"time_s": 1772000000}')), '2', 'and its repeat is found there');
select is((select count(*) from pg_index where indrelid = 'wecom.event_20260201'::regclass), 2::bigint, 'with both indexes');
select is((select count(*) from pg_inherits join pg_index on indexrelid = inhrelid where indrelid = 'wecom.event_20260201'::regclass), 2::bigint, 'that belong to the parent''s');
select ok((select relowner = 'wecom_owner'::regrole from pg_class where oid = 'wecom.event_20260201'::regclass), 'owned by the owner');

-- the width changes: existing partitions stay, new ones fit beside them
update wecom.setting set value = 'week' where name = 'event_partition_width';
select results_eq(
	$$select action, partition_name from wecom.event_partition_maintain_at('2026-06-24 00:00+00') where action <> 'default'$$,
	$$values ('created', 'event_20260701'), ('created', 'event_20260706'), ('created', 'event_20260713')$$,
	'from month to week');
update wecom.setting set value = 'day' where name = 'event_partition_width';
select results_eq(
	$$select action, partition_name from wecom.event_partition_maintain_at('2026-07-18 12:00+00') where action <> 'default'$$,
	$$values ('created', 'event_20260720'), ('created', 'event_20260721')$$,
	'from week to day');
update wecom.setting set value = 'month' where name = 'event_partition_width';
select results_eq(
	$$select action, partition_name from wecom.event_partition_maintain_at('2026-07-18 12:00+00') where action <> 'default'$$,
	$$values ('created', 'event_20260722'), ('created', 'event_20260801'), ('created', 'event_20260901'), ('created', 'event_20261001')$$,
	'from day to month');
select is((select tableoid::regclass::text from wecom.event where body->>'Content' = 'now'), 'wecom.event_20260901', 'again an event moves');

-- retention
update wecom.setting set value = '60 days' where name = 'event_retention';
select ingest('c1', item('undated', '{"time_s": 0}'));
select results_eq(
	$$select action, partition_name from wecom.event_partition_maintain_at('2026-07-18 12:00+00') where action <> 'default'$$,
	$$values ('dropped', 'event_20260201'), ('dropped', 'event_20260301'), ('dropped', 'event_20260401')$$,
	'partitions wholly behind the retention go');
select is((select string_agg(body->>'Content', ' ' order by event_time) from wecom.event), 'undated now never', 'and their events, no others');

-- settings out of range
create function pg_temp.refuses(p_name text, p_value text) returns text language plpgsql as $$
begin
	update wecom.setting set value = p_value where name = p_name;
	return throws_ok('select wecom.event_partition_maintain()', '22023', null, p_name || ' = ' || p_value);
end $$;
savepoint s;
select pg_temp.refuses('event_partition_width', 'year');
rollback to s;
select pg_temp.refuses('event_partitions_ahead', '2');
rollback to s;
select pg_temp.refuses('event_retention', '-1 day');
rollback to s;
delete from wecom.setting where name = 'event_retention';
select throws_ok('select wecom.event_partition_maintain()', '22023', null, 'a setting is missing');

select * from finish();
rollback;
