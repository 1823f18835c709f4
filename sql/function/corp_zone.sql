-- wecom.corp_zone(p_corp): the time zone in which a corp's days are counted.
--   returns  name of the zone
--   tables   reads wecom.setting
--   caller   the reports, and whoever stores what they count
-- Not in language sql, which would plan anew at every call.
create or replace function wecom.corp_zone(p_corp text)
returns text
language plpgsql
stable
parallel safe
security definer
set search_path = pg_catalog, pg_temp
as $$
begin
	return coalesce((
		select s.value
		from wecom.setting as s
		where s.name = 'time_zone:' || p_corp
	), (
		select s.value
		from wecom.setting as s
		where s.name = 'time_zone'
	), 'Asia/Shanghai');
end
$$;

comment on function wecom.corp_zone(text) is
	'The time zone in which a corp''s days are counted.';
