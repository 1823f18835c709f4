-- wecom.page_staff(p_corp, p_args): members by what happened to their relations, a list as wecom.page_list gives it.
--   p_args   as for wecom.page_list
--   returns  {rows, total, limit, offset}
--   errors   22023 invalid_parameter_value, with a sentence
--   caller   wecom-web
create or replace function wecom.page_staff(p_corp text, p_args jsonb)
returns jsonb
language sql
stable
as $$
	select wecom.page_list(p_corp, 'staff', p_args)
$$;

comment on function wecom.page_staff(text, jsonb) is
	'Page: members by what happened to their relations.';
