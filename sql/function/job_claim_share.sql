-- wecom.job_claim_share(p_corp, p_from, p_now, p_limit): how many jobs of each priority a claim takes.
--   p_from   no job that waits is due before
--   returns  priority 0 to 2 and the number: three quarters of the limit for events when anything lower is due, and of
--            the rest three quarters for priority 1; what one does not need the others get, so that none starves
--   tables   wecom.job
--   caller   wecom.job_claim_due
-- A share below one is given now and then: by chance, as a claim remembers nothing.
create or replace function wecom.job_claim_share(p_corp text, p_from timestamptz, p_now timestamptz, p_limit integer)
returns table (priority smallint, share integer)
language plpgsql
rows 3
as $$
declare
	v_due integer[] := '{0,0,0}';
	v_low integer;
	v_last integer;
begin
	for v_n in 0..2 loop
		v_due[v_n + 1] := (
			select count(*)
			from (
				select
				from wecom.job as j
				where j.auth_corp_id = p_corp
					and j.state = 'due'
					and j.priority = v_n
					and j.due_at between p_from and p_now
				order by j.due_at	-- by the index
				limit p_limit
			) as j
		);
	end loop;

	v_low := least(v_due[2] + v_due[3], greatest(p_limit - v_due[1], floor(p_limit / 4.0 + random())::integer));
	v_last := least(v_due[3], greatest(v_low - v_due[2], floor(v_low / 4.0 + random())::integer));
	return query
	select u.n::smallint, u.share
	from (values (0, p_limit - v_low), (1, v_low - v_last), (2, v_last)) as u (n, share)
	where u.share > 0
		and v_due[u.n + 1] > 0;
end
$$;

comment on function wecom.job_claim_share(text, timestamptz, timestamptz, integer) is
	'How many jobs of each priority a claim takes, so that none starves.';
