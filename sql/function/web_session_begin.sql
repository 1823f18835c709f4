-- wecom.web_session_begin(p_corp, p_session_hash, p_userid, p_is_admin, p_login_by, p_seconds): a member has logged in.
--   p_session_hash  SHA-256 of the session's id, hexadecimal
--   p_is_admin      WeCom's own list has just named the member as one who manages the app
--   p_login_by      oauth, web or console
--   returns         {begun, state, corp_name, reason}: begun only for a corp that is active; state null for one never heard of
--   errors          22023 invalid_parameter_value: a hash of the wrong length, no member
--   tables          wecom.session; reads wecom.corp
--   caller          wecom-web
-- Sessions that have ended are swept here, and a member has twenty at most: the oldest give way.
create or replace function wecom.web_session_begin(p_corp text, p_session_hash text, p_userid text, p_is_admin boolean,
	p_login_by text, p_seconds integer)
returns jsonb
language plpgsql
security definer
set search_path = pg_catalog, pg_temp
as $$
declare
	v_now constant timestamptz := clock_timestamp();
	v_corp constant jsonb := coalesce(wecom.web_corp(p_corp), '{}');
	v_begins constant boolean := coalesce(v_corp->>'state' = 'active', false);
begin
	if (octet_length(decode(p_session_hash, 'hex')) = 32 and length(p_userid) between 1 and 128) is not true then
		raise exception 'a session needs a hash of 32 bytes and a member' using errcode = 'invalid_parameter_value';
	end if;
	delete from wecom.session as s
	where s.auth_corp_id = p_corp
		and s.expires_at <= v_now;
	if v_begins then
		delete from wecom.session as s
		where s.auth_corp_id = p_corp
			and s.session_hash in (
				select o.session_hash
				from wecom.session as o
				where o.auth_corp_id = p_corp
					and o.userid = p_userid
				order by o.begun_at desc
				offset 19
			);
		insert into wecom.session (auth_corp_id, session_hash, userid, is_admin, login_by, begun_at, expires_at)
		values (p_corp, decode(p_session_hash, 'hex'), p_userid, coalesce(p_is_admin, false), p_login_by, v_now,
			v_now + p_seconds * interval '1 second');
	end if;
	return (v_corp - 'admins') || jsonb_build_object('begun', v_begins);
end
$$;

comment on function wecom.web_session_begin(text, text, text, boolean, text, integer) is
	'A member has logged in: a session, when the corp is active.';
