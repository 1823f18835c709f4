-- wecom.web_session_end(p_corp, p_session_hash): a member logs out.
--   returns  false when there was no such session
--   tables   wecom.session
--   caller   wecom-web
create or replace function wecom.web_session_end(p_corp text, p_session_hash text)
returns boolean
language plpgsql
security definer
set search_path = pg_catalog, pg_temp
as $$
begin
	delete from wecom.session as s
	where s.auth_corp_id = p_corp
		and s.session_hash = decode(p_session_hash, 'hex');
	return found;
end
$$;

comment on function wecom.web_session_end(text, text) is
	'A member logs out.';
