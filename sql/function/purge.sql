-- wecom.purge(p_corp): delete all that is held of a corp, as if it had cancelled at this moment.
--   returns  how many jobs were raised: 1
--   errors   22023 invalid_parameter_value: nothing is known of the corp
--   tables   wecom.corp, wecom.job, wecom.corp_due; reads wecom.event
--   caller   operators
-- The daemon deletes in steps; what is left of the corp in the end is its line in wecom.corp.
create or replace function wecom.purge(p_corp text)
returns bigint
language plpgsql
security definer
set search_path = pg_catalog, pg_temp
as $$
declare
	v_now constant timestamptz := clock_timestamp();
	v_due_at timestamptz;
begin
	update wecom.corp as c
	set state = 'cancelled',
		suspended_reason = null,
		cancelled_at = v_now
	where c.auth_corp_id = p_corp;
	if not found then
		insert into wecom.corp as c (auth_corp_id, suite_id, state, cancelled_at)
		select e.auth_corp_id, coalesce(e.body->>'SuiteId', ''), 'cancelled', v_now
		from wecom.event as e
		where e.auth_corp_id = p_corp
		limit 1
		on conflict (auth_corp_id, suite_id) do nothing;
		if not found then
			raise exception 'nothing is known of the corp' using errcode = 'invalid_parameter_value';
		end if;
	end if;
	select u.due_at
	into v_due_at
	from wecom.job_unpark(p_corp, 'purge', '') as u;
	v_due_at := least(v_due_at, wecom.job_raise_priority(p_corp, jsonb_build_array(jsonb_build_array('purge', '',
		(extract(epoch from v_now) * 1000000)::bigint))));
	if v_due_at is not null then
		perform wecom.corp_due_raise(p_corp, v_due_at);
	end if;
	return 1;
end
$$;

comment on function wecom.purge(text) is
	'Delete all that is held of a corp, in steps, as if it had cancelled at this moment.';
