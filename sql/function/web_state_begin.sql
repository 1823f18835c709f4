-- wecom.web_state_begin(p_corp, p_state_hash, p_browser_hash, p_purpose, p_next, p_seconds): somebody sets out for WeCom.
--   p_corp          suite:<suite_id>
--   p_state_hash    SHA-256 of the state, hexadecimal
--   p_browser_hash  SHA-256 of the browser's cookie, hexadecimal
--   p_purpose       oauth, web or install
--   p_next          the page to show afterwards: a path of ours, below /wecom/
--   returns         how many were swept: those that came back too late, or never; null when the state was given before
--   errors          22023 invalid_parameter_value: a hash of the wrong length, a path that is not ours
--   tables          wecom.login_state
--   caller          wecom-web
create or replace function wecom.web_state_begin(p_corp text, p_state_hash text, p_browser_hash text, p_purpose text,
	p_next text, p_seconds integer)
returns bigint
language plpgsql
security definer
set search_path = pg_catalog, pg_temp
as $$
declare
	v_now constant timestamptz := clock_timestamp();
	v_swept bigint;
begin
	if (octet_length(decode(p_state_hash, 'hex')) = 32 and octet_length(decode(p_browser_hash, 'hex')) = 32
			and p_corp like 'suite:_%' and p_next like '/wecom/%' and length(p_next) <= 1024) is not true then
		raise exception 'a state needs two hashes of 32 bytes, a suite and a path of ours'
			using errcode = 'invalid_parameter_value';
	end if;
	delete from wecom.login_state as l
	where l.auth_corp_id = p_corp
		and l.expires_at <= v_now;
	get diagnostics v_swept = row_count;
	insert into wecom.login_state (auth_corp_id, state_hash, browser_hash, purpose, next_path, expires_at)
	values (p_corp, decode(p_state_hash, 'hex'), decode(p_browser_hash, 'hex'), p_purpose, p_next,
		v_now + p_seconds * interval '1 second')
	on conflict (auth_corp_id, state_hash) do nothing;
	return case when found then v_swept end;
end
$$;

comment on function wecom.web_state_begin(text, text, text, text, text, integer) is
	'Somebody sets out for WeCom, to log in or to install; what came back too late is swept.';
