-- report.group_daily_of(p_corp): report.group_daily of one corp.
-- Days without a job are read from what is kept, the others counted from the data: see migrate/0007_rollup.sql.
create or replace function report.group_daily_of(p_corp text)
returns table (day date, groups_total bigint, groups_new bigint, groups_dismissed bigint, members_staff bigint,
	members_external bigint, join_invite bigint, join_qr bigint, quit_self bigint, kicked bigint, net bigint,
	distinct_joined bigint, left_all_groups bigint, joined bigint, quit bigint)
language sql
stable
security definer
set search_path = pg_catalog, pg_temp
set jit = off
as $$
	with live as materialized (
		select l.is_all, l.days from wecom.rollup_live(p_corp, 'group') as l
	), flow as materialized (
		select k.day, k.groups_new, k.groups_dismissed, k.staff_change, k.external_change, k.joined, k.join_invite,
			k.join_qr, k.quit, k.quit_self, k.kicked, k.distinct_joined, k.left_all_groups
		from live as l
		join wecom.group_day as k on k.auth_corp_id = p_corp
		where not l.is_all
			and k.day <> all (l.days)
		union all
		select n.*
		from live as l
		cross join lateral wecom.group_day_of(p_corp, l.days) as n
	), base as (
		select coalesce(sum(f.groups_new - f.groups_dismissed), 0) as groups, coalesce(sum(f.staff_change), 0) as staff,
			coalesce(sum(f.external_change), 0) as external
		from flow as f
		where f.day < '2010-01-01'
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
		b.groups + sum(coalesce(f.groups_new - f.groups_dismissed, 0)) over (order by s.day),
		coalesce(f.groups_new, 0)::bigint, coalesce(f.groups_dismissed, 0)::bigint,
		b.staff + sum(coalesce(f.staff_change, 0)) over (order by s.day),
		b.external + sum(coalesce(f.external_change, 0)) over (order by s.day),
		coalesce(f.join_invite, 0)::bigint, coalesce(f.join_qr, 0)::bigint, coalesce(f.quit_self, 0)::bigint,
		coalesce(f.kicked, 0)::bigint, coalesce(f.joined - f.quit, 0)::bigint, coalesce(f.distinct_joined, 0)::bigint,
		coalesce(f.left_all_groups, 0)::bigint, coalesce(f.joined, 0)::bigint, coalesce(f.quit, 0)::bigint
	from shown as s
	cross join base as b
	left join flow as f on f.day = s.day
	order by s.day
$$;

comment on function report.group_daily_of(text) is
	'report.group_daily of one corp.';
