-- wecom.lease_renew(p_corp, p_owner, p_fence, p_seconds): prolong a lease that has not run out.
--   returns  false when it is lost: stop all work on the corp
--   tables   wecom.lease
--   caller   wecom-sync, at a third of the lease
create or replace function wecom.lease_renew(p_corp text, p_owner text, p_fence bigint, p_seconds integer)
returns boolean
language plpgsql
security definer
set search_path = pg_catalog, pg_temp
as $$
declare
	v_now constant timestamptz := clock_timestamp();
begin
	update wecom.lease as l
	set expires_at = v_now + p_seconds * interval '1 second'
	where l.auth_corp_id = p_corp
		and l.owner = p_owner
		and l.fence = p_fence
		and l.expires_at > v_now;
	return found;
end
$$;

comment on function wecom.lease_renew(text, text, bigint, integer) is
	'Prolong a lease; false when it is lost.';
