-- wecom.rollup_close(p_corp, p_now_us): close days of events, and keep their figures.
--   returns  true when more days may be closed
--   tables   wecom.event_close, wecom.event_day; reads wecom.event
--   caller   wecom.rollup_store
-- A day is closed when it has been over for two days.  Until then nothing of it is kept, so that the receiver need not
-- tell; what comes later than a day and a half after its time raises the day's job (wecom.event_late).  The row is locked
-- before the zone is read and events are counted, in later statements: who has looked at it FOR KEY SHARE, or set another
-- zone and begun anew, has committed by then.
create or replace function wecom.rollup_close(p_corp text, p_now_us bigint)
returns boolean
language plpgsql
as $$
declare
	v_zone text;
	v_last date;
	v_closed date;
	v_from date;
	v_to date;
begin
	select c.closed_to
	into v_closed
	from wecom.event_close as c
	where c.auth_corp_id = p_corp
	for update;
	if not found then
		-- known to all before anything is closed
		insert into wecom.event_close (auth_corp_id, closed_to)
		values (p_corp, '-infinity')
		on conflict (auth_corp_id) do nothing;
		return true;
	end if;
	v_zone := wecom.corp_zone(p_corp);
	v_last := ((timestamptz 'epoch' + p_now_us * interval '1 microsecond') at time zone v_zone)::date - 3;
	if v_closed >= v_last then
		return false;
	end if;
	select (min(e.event_time) at time zone v_zone)::date
	into v_from
	from wecom.event as e
	where e.auth_corp_id = p_corp
		and e.event_time >= (v_closed + 1)::timestamp at time zone v_zone;
	v_to := least(v_last, coalesce(v_from, v_last) + 30);
	if v_from <= v_last then
		perform wecom.rollup_event(p_corp, v_from, v_to);
	end if;
	update wecom.event_close as c
	set closed_to = v_to
	where c.auth_corp_id = p_corp;
	return v_to < v_last;
end
$$;

comment on function wecom.rollup_close(text, bigint) is
	'Close days of events and keep their figures; true when more may be closed.';
