-- wecom.lease_take(p_corp, p_owner, p_seconds): lease a corp by compare-and-set.
--   p_owner    name of the daemon: two daemons never have the same
--   p_seconds  from now, by the database's clock
--   returns    the fencing number; null while another daemon holds the lease.  The holder itself gets its number again,
--              prolonged; a new holder gets the next one, and what was leased under older numbers is due again at once
--   tables     wecom.lease, wecom.job, wecom.corp_due
--   caller     wecom-sync
create or replace function wecom.lease_take(p_corp text, p_owner text, p_seconds integer)
returns bigint
language plpgsql
security definer
set search_path = pg_catalog, pg_temp
as $$
declare
	v_now constant timestamptz := clock_timestamp();
	v_fence bigint;
begin
	-- the holder again: nothing is to be given back
	update wecom.lease as l
	set expires_at = v_now + p_seconds * interval '1 second'
	where l.auth_corp_id = p_corp
		and l.owner = p_owner
	returning l.fence
	into v_fence;
	if found then
		return v_fence;
	end if;

	insert into wecom.lease as l (auth_corp_id, owner, fence, expires_at)
	values (p_corp, p_owner, 1, v_now + p_seconds * interval '1 second')
	on conflict (auth_corp_id) do update
	set owner = excluded.owner,
		fence = l.fence + 1,
		expires_at = excluded.expires_at
	where l.expires_at <= v_now
	returning l.fence
	into v_fence;
	if v_fence is not null then
		perform wecom.lease_give_back(p_corp, v_fence - 1);
	end if;
	return v_fence;
end
$$;

comment on function wecom.lease_take(text, text, integer) is
	'Lease a corp for a daemon: the fencing number, or null while another holds it.';
