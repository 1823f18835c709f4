-- wecom.rollup_customer(p_corp, p_day): keep what happened to relations on a day.
--   returns  nothing
--   tables   wecom.customer_day, wecom.staff_day, wecom.channel_day, wecom.loss_day; reads wecom.follow
--   caller   wecom.rollup_store
-- Rows that do not differ are not written.
create or replace function wecom.rollup_customer(p_corp text, p_day date)
returns void
language sql
as $$
	with fresh as materialized (
		select n.* from wecom.customer_day_of(p_corp, array[p_day]) as n
	), gone as (
		delete from wecom.customer_day as k
		where k.auth_corp_id = p_corp
			and k.day = p_day
			and not exists (select from fresh)
	)
	insert into wecom.customer_day as k (auth_corp_id, day, new, half, half_converted, lost_by_staff, lost_by_customer,
		transferred_away, distinct_new, distinct_lost, readded)
	select p_corp, n.* from fresh as n
	on conflict (auth_corp_id, day) do update
	set new = excluded.new, half = excluded.half, half_converted = excluded.half_converted,
		lost_by_staff = excluded.lost_by_staff, lost_by_customer = excluded.lost_by_customer,
		transferred_away = excluded.transferred_away, distinct_new = excluded.distinct_new,
		distinct_lost = excluded.distinct_lost, readded = excluded.readded
	where k is distinct from excluded;

	with fresh as materialized (
		select n.* from wecom.staff_day_of(p_corp, array[p_day]) as n
	), gone as (
		delete from wecom.staff_day as k
		where k.auth_corp_id = p_corp
			and k.day = p_day
			and k.userid not in (select n.userid from fresh as n)
	)
	insert into wecom.staff_day as k (auth_corp_id, day, userid, new, lost_by_staff, lost_by_customer, transferred_away)
	select p_corp, n.* from fresh as n
	on conflict (auth_corp_id, day, userid) do update
	set new = excluded.new, lost_by_staff = excluded.lost_by_staff, lost_by_customer = excluded.lost_by_customer,
		transferred_away = excluded.transferred_away
	where k is distinct from excluded;

	with fresh as materialized (
		select n.* from wecom.channel_day_of(p_corp, array[p_day]) as n
	), gone as (
		delete from wecom.channel_day as k
		where k.auth_corp_id = p_corp
			and k.day = p_day
			and k.state not in (select n.state from fresh as n)
	)
	insert into wecom.channel_day as k (auth_corp_id, day, state, adds, half_adds, converted, lost, transferred_away,
		distinct_customers, first_at, last_at)
	select p_corp, n.* from fresh as n
	on conflict (auth_corp_id, day, state) do update
	set adds = excluded.adds, half_adds = excluded.half_adds, converted = excluded.converted, lost = excluded.lost,
		transferred_away = excluded.transferred_away, distinct_customers = excluded.distinct_customers,
		first_at = excluded.first_at, last_at = excluded.last_at
	where k is distinct from excluded;

	with fresh as materialized (
		select n.* from wecom.loss_day_of(p_corp, array[p_day]) as n
	), gone as (
		delete from wecom.loss_day as k
		where k.auth_corp_id = p_corp
			and k.day = p_day
			and (k.userid, k.state, k.age) not in (select n.userid, n.state, n.age from fresh as n)
	)
	insert into wecom.loss_day as k (auth_corp_id, day, userid, state, age, n)
	select p_corp, n.* from fresh as n
	on conflict (auth_corp_id, day, userid, state, age) do update
	set n = excluded.n
	where k.n <> excluded.n
$$;

comment on function wecom.rollup_customer(text, date) is
	'Keep what happened to relations on a day.';
