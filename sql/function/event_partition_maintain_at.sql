-- wecom.event_partition_maintain_at(p_now): wecom.event_partition_maintain for a given moment.
--   p_now    the moment to keep up for
--   returns  as wecom.event_partition_maintain
--   tables   wecom.setting, wecom.event
--   caller   wecom.event_partition_maintain; not granted to anyone, for a moment far ahead drops everything
-- Drops come first: with the parent's exclusive lock held nothing else can be waited for in a ring.
create or replace function wecom.event_partition_maintain_at(p_now timestamptz)
returns table (action text, partition_name text, events bigint)
language plpgsql
security definer
set search_path = pg_catalog, pg_temp
set timezone = 'UTC'
set lock_timeout = '2s'
as $$
declare
	v_width text;
	v_step interval;
	v_ahead integer;
	v_retention interval;
	v_from_at timestamptz;
	v_to_at timestamptz;
	v_end_at timestamptz;
	v_next_at timestamptz;
begin
	-- one upkeep at a time
	lock table wecom.setting in share row exclusive mode;
	select max(s.value) filter (where s.name = 'event_partition_width'),
		max(s.value) filter (where s.name = 'event_partitions_ahead'),
		max(s.value) filter (where s.name = 'event_retention')
	into v_width, v_ahead, v_retention
	from wecom.setting as s;
	if coalesce(v_width not in ('month', 'week', 'day')
		or v_ahead not between 3 and 60
		or v_retention < interval '1 day', true)
	then
		raise exception 'wecom.setting: event_partition_width, event_partitions_ahead or event_retention is out of range'
			using errcode = 'invalid_parameter_value';
	end if;
	v_step := ('1 ' || v_width)::interval;

	for partition_name in
		select p.name
		from wecom.event_partition_list() as p
		where p.to_at <= p_now - v_retention
			and p.name <> 'event_undated'
		order by p.from_at
	loop
		action := case when wecom.event_partition_drop(partition_name) then 'dropped' else 'postponed' end;
		return next;
		exit when action = 'postponed';
	end loop;

	-- from one width behind (latecomers) to the last one ahead, around what exists: the width may have been changed
	v_from_at := date_trunc(v_width, p_now - v_step);
	v_end_at := date_trunc(v_width, p_now) + v_step * (v_ahead + 1);
	while v_from_at < v_end_at loop
		select max(p.to_at)
		into v_to_at
		from wecom.event_partition_list() as p
		where p.from_at <= v_from_at
			and p.to_at > v_from_at;
		if v_to_at is null then
			select min(p.from_at)
			into v_next_at
			from wecom.event_partition_list() as p
			where p.from_at > v_from_at;
			v_to_at := least(date_trunc(v_width, v_from_at) + v_step, v_next_at);
			partition_name := wecom.event_partition_create(v_from_at, v_to_at);
			action := 'created';
			return next;
		end if;
		v_from_at := v_to_at;
	end loop;

	select count(*)
	into events
	from (select from wecom.event_default limit 100000) as e;
	if events > 0 then
		action := 'default';
		partition_name := 'event_default';
		return next;
	end if;
end
$$;

comment on function wecom.event_partition_maintain_at(timestamptz) is
	'wecom.event_partition_maintain for a given moment.';
