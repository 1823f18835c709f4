-- wecom.corp_authorise(p_corp, p_suite, p_corp_name, p_secret_hex, p_authorised_us): an auth code was exchanged.
--   p_corp_name      null when the answer has none
--   p_secret_hex     permanent code, sealed with the row identity (corp, permanent_code, suite)
--   p_authorised_us  time of the event that brought the code, microseconds since 1970
--   returns          kept; or older: the corp left later than that, or a newer code was exchanged, and nothing is changed
--   tables           wecom.corp, wecom.secret, wecom.job, wecom.corp_due
--   caller           wecom-sync: the code cannot be had twice, so it is safe to repeat
-- One that had left, or whose purge waits, came back: what was read of its chats before is out of date (returned_at).
-- The corp is pending until its auth info is read, at once.  A purge that still waits is due at once, too: the others
-- wait for it, and it deletes nothing that this authorisation brought.
create or replace function wecom.corp_authorise(p_corp text, p_suite text, p_corp_name text, p_secret_hex text,
	p_authorised_us bigint)
returns text
language plpgsql
security definer
set search_path = pg_catalog, pg_temp
as $$
declare
	v_at constant timestamptz := timestamptz 'epoch' + p_authorised_us * interval '1 microsecond';
	v_is_leaving boolean;
	v_jobs jsonb := jsonb_build_array(jsonb_build_array('corp', '', p_authorised_us));
	v_due_at timestamptz;
begin
	perform
	from wecom.job as j
	where j.auth_corp_id = p_corp
		and j.kind = 'purge';
	v_is_leaving := found;
	insert into wecom.corp as c (auth_corp_id, suite_id, corp_name, state, installed_at, authorised_at)
	values (p_corp, p_suite, p_corp_name, 'pending', v_at, v_at)
	on conflict (auth_corp_id, suite_id) do update
	set corp_name = coalesce(excluded.corp_name, c.corp_name),
		state = case when c.authorised_at = excluded.authorised_at then c.state else 'pending' end,
		suspended_reason = case when c.authorised_at = excluded.authorised_at then c.suspended_reason end,
		installed_at = case when c.cancelled_at is null then coalesce(c.installed_at, excluded.installed_at)
			else excluded.installed_at end,
		cancelled_at = null,
		authorised_at = excluded.authorised_at,
		returned_at = case when (c.cancelled_at is not null or v_is_leaving)
				and c.authorised_at is distinct from excluded.authorised_at
			then excluded.authorised_at else c.returned_at end,
		backfilled_at = case when c.cancelled_at is null then c.backfilled_at end,
		reconcile_at = case when c.cancelled_at is null then c.reconcile_at end
	where (c.cancelled_at is null or c.cancelled_at < excluded.authorised_at)
		and (c.authorised_at is null or c.authorised_at <= excluded.authorised_at);
	if not found then
		return 'older';
	end if;

	insert into wecom.secret as s (auth_corp_id, kind, name, secret_at, sealed)
	values (p_corp, 'permanent_code', p_suite, v_at, decode(p_secret_hex, 'hex'))
	on conflict (auth_corp_id, kind, name) do update
	set secret_at = excluded.secret_at,
		sealed = excluded.sealed
	where s.secret_at <= excluded.secret_at;

	if v_is_leaving then
		v_jobs := v_jobs || jsonb_build_array(jsonb_build_array('purge', '', p_authorised_us));
	end if;
	v_due_at := wecom.job_raise_priority(p_corp, v_jobs);
	if v_due_at is not null then
		perform wecom.corp_due_raise(p_corp, v_due_at);
	end if;
	return 'kept';
end
$$;

comment on function wecom.corp_authorise(text, text, text, text, bigint) is
	'Keep a permanent code and make its corp pending; kept, or older when newer things are known.';
