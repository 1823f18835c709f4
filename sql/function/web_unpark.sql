-- wecom.web_unpark(p_corp, p_session_hash, p_kind, p_target): an administrator lets parked jobs go on, on the pages.
--   p_session_hash    of the session, which must be good, of an active corp and an administrator's
--   p_kind, p_target  as for wecom.unpark
--   returns           how many jobs
--   errors            42501 insufficient_privilege: no such session; 22023 as for wecom.unpark
--   tables            see wecom.unpark; reads wecom.session, wecom.corp
--   caller            wecom-web
create or replace function wecom.web_unpark(p_corp text, p_session_hash text, p_kind text, p_target text)
returns integer
language plpgsql
security definer
set search_path = pg_catalog, pg_temp
as $$
declare
	v_session constant jsonb := wecom.web_session_read(p_corp, p_session_hash);
begin
	if ((v_session->>'is_admin')::boolean and v_session->>'state' = 'active') is not true then
		raise exception 'only an administrator of the app may do this' using errcode = 'insufficient_privilege';
	end if;
	return wecom.unpark(p_corp, p_kind, p_target);
end
$$;

comment on function wecom.web_unpark(text, text, text, text) is
	'An administrator lets parked jobs go on, on the pages; how many jobs.';
