-- wecom.rollup_fill(p_limit): keep for reports what an older version of the schema did not keep.
--   p_limit  at most so many customers
--   returns  less than that when nothing is left
--   tables   wecom.follow, wecom.job, wecom.corp_due; reads wecom.follow_tag, wecom.group_day, wecom.owner_day, wecom.corp
--   caller   migrate.sh, again and again until nothing is left, when all functions are of the new version
create or replace function wecom.rollup_fill(p_limit integer)
returns integer
language plpgsql
security definer
set search_path = pg_catalog, pg_temp
as $$
declare
	v_now_us constant bigint := (extract(epoch from clock_timestamp()) * 1000000)::bigint;
	v_of record;
	v_due_at timestamptz;
	v_n integer := 0;
begin
	for v_of in
		select c.auth_corp_id as corp, array_agg(c.external_userid) as customers
		from (
			select distinct f.auth_corp_id, f.external_userid
			from wecom.follow as f
			where f.lost_at is not null
				and f.lost_tags is null
			order by f.auth_corp_id, f.external_userid
			limit p_limit
		) as c
		group by c.auth_corp_id
		order by c.auth_corp_id
	loop
		perform wecom.follow_lost_keep(v_of.corp, v_of.customers);
		v_n := v_n + cardinality(v_of.customers);
	end loop;
	if v_n >= p_limit then
		return v_n;
	end if;
	select k.auth_corp_id as corp, array_agg(k.day) as days
	into v_of
	from wecom.group_day as k
	where k.joined + k.quit > 0
		and not exists (
			select
			from wecom.owner_day as o
			where o.auth_corp_id = k.auth_corp_id
				and o.day = k.day
		)
		and not exists (
			select
			from wecom.job as j
			where j.auth_corp_id = k.auth_corp_id
				and j.kind = 'rollup'
				and j.target in ('owner:', 'owner:' || k.day, 'group:', 'group:' || k.day)
		)
		and exists (
			select
			from wecom.corp as c
			where c.auth_corp_id = k.auth_corp_id
				and c.state <> 'cancelled'
		)
	group by k.auth_corp_id
	order by k.auth_corp_id
	limit 1;
	if found then
		v_due_at := wecom.job_raise_priority(v_of.corp, wecom.rollup_raise('owner', v_of.days, v_now_us));
		perform wecom.corp_due_raise(v_of.corp, v_due_at);
		return p_limit;
	end if;
	return v_n;
end
$$;

comment on function wecom.rollup_fill(integer) is
	'Keep for reports what an older version of the schema did not keep; less than the limit when nothing is left.';
