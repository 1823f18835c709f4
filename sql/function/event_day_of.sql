-- wecom.event_day_of(p_corp, p_from, p_to): what wecom.event_day keeps, counted from the events.
--   p_from, p_to  first and last day; null: open
--   returns       rows for the days and types of which events came
--   tables        reads wecom.event
--   caller        wecom.rollup_event, report.data_trust_of, wecom.rollup_check
create or replace function wecom.event_day_of(p_corp text, p_from date, p_to date)
returns table (day date, info_type text, received bigint, duplicates bigint)
language plpgsql
stable
as $$
declare
	v_zone constant text := wecom.corp_zone(p_corp);
	v_from constant timestamptz := coalesce(p_from, '-infinity')::timestamp at time zone v_zone;
	v_to constant timestamptz := coalesce(p_to + 1, 'infinity')::timestamp at time zone v_zone;
begin
	return query
	select (h.hour at time zone v_zone)::date, h.info_type, sum(h.n)::bigint, sum(h.repeats)::bigint
	from (
		-- by quarters of an hour, in which no day of any zone begins: cheaper than the zone's rules for each event
		select date_bin('15 minutes', e.event_time, timestamptz 'epoch') as hour, coalesce(e.info_type, '') as info_type,
			count(*) as n, sum(e.deliveries - 1) as repeats
		from wecom.event as e
		where e.auth_corp_id = p_corp
			and e.event_time >= v_from
			and e.event_time < v_to
		group by 1, 2
	) as h
	group by 1, 2;
end
$$;

comment on function wecom.event_day_of(text, date, date) is
	'Events received, by day and type, counted from the events.';
