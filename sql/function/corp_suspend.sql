-- wecom.corp_suspend(p_corp, p_reason): WeCom refuses our calls for the corp: stop all but looking whether that is so.
--   p_reason  for people; never a secret
--   returns   false when it was suspended before, is not known or has left
--   tables    wecom.corp, wecom.job, wecom.corp_due
--   caller    wecom-sync
-- The corp's own job is due in a minute: its auth info tells whether the app is still there, and makes it active again.
create or replace function wecom.corp_suspend(p_corp text, p_reason text)
returns boolean
language plpgsql
security definer
set search_path = pg_catalog, pg_temp
as $$
declare
	v_again_us constant bigint := (extract(epoch from clock_timestamp()) * 1000000)::bigint + 60000000;
	v_due_at timestamptz;
begin
	update wecom.corp as c
	set state = 'suspended',
		suspended_reason = left(p_reason, 1000)
	where c.auth_corp_id = p_corp
		and c.state in ('pending', 'active');
	if not found then
		return false;
	end if;
	v_due_at := wecom.job_raise_priority(p_corp, jsonb_build_array(jsonb_build_array('corp', '', v_again_us)));
	if v_due_at is not null then
		perform wecom.corp_due_raise(p_corp, v_due_at);
	end if;
	return true;
end
$$;

comment on function wecom.corp_suspend(text, text) is
	'Suspend a corp whose calls WeCom refuses; false when it was not at work.';
