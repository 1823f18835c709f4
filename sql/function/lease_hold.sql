-- wecom.lease_hold(p_corp, p_owner, p_fence): does the daemon hold the corp's lease?  If so nobody else takes it before
-- this transaction ends.
--   returns  false when the lease is another's or has run out by the database's clock
--   tables   wecom.lease, FOR SHARE
--   caller   first in wecom.job_claim, wecom.job_finish
create or replace function wecom.lease_hold(p_corp text, p_owner text, p_fence bigint)
returns boolean
language plpgsql
as $$
begin
	perform
	from wecom.lease as l
	where l.auth_corp_id = p_corp
		and l.owner = p_owner
		and l.fence = p_fence
		and l.expires_at > clock_timestamp()
	for share;
	return found;
end
$$;

comment on function wecom.lease_hold(text, text, bigint) is
	'Does the daemon hold the corp''s lease?  If so it keeps it until this transaction ends.';
