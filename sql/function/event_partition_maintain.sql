-- wecom.event_partition_maintain(): drop the event partitions behind the retention, make those needed ahead, and tell
-- what lies in the default partition.
--   returns  one row for each thing done or to be known, action being
--              dropped, created  a partition; what the default partition held of its time is moved into it
--              postponed         a partition due to go that is in use; the next call tries again
--              default           events lie outside every partition (alarm); how many, counted up to 100000
--   tables   wecom.setting (event_partition_width, event_partitions_ahead, event_retention), wecom.event
--   caller   migrate.sh, wecom-sync, the operator
create or replace function wecom.event_partition_maintain()
returns table (action text, partition_name text, events bigint)
language sql
security definer
set search_path = pg_catalog, pg_temp
as $$
	select m.action, m.partition_name, m.events
	from wecom.event_partition_maintain_at(now()) as m
$$;

comment on function wecom.event_partition_maintain() is
	'Upkeep of the event partitions: drop behind the retention, make ahead, tell what lies in the default partition.';
