-- wecom.job_state_corp(p_corp, p_kind, p_target): what is known of a corp, for the jobs that are about all of it.
--   returns  see wecom.job_state for member_list, corp and purge
--   tables   reads wecom.corp, wecom.secret, wecom.event
--   caller   wecom.job_state
-- A corp with the app of several suites is spoken of by the suite that it authorised last.
create or replace function wecom.job_state_corp(p_corp text, p_kind text, p_target text)
returns jsonb
language plpgsql
stable
as $$
declare
	v_corp wecom.corp;
	v_secret wecom.secret;
	v_cancelled_at timestamptz;
begin
	if p_kind = 'corp' and p_target like 'code:%' then
		select s.* into v_secret
		from wecom.secret as s
		where s.auth_corp_id = p_corp
			and s.kind = 'auth_code'
			and s.name = substr(p_target, 6);
		return jsonb_build_object('secret', encode(v_secret.sealed, 'hex'),
			'secret_us', coalesce((extract(epoch from v_secret.secret_at) * 1000000)::bigint, 0));
	end if;

	select c.* into v_corp
	from wecom.corp as c
	where c.auth_corp_id = p_corp
	order by c.cancelled_at is not null, c.authorised_at desc nulls last, c.suite_id
	limit 1;
	if p_kind = 'member_list' then
		return jsonb_build_object('scope', v_corp.scope, 'auth_mode', v_corp.auth_mode);
	elsif p_kind = 'purge' then
		select max(e.event_time)
		into v_cancelled_at
		from wecom.event as e
		where e.auth_corp_id = p_corp
			and e.job_kind = 'purge'
			and e.job_target = p_target
			and e.state = 'new';
		return jsonb_build_object(
			'cancelled_us', coalesce((extract(epoch from coalesce(v_cancelled_at,
				v_corp.cancelled_at)) * 1000000)::bigint, 0),
			'authorised_us', coalesce((extract(epoch from v_corp.authorised_at) * 1000000)::bigint, 0));
	end if;
	select s.* into v_secret
	from wecom.secret as s
	where s.auth_corp_id = p_corp
		and s.kind = 'permanent_code'
		and s.name = v_corp.suite_id;
	return jsonb_build_object('suite_id', v_corp.suite_id, 'secret', encode(v_secret.sealed, 'hex'), 'scope', v_corp.scope,
		'permissions', v_corp.permissions, 'auth_mode', v_corp.auth_mode, 'state', v_corp.state);
end
$$;

comment on function wecom.job_state_corp(text, text, text) is
	'What is known of a corp, for the jobs that are about all of it.';
