-- wecom.event_partition_list(): the partitions of wecom.event that have bounds, with them.
--   returns  name, first moment inside, first moment behind
--   tables   the catalog
--   caller   wecom.event_partition_maintain
create or replace function wecom.event_partition_list()
returns table (name text, from_at timestamptz, to_at timestamptz)
language sql
stable
set timezone = 'UTC'
as $$
	select p.name, (p.bound)[1]::timestamptz, (p.bound)[2]::timestamptz
	from (
		select c.relname::text as name,
			regexp_match(pg_get_expr(c.relpartbound, c.oid), $re$FROM \('([^']+)'\) TO \('([^']+)'\)$re$) as bound
		from pg_inherits as i
		join pg_class as c on c.oid = i.inhrelid
		where i.inhparent = 'wecom.event'::regclass
	) as p
	where p.bound is not null
$$;

comment on function wecom.event_partition_list() is
	'The partitions of wecom.event that have bounds, with them.';
