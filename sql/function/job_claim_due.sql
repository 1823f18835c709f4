-- wecom.job_claim_due(p_corp, p_fence, p_now, p_limit): lease jobs of all kinds that are due.
--   returns  the jobs
--   tables   wecom.job; reads wecom.corp_due
--   caller   wecom.job_claim, for an active corp
-- Jobs at which a receiver looks at this moment are skipped: their event is not committed yet.  The corp's due row says
-- from where to read: what was claimed before lies behind in the index until it can be vacuumed, which an old snapshot
-- prevents.  It is read before the jobs: one that is raised in between moves the row and is found by the next claim.
create or replace function wecom.job_claim_due(p_corp text, p_fence bigint, p_now timestamptz, p_limit integer)
returns table (kind text, target text)
language plpgsql
as $$
declare
	v_from timestamptz;
	v_place tid;
begin
	select least(d.due_at, d.waiting_from)
	into v_from
	from wecom.corp_due as d
	where d.auth_corp_id = p_corp
	order by d.turn desc
	limit 1;
	if v_from is null then
		return;
	end if;

	for v_place in
		select w.place
		from wecom.job_claim_share(p_corp, v_from, p_now, p_limit) as s
		cross join lateral (
			select j.ctid as place
			from wecom.job as j
			where j.auth_corp_id = p_corp
				and j.state = 'due'
				and j.priority = s.priority
				and j.due_at between v_from and p_now
			order by j.due_at
			limit s.share
			for update skip locked
		) as w
	loop
		-- where it was locked; by its key it would be sought past every version that a snapshot still keeps
		update wecom.job as j
		set state = 'leased',
			claimed_counter = j.counter,
			claimed_at = p_now,
			fence = p_fence
		where j.ctid = v_place
			and j.auth_corp_id = p_corp
		returning j.kind, j.target
		into kind, target;
		if found then
			return next;
		end if;
	end loop;
end
$$;

comment on function wecom.job_claim_due(text, bigint, timestamptz, integer) is
	'Lease due jobs of an active corp in the order of priority and due time.';
