-- report.data_trust_of(p_corp): report.data_trust of one corp.
-- Closed days without a job are read from what is kept, the others counted from the events: see wecom.rollup_close.
create or replace function report.data_trust_of(p_corp text)
returns table (day date, info_type text, received bigint, duplicates bigint, out_of_order bigint, gaps bigint,
	repaired bigint, repair_p50_s numeric, repair_p95_s numeric, stale_pulls bigint, parked bigint, backlog bigint,
	drift bigint)
language sql
stable
security definer
set search_path = pg_catalog, pg_temp
set jit = off
as $$
	with zone as materialized (
		select wecom.corp_zone(p_corp) as zone
	), live as materialized (
		select l.is_all, coalesce(l.days, '{}') as days, coalesce((
			select c.closed_to from wecom.event_close as c where c.auth_corp_id = p_corp
		), '-infinity') as closed_to
		from wecom.rollup_live(p_corp, 'event') as l
	), event as (
		select k.day, k.info_type, k.received, k.duplicates
		from live as l
		join wecom.event_day as k on k.auth_corp_id = p_corp
		where k.day <> all (l.days)
			and k.day <= l.closed_to
		union all
		select n.*
		from live as l
		cross join lateral unnest(l.days) as u (day)
		cross join lateral wecom.event_day_of(p_corp, u.day, u.day) as n
		where u.day <= l.closed_to
		union all
		select n.*
		from live as l
		cross join lateral wecom.event_day_of(p_corp, l.closed_to + 1, null) as n
	), gap as (
		select (g.found_at at time zone z.zone)::date as day, 'change_external_chat' as info_type, count(*) as gaps,
			count(g.repaired_at) as repaired,
			percentile_cont(0.5) within group (order by extract(epoch from g.repaired_at - g.found_at)) as p50,
			percentile_cont(0.95) within group (order by extract(epoch from g.repaired_at - g.found_at)) as p95
		from wecom.gap as g
		cross join zone as z
		where g.auth_corp_id = p_corp
		group by 1
	), found as (
		select c.day, t.info_type,
			sum(c.n) filter (where c.name = 'chat_out_of_order') as out_of_order,
			sum(c.n) filter (where c.name = 'chat_stale_pull') as stale_pulls,
			sum(c.n) filter (where c.name like 'drift%') as drift
		from wecom.counter as c
		join (values
			('chat_out_of_order', 'change_external_chat'),
			('chat_stale_pull', 'change_external_chat'),
			('drift_chat', 'change_external_chat'),
			('drift_customer', 'change_external_contact'),
			('drift_tag', 'change_external_tag'),
			('drift_member', 'change_contact'),
			('drift_department', 'change_contact')
		) as t (name, info_type) on t.name = c.name
		where c.auth_corp_id = p_corp
		group by c.day, t.info_type
	), waiting as (
		select (e.event_time at time zone z.zone)::date as day, coalesce(e.info_type, '') as info_type,
			count(*) filter (where j.target is not null) as parked,
			count(*) filter (where j.target is null) as backlog
		from wecom.event as e
		cross join zone as z
		left join wecom.job as j on j.auth_corp_id = p_corp
			and j.kind = e.job_kind
			and j.target = e.job_target
			and j.state = 'parked'
		where e.auth_corp_id = p_corp
			and e.state = 'new'
		group by 1, 2
	), day as (
		select e.day, e.info_type from event as e
		union
		select g.day, g.info_type from gap as g
		union
		select f.day, f.info_type from found as f
	)
	select d.day, d.info_type, coalesce(e.received, 0), coalesce(e.duplicates, 0), coalesce(f.out_of_order, 0)::bigint,
		coalesce(g.gaps, 0), coalesce(g.repaired, 0), round(g.p50::numeric, 3), round(g.p95::numeric, 3),
		coalesce(f.stale_pulls, 0)::bigint, coalesce(w.parked, 0), coalesce(w.backlog, 0), coalesce(f.drift, 0)::bigint
	from day as d
	left join event as e on e.day = d.day and e.info_type = d.info_type
	left join gap as g on g.day = d.day and g.info_type = d.info_type
	left join found as f on f.day = d.day and f.info_type = d.info_type
	left join waiting as w on w.day = d.day and w.info_type = d.info_type
$$;

comment on function report.data_trust_of(text) is
	'report.data_trust of one corp.';
