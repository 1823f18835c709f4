-- wecom.page_query(p_name, p_args): the query of a list, sorted and searched as is asked.
--   p_args   sort: a column, with a minus before it from the greatest down; q: what to look for
--   returns  its text; $1 the corp, $2 and $3 the days, $4 what to look for, $5 an id
--   errors   22023 invalid_parameter_value: no such column, or q is longer than 128 bytes
--   caller   wecom.page_list, the functions of CSV files
create or replace function wecom.page_query(p_name text, p_args jsonb)
returns text
language plpgsql
stable
as $$
declare
	v_of constant record := wecom.page_source(p_name);
	v_sort constant text := coalesce(nullif(p_args->>'sort', ''), v_of.sorting);
	v_column constant text := ltrim(v_sort, '-');
	v_down constant boolean := left(v_sort, 1) = '-';
begin
	if v_column <> all (v_of.columns) or length(v_sort) - length(v_column) > 1 then
		raise exception 'there is no column to sort by of this name' using errcode = 'invalid_parameter_value';
	elsif octet_length(p_args->>'q') > 128 then
		raise exception 'q is too long' using errcode = 'invalid_parameter_value';
	end if;
	return format('select %s from %s%s order by t.%I %s nulls last%s', (
			select string_agg(format('t.%I', c.name), ', ' order by c.n)
			from unnest(v_of.columns) with ordinality as c (name, n)
		), v_of.source, case when v_of.search <> '{}' and nullif(p_args->>'q', '') is not null then ' and (' || (
			select string_agg(format('strpos(lower(t.%I), lower($4)) > 0', c.name), ' or ')
			from unnest(v_of.search) as c (name)
		) || ')' else '' end, v_column, case when v_down then 'desc' else 'asc' end, (
			select string_agg(format(', t.%I', c.name), '' order by c.n)
			from unnest(v_of.columns[1:3]) with ordinality as c (name, n)
			where c.name <> v_column
		));
end
$$;

comment on function wecom.page_query(text, jsonb) is
	'The query of a list of the pages, sorted and searched as is asked.';
