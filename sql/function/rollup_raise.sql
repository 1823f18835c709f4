-- wecom.rollup_raise(p_section, p_days, p_now_us): the jobs that days whose data changed call for.
--   p_days   may repeat, may be null
--   returns  [["rollup", target, due_us, 2], …], one for all days when they are many; null for none
--   caller   whoever changes the data of days: see migrate/0007_rollup.sql
-- Some seconds later, so that a busy day is counted now and then and not at every change.
create or replace function wecom.rollup_raise(p_section text, p_days date[], p_now_us bigint)
returns jsonb
language plpgsql
immutable
as $$
begin
	return (
		select case
				when count(*) > 31 then
					jsonb_build_array(jsonb_build_array('rollup', p_section || ':', p_now_us + 60000000, 2))
				else jsonb_agg(jsonb_build_array('rollup', p_section || ':' || d.day, p_now_us + 10000000, 2)
					order by d.day)
			end
		from (
			select distinct u.day
			from unnest(p_days) as u (day)
			where u.day is not null
		) as d
	);
end
$$;

comment on function wecom.rollup_raise(text, date[], bigint) is
	'The jobs that days whose data changed call for.';
