-- wecom.corp_due_sweep(p_now_us, p_limit): the net under the corps' due times, should one have been lost.
--   p_now_us  WeCom's clock, microseconds since 1970
--   p_limit   at most so many corps are mended
--   returns   how many were; above 0 is worth a line in the log
--   tables    wecom.corp_due; reads wecom.job
--   caller    wecom-sync, once a minute; all corps
-- A corp's row may lie up to a minute behind its jobs: so it is put off while they may not be claimed.  But claims read from
-- least(due_at, waiting_from) on: no job may be due before that.  Corps are walked by the index, one probe each, whatever
-- they hold.
create or replace function wecom.corp_due_sweep(p_now_us bigint, p_limit integer)
returns integer
language plpgsql
security definer
set search_path = pg_catalog, pg_temp
as $$
declare
	v_now constant timestamptz := timestamptz 'epoch' + p_now_us * interval '1 microsecond';
	v_corp text := '';
	v_first_at timestamptz;
	v_due_at timestamptz;
	v_mended integer := 0;
begin
	while v_mended < p_limit loop
		select least(
			(select min(j.auth_corp_id) from wecom.job as j where j.state = 'due' and j.auth_corp_id > v_corp),
			(select min(j.auth_corp_id) from wecom.job as j where j.state = 'leased' and j.auth_corp_id > v_corp))
		into v_corp;
		exit when v_corp is null;

		select min(w.due_at)
		into v_first_at
		from (values (0), (1), (2)) as p (priority)
		cross join lateral (
			select j.due_at
			from wecom.job as j
			where j.auth_corp_id = v_corp
				and j.state = 'due'
				and j.priority = p.priority
			order by j.due_at
			limit 1
		) as w;
		-- leased jobs only: without a due row nobody would notice the end of the lease
		v_due_at := coalesce(v_first_at, v_now);
		perform
		from wecom.corp_due as d
		where d.auth_corp_id = v_corp
			and d.due_at <= greatest(v_due_at, v_now) + interval '61 seconds'
			and coalesce(least(d.due_at, d.waiting_from) <= v_first_at, true);
		if not found then
			perform wecom.corp_due_raise(v_corp, v_due_at);
			v_mended := v_mended + 1;
		end if;
	end loop;
	return v_mended;
end
$$;

comment on function wecom.corp_due_sweep(bigint, integer) is
	'Mend due times of corps that have been lost; how many.';
