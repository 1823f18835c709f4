-- wecom.page_group_changes(p_corp, p_args): changes of group chats, a list as wecom.page_list gives it.
--   p_args   as for wecom.page_list
--   returns  {rows, total, limit, offset}
--   errors   22023 invalid_parameter_value, with a sentence
--   caller   wecom-web
create or replace function wecom.page_group_changes(p_corp text, p_args jsonb)
returns jsonb
language sql
stable
as $$
	select wecom.page_list(p_corp, 'group_changes', p_args)
$$;

comment on function wecom.page_group_changes(text, jsonb) is
	'Page: changes of group chats.';
