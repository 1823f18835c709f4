-- wecom.api_usage_add(p_corp, p_items): add to the count of API calls.
--   p_items  array of {day: "2026-01-31" (UTC), api, calls, errors, limited, saved}
--   returns  nothing; nothing is kept of a corp that left
--   tables   wecom.api_usage; reads wecom.corp
--   caller   wecom-sync, once a second
create or replace function wecom.api_usage_add(p_corp text, p_items jsonb)
returns void
language sql
security definer
set search_path = pg_catalog, pg_temp
as $$
	insert into wecom.api_usage as a (auth_corp_id, day, api, calls, errors, limited, saved)
	select p_corp, i.day, i.api, coalesce(sum(i.calls), 0), coalesce(sum(i.errors), 0), coalesce(sum(i.limited), 0),
		coalesce(sum(i.saved), 0)
	from jsonb_to_recordset(p_items) as i (day date, api text, calls bigint, errors bigint, limited bigint, saved bigint)
	where not exists (select from wecom.corp as c where c.auth_corp_id = p_corp and c.state = 'cancelled')
	group by i.day, i.api
	order by i.day, i.api
	on conflict (auth_corp_id, day, api) do update
	set calls = a.calls + excluded.calls,
		errors = a.errors + excluded.errors,
		limited = a.limited + excluded.limited,
		saved = a.saved + excluded.saved
$$;

comment on function wecom.api_usage_add(text, jsonb) is
	'Add to the count of a corp''s API calls by day and API.';
