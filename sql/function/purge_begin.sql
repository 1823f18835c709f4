-- wecom.purge_begin(p_corp): when did the corp leave?  If it did, its line says so, and no more than that.
--   returns  the time; null when it did not, or has been authorised since
--   tables   wecom.corp, FOR UPDATE; reads wecom.event
--   caller   wecom.purge_store
-- Its lines stay locked until the step ends: an authorisation that comes in between waits, or the step would delete the
-- permanent code that it brings.
create or replace function wecom.purge_begin(p_corp text)
returns timestamptz
language plpgsql
as $$
declare
	v_left_at timestamptz;
begin
	perform
	from wecom.corp as c
	where c.auth_corp_id = p_corp
	order by c.suite_id
	for update;
	-- the cancellation that waits, or the one of which an earlier step has told the line
	select max(e.event_time)
	into v_left_at
	from wecom.event as e
	where e.auth_corp_id = p_corp
		and e.job_kind = 'purge'
		and e.job_target = ''
		and e.state = 'new';
	select greatest(v_left_at, max(c.cancelled_at))
	into v_left_at
	from wecom.corp as c
	where c.auth_corp_id = p_corp;
	perform
	from wecom.corp as c
	where c.auth_corp_id = p_corp
		and c.authorised_at > v_left_at
		and c.state <> 'cancelled';
	if v_left_at is null or found then
		return null;
	end if;

	-- a corp that cancels and was never heard of leaves a line as well
	insert into wecom.corp as c (auth_corp_id, suite_id, state, cancelled_at)
	select p_corp, coalesce(max(e.body->>'SuiteId'), ''), 'cancelled', v_left_at
	from wecom.event as e
	where e.auth_corp_id = p_corp
		and e.job_kind = 'purge'
		and e.job_target = ''
		and e.state = 'new'
		and not exists (select from wecom.corp as k where k.auth_corp_id = p_corp)
	having count(*) > 0
	on conflict (auth_corp_id, suite_id) do nothing;
	update wecom.corp as c
	set state = 'cancelled',
		cancelled_at = v_left_at,
		corp_name = null,
		agent_id = null,
		auth_mode = null,
		scope = null,
		permissions = null,
		admins = null,
		corp_type = null,
		subject_type = null,
		suspended_reason = null,
		backfilled_at = null,
		reconcile_at = null
	where c.auth_corp_id = p_corp
		and (c.state <> 'cancelled' or c.cancelled_at < v_left_at or c.corp_name is not null or c.scope is not null);
	return v_left_at;
end
$$;

comment on function wecom.purge_begin(text) is
	'When the corp left, and strike from its line all but that; null when it has the app.';
