-- wecom.rollup_tag(p_corp, p_day): keep which tags were given on a day.
--   returns  nothing
--   tables   wecom.tag_day; reads wecom.follow_tag
--   caller   wecom.rollup_store
create or replace function wecom.rollup_tag(p_corp text, p_day date)
returns void
language sql
as $$
	with fresh as materialized (
		select n.* from wecom.tag_day_of(p_corp, array[p_day]) as n
	), gone as (
		delete from wecom.tag_day as k
		where k.auth_corp_id = p_corp
			and k.day = p_day
			and k.tag_id not in (select n.tag_id from fresh as n)
	)
	insert into wecom.tag_day as k (auth_corp_id, day, tag_id, customers, added)
	select p_corp, n.* from fresh as n
	on conflict (auth_corp_id, day, tag_id) do update
	set customers = excluded.customers, added = excluded.added
	where k is distinct from excluded
$$;

comment on function wecom.rollup_tag(text, date) is
	'Keep which tags were given on a day.';
