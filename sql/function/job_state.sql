-- wecom.job_state(p_corp, p_kind, p_target): what a handler must know of its object.
--   returns  seen_us: begin of the latest complete pull of the object (of tags: of all of them, too), 0 for never; times in
--            microseconds since 1970; and by kind
--     chat         see wecom.job_state_chat
--     customer     halves: how many members follow half
--     member_list  scope, auth_mode
--     openid_map   wanted: at most 1000 userids, errors_today, frozen_us
--     corp ""      suite_id, secret (sealed permanent code, hexadecimal, null: none), scope, permissions, auth_mode, state
--     corp code:…  secret (sealed auth code, hexadecimal, null: none), secret_us: time of its event
--     purge        cancelled_us: time of the latest waiting cancel_auth, else of what is known, authorised_us
--   tables   reads wecom.pull, wecom.corp, wecom.secret, wecom.event and the objects
--   caller   wecom.job_describe
-- Whatever is looked for has a key; a table that was empty when it was looked at last must not be read from end to end.
-- A plan made anew for each call costs more than the call (1.5 ms against 0.3 for a roster of 40).
create or replace function wecom.job_state(p_corp text, p_kind text, p_target text)
returns jsonb
language plpgsql
stable
as $$
declare
	v_state jsonb;
	v_seen_us bigint;
begin
	select (extract(epoch from p.begun_at) * 1000000)::bigint
	into v_seen_us
	from wecom.pull as p
	where p.auth_corp_id = p_corp
		and p.kind = p_kind
		and p.target = p_target;
	if p_kind = 'tag' and p_target <> '' then
		v_seen_us := greatest(v_seen_us, (
			select (extract(epoch from p.begun_at) * 1000000)::bigint
			from wecom.pull as p
			where p.auth_corp_id = p_corp
				and p.kind = p_kind
				and p.target = ''
		));
	end if;
	case p_kind
	when 'chat' then
		v_state := wecom.job_state_chat(p_corp, p_target);
	when 'customer' then
		select jsonb_build_object('halves', count(*))
		into v_state
		from wecom.follow as f
		where f.auth_corp_id = p_corp
			and f.external_userid = p_target
			and f.status = 'half';
	when 'openid_map' then
		v_state := wecom.job_state_openid(p_corp);
	when 'member_list', 'corp', 'purge' then
		v_state := wecom.job_state_corp(p_corp, p_kind, p_target);
	else
		null;
	end case;
	return coalesce(v_state, '{}') || jsonb_build_object('seen_us', coalesce(v_seen_us, 0));
end
$$;

comment on function wecom.job_state(text, text, text) is
	'What a handler must know of its object.';
