-- report.channel_state_of(p_corp): report.channel_state of one corp.
-- Days without a job are read from what is kept, the others counted from the data: see migrate/0007_rollup.sql.
create or replace function report.channel_state_of(p_corp text)
returns table (state text, adds bigint, half_adds bigint, converted bigint, lost bigint, net bigint,
	distinct_customers bigint, retained_d1 bigint, retained_d7 bigint, retained_d30 bigint, first_at timestamptz,
	last_at timestamptz, transferred_away bigint, old_enough_d1 bigint, old_enough_d7 bigint, old_enough_d30 bigint)
language sql
stable
security definer
set search_path = pg_catalog, pg_temp
set jit = off
as $$
	with live as materialized (
		select l.is_all, l.days from wecom.rollup_live(p_corp, 'customer') as l
	), clock as materialized (
		select (now() at time zone wecom.corp_zone(p_corp))::date as today
	), flow as (
		select k.day, k.state, k.adds, k.half_adds, k.converted, k.lost, k.transferred_away, k.distinct_customers,
			k.first_at, k.last_at
		from live as l
		join wecom.channel_day as k on k.auth_corp_id = p_corp
		where not l.is_all
			and k.day <> all (l.days)
		union all
		select n.*
		from live as l
		cross join lateral wecom.channel_day_of(p_corp, l.days) as n
	), loss as (
		select k.day - k.age as begun_on, k.state, k.age, k.n
		from live as l
		join wecom.loss_day as k on k.auth_corp_id = p_corp
		where not l.is_all
			and k.day <> all (l.days)
		union all
		select n.day - n.age, n.state, n.age, n.n
		from live as l
		cross join lateral wecom.loss_day_of(p_corp, l.days) as n
	), early as (
		select l.state,
			sum(l.n) filter (where l.age <= 1 and l.begun_on < c.today - 1) as d1,
			sum(l.n) filter (where l.age <= 7 and l.begun_on < c.today - 7) as d7,
			sum(l.n) filter (where l.begun_on < c.today - 30) as d30
		from loss as l
		cross join clock as c
		group by l.state
	), channel as (
		select f.state, sum(f.adds) as adds, sum(f.half_adds) as half_adds, sum(f.converted) as converted,
			sum(f.lost) as lost, sum(f.transferred_away) as transferred, sum(f.distinct_customers) as people,
			min(f.first_at) as first_at, max(f.last_at) as last_at,
			coalesce(sum(f.adds) filter (where f.day > '-infinity' and f.day < c.today - 1), 0) as old_1,
			coalesce(sum(f.adds) filter (where f.day > '-infinity' and f.day < c.today - 7), 0) as old_7,
			coalesce(sum(f.adds) filter (where f.day > '-infinity' and f.day < c.today - 30), 0) as old_30
		from flow as f
		cross join clock as c
		group by f.state
	)
	select s.state, s.adds, s.half_adds, s.converted, s.lost, s.adds - s.lost - s.transferred, s.people,
		s.old_1 - coalesce(e.d1, 0), s.old_7 - coalesce(e.d7, 0), s.old_30 - coalesce(e.d30, 0), s.first_at, s.last_at,
		s.transferred, s.old_1, s.old_7, s.old_30
	from channel as s
	left join early as e on e.state = s.state
	order by s.adds desc, s.state
$$;

comment on function report.channel_state_of(text) is
	'report.channel_state of one corp.';
