-- wecom.event_late(p_corp, p_times): which closed days must be counted again, because events of theirs came late.
--   p_times  times inside events that were new or came again; null for none
--   returns  targets of jobs of kind rollup; null for none
--   tables   wecom.event_close, FOR KEY SHARE: see wecom.rollup_close
--   caller   wecom.ingest_one, wecom.ingest_many, wecom.ingest_corps, for events of a day and a half ago and older
create or replace function wecom.event_late(p_corp text, p_times timestamptz[])
returns text[]
language plpgsql
as $$
declare
	v_closed_to date;
begin
	if p_times is null then
		return null;
	end if;
	select c.closed_to
	into v_closed_to
	from wecom.event_close as c
	where c.auth_corp_id = p_corp
	for key share;
	if not found then
		return null;
	end if;
	return (
		select array_agg(distinct 'event:' || d.day)
		from (
			select (t.at at time zone z.zone)::date as day
			from unnest(p_times) as t (at)
			cross join (select wecom.corp_zone(p_corp) as zone offset 0) as z
		) as d
		where d.day <= v_closed_to
	);
end
$$;

comment on function wecom.event_late(text, timestamptz[]) is
	'Which closed days must be counted again, because events of theirs came late.';
