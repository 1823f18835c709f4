-- wecom.web_install_state(p_corp, p_name): how an installation from the pages goes on.
--   p_corp, p_name  as for wecom.web_install
--   returns         waiting, failed (a person must look), done; null when the code is not known
--   tables          reads wecom.job, wecom.secret
--   caller          wecom-web
create or replace function wecom.web_install_state(p_corp text, p_name text)
returns text
language plpgsql
stable
security definer
set search_path = pg_catalog, pg_temp
as $$
declare
	v_job_state text;
begin
	select j.state
	into v_job_state
	from wecom.job as j
	where j.auth_corp_id = p_corp
		and j.kind = 'corp'
		and j.target = 'code:' || p_name;
	if found then
		return case when v_job_state = 'parked' then 'failed' else 'waiting' end;
	end if;
	perform
	from wecom.secret as s
	where s.auth_corp_id = p_corp
		and s.kind = 'auth_code'
		and s.name = p_name;
	return case when found then 'done' end;
end
$$;

comment on function wecom.web_install_state(text, text) is
	'How an installation from the pages goes on: waiting, failed or done.';
