-- wecom.page_id(p_args, p_name): an id that a page asks for.
--   returns  the id
--   errors   22023 invalid_parameter_value: missing, or longer than 128 bytes
--   caller   the functions of the pages
create or replace function wecom.page_id(p_args jsonb, p_name text)
returns text
language plpgsql
immutable
as $$
declare
	v_id constant text := p_args->>p_name;
begin
	if (octet_length(v_id) between 1 and 128) is not true then
		raise exception '% is missing, or too long', p_name using errcode = 'invalid_parameter_value';
	end if;
	return v_id;
end
$$;

comment on function wecom.page_id(jsonb, text) is
	'An id that a page asks for, checked.';
