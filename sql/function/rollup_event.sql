-- wecom.rollup_event(p_corp, p_from, p_to): keep how many events came on days that are, or become, closed.
--   returns  nothing
--   tables   wecom.event_day; reads wecom.event
--   caller   wecom.rollup_store, wecom.rollup_close
-- A day older than all events that there are is left as it is: retention has dropped what it counted.
create or replace function wecom.rollup_event(p_corp text, p_from date, p_to date)
returns void
language sql
as $$
	with fresh as materialized (
		select n.*
		from wecom.event_day_of(p_corp, p_from, p_to) as n
	), gone as (
		delete from wecom.event_day as k
		where k.auth_corp_id = p_corp
			and k.day between p_from and p_to
			and k.day > (
				select (min(e.event_time) at time zone wecom.corp_zone(p_corp))::date
				from wecom.event as e
				where e.auth_corp_id = p_corp
					and e.event_time > '1970-01-02'
			)
			and (k.day, k.info_type) not in (select n.day, n.info_type from fresh as n)
	)
	insert into wecom.event_day as k (auth_corp_id, day, info_type, received, duplicates)
	select p_corp, n.* from fresh as n
	on conflict (auth_corp_id, day, info_type) do update
	set received = excluded.received, duplicates = excluded.duplicates
	where k is distinct from excluded
$$;

comment on function wecom.rollup_event(text, date, date) is
	'Keep how many events came on closed days.';
