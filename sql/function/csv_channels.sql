-- wecom.csv_channels(): the list channels as lines of a file, all of them.
--   returns  its columns; which corp and what is asked for are told by the settings app.corp and app.args of the transaction
--   errors   22023 invalid_parameter_value, with a sentence
--   tables   reads views of the reports and the mirror
--   caller   wecom-web, in a copy … to stdout
create or replace function wecom.csv_channels()
returns table (state text, adds bigint, half_adds bigint, converted bigint, lost bigint, net bigint, distinct_customers
	bigint, retained_d1 bigint, retained_d7 bigint, retained_d30 bigint, first_at timestamptz, last_at
	timestamptz, transferred_away bigint, old_enough_d1 bigint, old_enough_d7 bigint, old_enough_d30 bigint)
language plpgsql
stable
as $$
declare
	v_corp constant text := current_setting('app.corp', true);
	v_args constant jsonb := coalesce(nullif(current_setting('app.args', true), ''), '{}')::jsonb;
	v_range constant record := wecom.page_range(v_corp, v_args);
begin
	return query execute wecom.page_query('channels', v_args)
	using v_corp, v_range.first_day, v_range.last_day, v_args->>'q', null::text;
end
$$;

comment on function wecom.csv_channels() is
	'File: the list channels.';
