-- wecom.csv_usage(): the list usage as lines of a file, all of them.
--   returns  its columns; which corp and what is asked for are told by the settings app.corp and app.args of the transaction
--   errors   22023 invalid_parameter_value, with a sentence
--   tables   reads views of the reports and the mirror
--   caller   wecom-web, in a copy … to stdout
create or replace function wecom.csv_usage()
returns table (day date, api text, calls bigint, errors bigint, limited bigint, saved bigint)
language plpgsql
stable
as $$
declare
	v_corp constant text := current_setting('app.corp', true);
	v_args constant jsonb := coalesce(nullif(current_setting('app.args', true), ''), '{}')::jsonb;
	v_range constant record := wecom.page_range(v_corp, v_args);
begin
	return query execute wecom.page_query('usage', v_args)
	using v_corp, v_range.first_day, v_range.last_day, v_args->>'q', null::text;
end
$$;

comment on function wecom.csv_usage() is
	'File: the list usage.';
