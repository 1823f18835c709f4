-- wecom.page_range(p_corp, p_args): the days that a page asks for.
--   p_args   from, to (YYYY-MM-DD, both included); missing: the 30 days up to today, or up to what is given
--   returns  first_day and last_day
--   errors   22023 invalid_parameter_value: no such days, the wrong way round, or more than 400 of them
--   tables   reads wecom.setting, by wecom.corp_zone
--   caller   the functions of the pages
create or replace function wecom.page_range(p_corp text, p_args jsonb, out first_day date, out last_day date)
language plpgsql
stable
as $$
declare
	v_today constant date := (now() at time zone wecom.corp_zone(p_corp))::date;
	v_from constant text := nullif(p_args->>'from', '');
	v_to constant text := nullif(p_args->>'to', '');
begin
	if coalesce(v_from !~ '^[0-9]{4}-[0-9]{2}-[0-9]{2}$' or v_to !~ '^[0-9]{4}-[0-9]{2}-[0-9]{2}$',
			v_from !~ '^[0-9]{4}-[0-9]{2}-[0-9]{2}$', v_to !~ '^[0-9]{4}-[0-9]{2}-[0-9]{2}$', false) then
		raise exception 'a day is written as in 2026-01-31' using errcode = 'invalid_parameter_value';
	end if;
	begin
		first_day := v_from::date;
		last_day := v_to::date;
	exception
		when datetime_field_overflow or invalid_datetime_format then
			raise exception 'there is no such day' using errcode = 'invalid_parameter_value';
	end;
	last_day := coalesce(last_day, greatest(v_today, first_day));
	first_day := coalesce(first_day, last_day - 29);
	if first_day > last_day then
		raise exception 'the first day lies after the last' using errcode = 'invalid_parameter_value';
	elsif last_day - first_day >= 400 then
		raise exception 'at most 400 days can be asked for at once' using errcode = 'invalid_parameter_value';
	elsif first_day < '1970-01-01' or last_day > v_today + 366 then
		raise exception 'there is nothing to tell of these days' using errcode = 'invalid_parameter_value';
	end if;
end
$$;

comment on function wecom.page_range(text, jsonb) is
	'The days that a page asks for, checked.';
