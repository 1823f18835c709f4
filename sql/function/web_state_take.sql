-- wecom.web_state_take(p_corp, p_state_hash, p_browser_hash): somebody is back from WeCom; a state is good once.
--   returns  {purpose, next, same_browser}; null when there is no such state: never given, used, or too late.  One that
--            comes back in another browser is used up as well
--   tables   wecom.login_state
--   caller   wecom-web
create or replace function wecom.web_state_take(p_corp text, p_state_hash text, p_browser_hash text)
returns jsonb
language plpgsql
security definer
set search_path = pg_catalog, pg_temp
as $$
declare
	v_now constant timestamptz := clock_timestamp();
	v_state wecom.login_state;
begin
	delete from wecom.login_state as l
	where l.auth_corp_id = p_corp
		and l.state_hash = decode(p_state_hash, 'hex')
	returning l.*
	into v_state;
	if not found or v_state.expires_at <= v_now then
		return null;
	end if;
	return jsonb_build_object(
		'purpose', v_state.purpose,
		'next', v_state.next_path,
		'same_browser', v_state.browser_hash = decode(p_browser_hash, 'hex'));
end
$$;

comment on function wecom.web_state_take(text, text, text) is
	'Somebody is back from WeCom: the state, which is good once.';
