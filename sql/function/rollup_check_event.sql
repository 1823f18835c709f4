-- wecom.rollup_check_event(p_corp): wecom.rollup_check of days of events.
--   returns  as wecom.rollup_check
--   tables   reads what is kept of these, and the data
--   caller   wecom.rollup_check
create or replace function wecom.rollup_check_event(p_corp text)
returns table (kept_in text, kept jsonb, fresh jsonb)
language plpgsql
stable
as $$
begin
	return query
	select 'event_day', to_jsonb(k) - 'auth_corp_id', to_jsonb(n)
	from (
		select d.* from wecom.event_day as d where d.auth_corp_id = p_corp
	) as k
	full join wecom.event_day_of(p_corp, null, (
		select c.closed_to from wecom.event_close as c where c.auth_corp_id = p_corp and c.closed_to > '-infinity'
	)) as n on n.day = k.day
		and n.info_type = k.info_type
	cross join wecom.rollup_live(p_corp, 'event') as l
	where (k.received, k.duplicates) is distinct from (n.received, n.duplicates)
		and coalesce(k.day, n.day) <> all (l.days)
		and exists (select from wecom.event_close as c where c.auth_corp_id = p_corp and c.closed_to > '-infinity')
		-- of what retention drops, figures are all that stays
		and coalesce(k.day, n.day) > coalesce((
			select (min(e.event_time) at time zone wecom.corp_zone(p_corp))::date
			from wecom.event as e
			where e.auth_corp_id = p_corp
				and e.event_time > '1970-01-02'
		), 'infinity');
end
$$;

comment on function wecom.rollup_check_event(text) is
	'wecom.rollup_check of days of events.';
