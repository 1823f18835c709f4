-- wecom.loss_day_of(p_corp, p_days): what wecom.loss_day keeps, counted from the relations.
--   returns  rows for the days on which relations of at most 30 days ended
--   tables   reads wecom.follow
--   caller   wecom.rollup_customer, report.staff_ranking, report.channel_state_of, wecom.rollup_check
create or replace function wecom.loss_day_of(p_corp text, p_days date[])
returns table (day date, userid text, state text, age integer, n integer)
language sql
stable
as $$
	select f.day, f.userid, f.state, a.age, count(*)::integer
	from wecom.follow_of_days(p_corp, p_days) as f
	cross join (select wecom.corp_zone(p_corp) as zone offset 0) as z	-- once, not for each
	cross join lateral (
		select f.day - (f.added_at at time zone z.zone)::date as age
		offset 0
	) as a
	where f.what = 'lost'
		and f.status <> 'transferred'
		and f.added_at is not null
		and a.age between 0 and 30
	group by f.day, f.userid, f.state, a.age
$$;

comment on function wecom.loss_day_of(text, date[]) is
	'Early losses by day, member, channel and age, counted from the relations.';
