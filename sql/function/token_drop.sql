-- wecom.token_drop(p_corp, p_kind, p_generation): a token fails: forget it, if it is still that one.
--   returns  false when there is a newer one, or it was dropped before
--   tables   wecom.token
--   caller   wecom-sync
create or replace function wecom.token_drop(p_corp text, p_kind text, p_generation bigint)
returns boolean
language plpgsql
security definer
set search_path = pg_catalog, pg_temp
as $$
begin
	update wecom.token as t
	set sealed = null,
		expires_at = null
	where t.auth_corp_id = p_corp
		and t.kind = p_kind
		and t.generation = p_generation
		and t.sealed is not null;
	return found;
end
$$;

comment on function wecom.token_drop(text, text, bigint) is
	'Forget a token that fails, if it is still the same one.';
