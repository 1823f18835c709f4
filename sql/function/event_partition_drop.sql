-- wecom.event_partition_drop(p_name): drop a partition of wecom.event.
--   returns  false when the lock was not to be had: the next upkeep tries again
--   caller   wecom.event_partition_maintain
-- The lock keeps every ingest out, so it is asked for briefly and several times rather than once and for long.
create or replace function wecom.event_partition_drop(p_name text)
returns boolean
language plpgsql
set lock_timeout = '200ms'
as $$
begin
	for v_attempt in 1..5 loop
		begin
			execute format('drop table wecom.%I', p_name);
			return true;
		exception
			when lock_not_available then
				perform pg_sleep(0.2);
		end;
	end loop;
	return false;
end
$$;

comment on function wecom.event_partition_drop(text) is
	'Drop a partition of wecom.event; false when the lock was not to be had within five short attempts.';
