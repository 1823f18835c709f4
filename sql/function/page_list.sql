-- wecom.page_list(p_corp, p_name, p_args, p_id): a page of a list.
--   p_args   from, to, sort, limit (1 to 500, else 50), offset, q
--   p_id     the object, of lists of one
--   returns  {rows, total, limit, offset}
--   errors   22023 invalid_parameter_value, with a sentence
--   tables   reads views of the reports and the mirror
--   caller   the functions of the pages
create or replace function wecom.page_list(p_corp text, p_name text, p_args jsonb, p_id text default null)
returns jsonb
language plpgsql
stable
as $$
declare
	v_range constant record := wecom.page_range(p_corp, p_args);
	v_query constant text := wecom.page_query(p_name, p_args);
	v_limit constant integer := wecom.page_number(p_args, 'limit', 50, 1, 500);
	v_offset constant integer := wecom.page_number(p_args, 'offset', 0, 0, 100000000);
	v_answer jsonb;
begin
	execute format('with t as not materialized (%s) '
		'select jsonb_build_object(''rows'', '
		'coalesce((select jsonb_agg(to_jsonb(r)) from (select * from t limit %s offset %s) as r), ''[]''), '
		'''total'', (select count(*) from t))', v_query, v_limit, v_offset)
	into v_answer
	using p_corp, v_range.first_day, v_range.last_day, p_args->>'q', p_id;
	return v_answer || jsonb_build_object('limit', v_limit, 'offset', v_offset);
end
$$;

comment on function wecom.page_list(text, text, jsonb, text) is
	'A page of a list of the pages.';
