-- wecom.day_bounds(p_days, p_zone): when days begin and end.
--   returns  each day with its first moment and that of the next day; -infinity has no moments
--   caller   the functions that count days
create or replace function wecom.day_bounds(p_days date[], p_zone text)
returns table (day date, from_at timestamptz, to_at timestamptz)
language sql
stable
as $$
	select u.day, u.day::timestamp at time zone p_zone, (u.day + 1)::timestamp at time zone p_zone
	from unnest(p_days) as u (day)
$$;

comment on function wecom.day_bounds(date[], text) is
	'When days begin and end in a time zone.';
