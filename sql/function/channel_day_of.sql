-- wecom.channel_day_of(p_corp, p_days): what wecom.channel_day keeps, counted from the relations.
--   returns  rows for the days and channels of which anything is to be told
--   tables   reads wecom.follow
--   caller   wecom.rollup_customer, report.channel_state_of, wecom.rollup_check
-- A customer counts as distinct where the first of their relations by that channel began, half or whole.
create or replace function wecom.channel_day_of(p_corp text, p_days date[])
returns table (day date, state text, adds integer, half_adds integer, converted integer, lost integer,
	transferred_away integer, distinct_customers integer, first_at timestamptz, last_at timestamptz)
language sql
stable
as $$
	select f.day, f.state,
		(count(*) filter (where f.what = 'new'))::integer,
		(count(*) filter (where f.what = 'half'))::integer,
		(count(*) filter (where f.what = 'new' and f.half_at is not null))::integer,
		(count(*) filter (where f.what = 'lost' and f.status <> 'transferred'))::integer,
		(count(*) filter (where f.what = 'lost' and f.status = 'transferred'))::integer,
		(count(*) filter (where f.is_begin and not exists (
			select
			from wecom.follow as o
			where o.auth_corp_id = p_corp
				and o.external_userid = f.external_userid
				and coalesce(o.state, '') = f.state
				and (coalesce(least(o.half_at, o.added_at), '-infinity'), o.userid, o.period)
					< (coalesce(least(f.half_at, f.added_at), '-infinity'), f.userid, f.period)
		)))::integer,
		min(case f.what when 'new' then f.added_at when 'half' then f.half_at end),
		max(case f.what when 'new' then f.added_at when 'half' then f.half_at end)
	from (
		select d.*, (d.what = 'half' and coalesce(d.half_at <= d.added_at, true))
			or (d.what = 'new' and coalesce(d.added_at < d.half_at, true)) as is_begin
		from wecom.follow_of_days(p_corp, p_days) as d
	) as f
	group by f.day, f.state
$$;

comment on function wecom.channel_day_of(text, date[]) is
	'What happened to relations, by day and channel, counted from the relations.';
