-- wecom.page_moment(p_corp, p_day): when a day begins in the corp's time zone.
--   returns  the moment
--   tables   reads wecom.setting, by wecom.corp_zone
--   caller   the lists of the pages
create or replace function wecom.page_moment(p_corp text, p_day date)
returns timestamptz
language plpgsql
stable
as $$
begin
	return p_day::timestamp at time zone wecom.corp_zone(p_corp);
end
$$;

comment on function wecom.page_moment(text, date) is
	'When a day begins in the corp''s time zone.';
