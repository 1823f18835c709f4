-- report.customer_daily_of(p_corp): report.customer_daily of one corp.
-- Days without a job are read from what is kept, the others counted from the data: see migrate/0007_rollup.sql.
create or replace function report.customer_daily_of(p_corp text)
returns table (day date, total_end bigint, new bigint, half bigint, half_converted bigint, lost_by_staff bigint,
	lost_by_customer bigint, transferred_away bigint, net bigint, distinct_new bigint, distinct_lost bigint, readded bigint)
language sql
stable
security definer
set search_path = pg_catalog, pg_temp
set jit = off
as $$
	with live as materialized (
		select l.is_all, l.days from wecom.rollup_live(p_corp, 'customer') as l
	), flow as materialized (
		select k.day, k.new, k.half, k.half_converted, k.lost_by_staff, k.lost_by_customer, k.transferred_away,
			k.distinct_new, k.distinct_lost, k.readded
		from live as l
		join wecom.customer_day as k on k.auth_corp_id = p_corp
		where not l.is_all
			and k.day <> all (l.days)
		union all
		select n.*
		from live as l
		cross join lateral wecom.customer_day_of(p_corp, l.days) as n
	), shown as (
		select (generate_series(
			greatest(min(f.day) filter (where f.day > '-infinity'), '2010-01-01')::timestamp,
			least(greatest(max(f.day) filter (where f.day > '-infinity'), t.today), t.today + 1)::timestamp,
			interval '1 day'))::date as day
		from flow as f
		cross join (select (now() at time zone wecom.corp_zone(p_corp))::date as today offset 0) as t
		group by t.today
	)
	select s.day,
		coalesce((
			select sum(b.new - b.lost_by_staff - b.lost_by_customer - b.transferred_away)
			from flow as b
			where b.day < '2010-01-01'
		), 0)::bigint + (sum(coalesce(f.new - f.lost_by_staff - f.lost_by_customer - f.transferred_away, 0))
			over (order by s.day))::bigint,
		coalesce(f.new, 0)::bigint, coalesce(f.half, 0)::bigint, coalesce(f.half_converted, 0)::bigint,
		coalesce(f.lost_by_staff, 0)::bigint, coalesce(f.lost_by_customer, 0)::bigint,
		coalesce(f.transferred_away, 0)::bigint,
		coalesce(f.new - f.lost_by_staff - f.lost_by_customer - f.transferred_away, 0)::bigint,
		coalesce(f.distinct_new, 0)::bigint, coalesce(f.distinct_lost, 0)::bigint, coalesce(f.readded, 0)::bigint
	from shown as s
	left join flow as f on f.day = s.day
	order by s.day
$$;

comment on function report.customer_daily_of(text) is
	'report.customer_daily of one corp.';
