-- report.staff_ranking(p_corp, p_from, p_to): members by what happened to their relations from p_from to p_to, both included;
-- the columns are told in the function's comment.
-- Days without a job are read from what is kept, the others counted from the data: see migrate/0007_rollup.sql.
create or replace function report.staff_ranking(p_corp text, p_from date, p_to date)
returns table (userid text, customers bigint, new bigint, lost_by_staff bigint, lost_by_customer bigint, net bigint,
	retained_d1 bigint, retained_d7 bigint, retained_d30 bigint, delete_alert boolean, transferred_away bigint,
	old_enough_d1 bigint, old_enough_d7 bigint, old_enough_d30 bigint)
language sql
stable
security definer
set search_path = pg_catalog, pg_temp
set jit = off
as $$
	with live as materialized (
		select l.is_all, l.days from wecom.rollup_live(p_corp, 'customer') as l
	), clock as materialized (
		select (now() at time zone wecom.corp_zone(p_corp))::date as today, wecom.delete_alert_least() as alert
	), flow as (
		select k.day, k.userid, k.new, k.lost_by_staff, k.lost_by_customer, k.transferred_away
		from live as l
		join wecom.staff_day as k on k.auth_corp_id = p_corp
		where not l.is_all
			and k.day <> all (l.days)
			and k.day <= p_to
		union all
		select n.*
		from live as l
		cross join lateral wecom.staff_day_of(p_corp, array(
			select u.day from unnest(l.days) as u (day) where u.day <= p_to
		)) as n
	), loss as (
		select k.day - k.age as begun_on, k.userid, k.age, k.n
		from live as l
		join wecom.loss_day as k on k.auth_corp_id = p_corp
		where not l.is_all
			and k.day <> all (l.days)
			and k.day between p_from and p_to + 30
		union all
		select n.day - n.age, n.userid, n.age, n.n
		from live as l
		cross join lateral wecom.loss_day_of(p_corp, array(
			select u.day from unnest(l.days) as u (day) where u.day between p_from and p_to + 30
		)) as n
	), early as (
		select l.userid,
			sum(l.n) filter (where l.age <= 1 and l.begun_on < c.today - 1) as d1,
			sum(l.n) filter (where l.age <= 7 and l.begun_on < c.today - 7) as d7,
			sum(l.n) filter (where l.age <= 30 and l.begun_on < c.today - 30) as d30
		from loss as l
		cross join clock as c
		where l.begun_on between p_from and p_to
		group by l.userid
	), staff as (
		select f.userid,
			sum(f.new - f.lost_by_staff - f.lost_by_customer - f.transferred_away)::bigint as customers,
			coalesce(sum(f.new) filter (where f.day >= p_from), 0) as new,
			coalesce(sum(f.lost_by_staff) filter (where f.day >= p_from), 0) as by_staff,
			coalesce(sum(f.lost_by_customer) filter (where f.day >= p_from), 0) as by_customer,
			coalesce(sum(f.transferred_away) filter (where f.day >= p_from), 0) as transferred,
			coalesce(sum(f.new) filter (where f.day >= p_from and f.day < c.today - 1), 0) as old_1,
			coalesce(sum(f.new) filter (where f.day >= p_from and f.day < c.today - 7), 0) as old_7,
			coalesce(sum(f.new) filter (where f.day >= p_from and f.day < c.today - 30), 0) as old_30,
			coalesce(max(f.lost_by_staff) filter (where f.day >= p_from), 0) >= min(c.alert) as is_alert
		from flow as f
		cross join clock as c
		group by f.userid
	)
	select s.userid, s.customers, s.new, s.by_staff, s.by_customer,
		s.new - s.by_staff - s.by_customer - s.transferred,
		s.old_1 - coalesce(e.d1, 0), s.old_7 - coalesce(e.d7, 0), s.old_30 - coalesce(e.d30, 0),
		s.is_alert, s.transferred, s.old_1, s.old_7, s.old_30
	from staff as s
	left join early as e on e.userid = s.userid
	where s.customers > 0
		or s.new + s.by_staff + s.by_customer + s.transferred > 0
	order by s.new - s.by_staff - s.by_customer - s.transferred desc, s.new desc, s.userid
$$;

comment on function report.staff_ranking(text, date, date) is 'Members by what happened to their relations (person-times) from one day to another, both included, best net first. customers: whole relations at the end of the last day. new, lost_by_staff, lost_by_customer, transferred_away, net: as in report.customer_daily. old_enough_dN: of new, those that became whole so long ago that the N-th day after that day is over; retained_dN: of these, those that neither side had ended by the end of it. delete_alert: on some day the member ended at least as many as the setting delete_alert says.';
