-- wecom.web_session_read(p_corp, p_session_hash): whose session it is.
--   returns  {userid, is_admin, login_by, expires_us, state, corp_name, reason, agent_id}; null when there is none or it has
--            ended.  The session of a corp that is not active is of no use: the caller says why by state and reason
--   tables   reads wecom.session, wecom.corp
--   caller   wecom-web, at every request; wecom.web_resync, wecom.web_unpark
-- An administrator is whom the corp's list names as one who manages the app (auth_type 1).  What WeCom said at the login
-- counts beside the list for a quarter of an hour, in which the list follows.
create or replace function wecom.web_session_read(p_corp text, p_session_hash text)
returns jsonb
language plpgsql
stable
security definer
set search_path = pg_catalog, pg_temp
as $$
declare
	v_now constant timestamptz := clock_timestamp();
	v_corp constant jsonb := coalesce(wecom.web_corp(p_corp), '{}');
	v_session wecom.session;
begin
	select s.* into v_session
	from wecom.session as s
	where s.auth_corp_id = p_corp
		and s.session_hash = decode(p_session_hash, 'hex')
		and s.expires_at > v_now;
	if not found then
		return null;
	end if;
	return (v_corp - 'admins') || jsonb_build_object(
		'userid', v_session.userid,
		'is_admin', (v_session.is_admin and v_session.begun_at > v_now - interval '15 minutes') or exists (
			select
			from jsonb_array_elements(v_corp->'admins') as a (v)
			where v_session.userid in (a.v->>'userid', a.v->>'open_userid')
				and a.v->>'auth_type' = '1'
		),
		'login_by', v_session.login_by,
		'expires_us', (extract(epoch from v_session.expires_at) * 1000000)::bigint);
end
$$;

comment on function wecom.web_session_read(text, text) is
	'Whose session it is, and of which corp; null when it has ended.';
