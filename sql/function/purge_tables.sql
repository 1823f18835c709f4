-- wecom.purge_tables(p_corp, p_limit): delete the corp's rows from every table that has a corp's rows, but for the queue, the
-- event log and the corp's own line.
--   returns  how many went, at most p_limit
--   tables   those of the catalog: a table of a later migration is emptied without being named here
--   caller   wecom.purge_store
-- What is counted goes after what it is counted from: a purge that an authorisation stops half way leaves no chat without
-- its figures.
create or replace function wecom.purge_tables(p_corp text, p_limit integer)
returns bigint
language plpgsql
as $$
declare
	v_table text;
	v_rows bigint;
	v_gone bigint := 0;
begin
	for v_table in
		select c.relname
		from pg_catalog.pg_class as c
		join pg_catalog.pg_attribute as a on a.attrelid = c.oid
			and a.attname = 'auth_corp_id'
		where c.relnamespace = 'wecom'::regnamespace
			and c.relkind = 'r'
			and not c.relispartition
			and c.relname not in ('corp', 'corp_due', 'job', 'lease')
		order by c.relname in ('chat_count', 'group_person', 'event_close') or c.relname like '%\_day', c.relname
	loop
		exit when v_gone >= p_limit;
		execute format('delete from wecom.%1$I where auth_corp_id = $1 and ctid = any (array('
			'select ctid from wecom.%1$I where auth_corp_id = $1 limit $2))', v_table)
		using p_corp, p_limit - v_gone;
		get diagnostics v_rows = row_count;
		v_gone := v_gone + v_rows;
	end loop;
	return v_gone;
end
$$;

comment on function wecom.purge_tables(text, integer) is
	'Delete a corp''s rows from every table that has a corp''s rows; how many.';
