-- wecom.counter_add(p_corp, p_day, p_counts): add to the corp's counters.
--   p_day     day (UTC)
--   p_counts  array of objects {name: n}; null for none; zeros write nothing, and nothing is kept of a corp that left
--   returns   nothing
--   tables    wecom.counter; reads wecom.corp
--   caller    wecom.job_finish
create or replace function wecom.counter_add(p_corp text, p_day date, p_counts jsonb)
returns void
language plpgsql
as $$
begin
	insert into wecom.counter as c (auth_corp_id, day, name, n)
	select p_corp, p_day, w.key, sum(w.value::bigint)
	from jsonb_array_elements(p_counts) as u (v)
	cross join lateral jsonb_each_text(u.v) as w
	where not exists (select from wecom.corp as l where l.auth_corp_id = p_corp and l.state = 'cancelled')
	group by w.key
	having sum(w.value::bigint) <> 0
	order by w.key
	on conflict (auth_corp_id, day, name) do update
	set n = c.n + excluded.n;
end
$$;

comment on function wecom.counter_add(text, date, jsonb) is
	'Add to a corp''s counters of a day.';
