-- wecom.schema_version(): the number of the newest migration applied.
--   returns  e.g. 3; a program needs at least the number it was written for, and stops with a sentence when it is lower
--   tables   reads wecom.migration
--   caller   every program, once at start
create or replace function wecom.schema_version()
returns integer
language sql
stable
security definer
set search_path = pg_catalog, pg_temp
as $$
	select coalesce(max(m.version), 0)
	from wecom.migration as m
$$;

comment on function wecom.schema_version() is
	'Number of the newest migration applied; programs refuse a database older than they know.';
