-- wecom.lease_release(p_corp, p_owner, p_fence): give a corp back; what is still leased under it is due again at once.
--   returns  false when the lease was another's by now
--   tables   wecom.lease, wecom.job, wecom.corp_due
--   caller   wecom-sync, when it has nothing more to do for the corp or ends
-- The row stays: its number must never be given out a second time.
create or replace function wecom.lease_release(p_corp text, p_owner text, p_fence bigint)
returns boolean
language plpgsql
security definer
set search_path = pg_catalog, pg_temp
as $$
begin
	update wecom.lease as l
	set expires_at = timestamptz 'epoch'
	where l.auth_corp_id = p_corp
		and l.owner = p_owner
		and l.fence = p_fence;
	if not found then
		return false;
	end if;
	perform wecom.lease_give_back(p_corp, p_fence);
	return true;
end
$$;

comment on function wecom.lease_release(text, text, bigint) is
	'Give a corp''s lease back, its leased jobs with it; false when it was another''s by now.';
