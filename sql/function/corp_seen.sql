-- wecom.corp_seen(): which corp a reader sees; the policies of all tables ask once for each query.
--   returns  the corp of app.corp; null: all of them; empty: none
--   tables   reads wecom.setting
--   caller   row-level security, for the owner of the views
-- Without app.corp the pages see nothing, and others what the setting report_without_corp says.  Who asks is told by the
-- session, for inside a view or a function of ours every reader is wecom_reader.
create or replace function wecom.corp_seen()
returns text
language plpgsql
stable
security definer
set search_path = pg_catalog, pg_temp
as $$
declare
	v_corp constant text := nullif(current_setting('app.corp', true), '');
	v_role constant text := nullif(current_setting('role', true), 'none');
begin
	if v_corp is not null then
		return v_corp;
	end if;
	if coalesce(v_role, session_user) = 'wecom_web' then
		return '';
	end if;
	perform
	from wecom.setting as s
	where s.name = 'report_without_corp'
		and s.value <> 'all';
	return case when found then '' end;
end
$$;

comment on function wecom.corp_seen() is
	'The corp that a reader sees; null: all; empty: none.';
