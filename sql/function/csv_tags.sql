-- wecom.csv_tags(): the list tags as lines of a file, all of them.
--   returns  its columns; which corp and what is asked for are told by the settings app.corp and app.args of the transaction
--   errors   22023 invalid_parameter_value, with a sentence
--   tables   reads views of the reports and the mirror
--   caller   wecom-web, in a copy … to stdout
create or replace function wecom.csv_tags()
returns table (group_id text, group_name text, tag_id text, tag_name text, sort_order bigint, customers bigint, added_7d
	bigint, added_30d bigint, deleted_at timestamptz, group_sort_order bigint)
language plpgsql
stable
as $$
declare
	v_corp constant text := current_setting('app.corp', true);
	v_args constant jsonb := coalesce(nullif(current_setting('app.args', true), ''), '{}')::jsonb;
	v_range constant record := wecom.page_range(v_corp, v_args);
begin
	return query execute wecom.page_query('tags', v_args)
	using v_corp, v_range.first_day, v_range.last_day, v_args->>'q', null::text;
end
$$;

comment on function wecom.csv_tags() is
	'File: the list tags.';
