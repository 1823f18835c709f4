-- wecom.reconcile_raise(p_now_us, p_hours, p_limit): start the full reconcile of the corps whose time has come.
--   p_now_us  WeCom's clock, microseconds since 1970
--   p_hours   from one to the next; 0: never
--   p_limit   at most so many corps; 1 keeps the transaction inside one corp
--   returns   how many corps
--   tables    wecom.corp, wecom.job, wecom.corp_due
--   caller    wecom-sync, once a minute
-- A corp's first one falls somewhere into the hours after its backfill, by a hash of its id: corps that were installed
-- together are not read together, and the next ones keep their distance.
-- Lock order: corps and their jobs corp by corp, then the due rows; see migrate/0002_queue.sql.
create or replace function wecom.reconcile_raise(p_now_us bigint, p_hours integer, p_limit integer)
returns integer
language plpgsql
security definer
set search_path = pg_catalog, pg_temp
as $$
declare
	v_now constant timestamptz := timestamptz 'epoch' + p_now_us * interval '1 microsecond';
	v_period constant interval := p_hours * interval '1 hour';
	v_corp record;
	v_corps text[] := '{}';
	v_due_ats timestamptz[] := '{}';
begin
	if p_hours <= 0 then
		return 0;
	end if;
	-- the first time of each corp that has been read once
	update wecom.corp as c
	set reconcile_at = v_now + v_period * ((hashtextextended(c.auth_corp_id, 0) & 65535) / 65536.0)
	where c.auth_corp_id in (
			select d.auth_corp_id
			from wecom.corp as d
			where d.state = 'active'
				and d.reconcile_at is null
				and d.backfilled_at is not null
			order by d.auth_corp_id
			limit p_limit
		)
		and c.state = 'active'
		and c.reconcile_at is null
		and c.backfilled_at is not null;

	for v_corp in
		select c.auth_corp_id, c.suite_id
		from wecom.corp as c
		where c.state = 'active'
			and c.reconcile_at <= v_now
		order by c.auth_corp_id, c.suite_id
		limit p_limit
		for update skip locked
	loop
		-- a whole number of periods ahead: a daemon that was away does not make up for what it missed
		update wecom.corp as c
		set reconcile_at = c.reconcile_at
			+ v_period * (floor(extract(epoch from v_now - c.reconcile_at) / extract(epoch from v_period)) + 1)
		where c.auth_corp_id = v_corp.auth_corp_id
			and c.suite_id = v_corp.suite_id;
		v_corps := v_corps || v_corp.auth_corp_id;
		v_due_ats := v_due_ats || wecom.job_raise_priority(v_corp.auth_corp_id, (
			select jsonb_agg(jsonb_build_array(u.kind, '', p_now_us, 1, true))
			from unnest('{chat_list,customer_list,member_list,tag}'::text[]) as u (kind)
		));
	end loop;
	for v_n in 1..cardinality(v_corps) loop
		if v_due_ats[v_n] is not null then
			perform wecom.corp_due_raise(v_corps[v_n], v_due_ats[v_n]);
		end if;
	end loop;
	return cardinality(v_corps);
end
$$;

comment on function wecom.reconcile_raise(bigint, integer, integer) is
	'Start the full reconcile of the corps whose time has come; how many.';
