-- wecom.event_partition_create(p_from_at, p_to_at): add a partition to wecom.event.
--   returns  its name: event_ and the first day
--   tables   wecom.event and its default partition, whose rows of that time move
--   caller   wecom.event_partition_maintain
-- Made apart and attached: `create table … partition of` would lock out every ingest.  The default partition is locked
-- first, so that nothing can arrive there meanwhile; ingests into the other partitions go on.
create or replace function wecom.event_partition_create(p_from_at timestamptz, p_to_at timestamptz)
returns text
language plpgsql
set timezone = 'UTC'
as $$
declare
	v_name constant text := 'event_' || to_char(p_from_at, 'YYYYMMDD');
begin
	lock table wecom.event_default in access exclusive mode;
	execute format('create table wecom.%I (like wecom.event including all) with (fillfactor = 85, '
		'autovacuum_vacuum_insert_scale_factor = 0.05, autovacuum_vacuum_scale_factor = 0.05)', v_name);
	execute format('comment on table wecom.%I is %L', v_name,
		format('Events from %s to before %s (UTC).', p_from_at::date, p_to_at::date));
	execute format('with moved as ('
		'delete from wecom.event_default where event_time >= $1 and event_time < $2 returning *'
		') insert into wecom.%I select * from moved', v_name)
	using p_from_at, p_to_at;
	execute format('alter table wecom.event attach partition wecom.%I for values from (%L) to (%L)',
		v_name, p_from_at, p_to_at);
	return v_name;
end
$$;

comment on function wecom.event_partition_create(timestamptz, timestamptz) is
	'Add a partition to wecom.event and move into it what the default partition holds of its time.';
