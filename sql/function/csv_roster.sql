-- wecom.csv_roster(): the list roster as lines of a file, all of them.
--   returns  its columns; which corp and what is asked for are told by the settings app.corp and app.args of the transaction
--   errors   22023 invalid_parameter_value, with a sentence
--   tables   reads views of the reports and the mirror
--   caller   wecom-web, in a copy … to stdout
create or replace function wecom.csv_roster()
returns table (member_id text, type integer, name text, group_nickname text, join_at timestamptz, join_scene integer,
	invitor text)
language plpgsql
stable
as $$
declare
	v_corp constant text := current_setting('app.corp', true);
	v_args constant jsonb := coalesce(nullif(current_setting('app.args', true), ''), '{}')::jsonb;
	v_range constant record := wecom.page_range(v_corp, v_args);
begin
	return query execute wecom.page_query('roster', v_args)
	using v_corp, v_range.first_day, v_range.last_day, v_args->>'q', wecom.page_id(v_args, 'chat_id');
end
$$;

comment on function wecom.csv_roster() is
	'File: the list roster.';
