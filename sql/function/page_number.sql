-- wecom.page_number(p_args, p_name, p_default, p_least, p_most): a number that a page asks for.
--   returns  the number; p_default when it is missing
--   errors   22023 invalid_parameter_value: no whole number, or out of its range
--   caller   the functions of the pages
create or replace function wecom.page_number(p_args jsonb, p_name text, p_default integer, p_least integer, p_most integer)
returns integer
language plpgsql
immutable
as $$
declare
	v_text constant text := coalesce(nullif(p_args->>p_name, ''), p_default::text);
begin
	if v_text !~ '^[0-9]{1,9}$' or v_text::integer not between p_least and p_most then
		raise exception '% must be a number from % to %', p_name, p_least, p_most
			using errcode = 'invalid_parameter_value';
	end if;
	return v_text::integer;
end
$$;

comment on function wecom.page_number(jsonb, text, integer, integer, integer) is
	'A number that a page asks for, checked.';
