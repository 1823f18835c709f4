-- wecom.staff_day_of(p_corp, p_days): what wecom.staff_day keeps, counted from the relations.
--   returns  rows for the days and members of whom anything is to be told
--   tables   reads wecom.follow
--   caller   wecom.rollup_customer, report.staff_ranking, wecom.rollup_check
create or replace function wecom.staff_day_of(p_corp text, p_days date[])
returns table (day date, userid text, new integer, lost_by_staff integer, lost_by_customer integer,
	transferred_away integer)
language sql
stable
as $$
	select f.day, f.userid,
		(count(*) filter (where f.what = 'new'))::integer,
		(count(*) filter (where f.what = 'lost' and f.status = 'deleted_by_staff'))::integer,
		(count(*) filter (where f.what = 'lost' and f.status = 'deleted_by_customer'))::integer,
		(count(*) filter (where f.what = 'lost' and f.status = 'transferred'))::integer
	from wecom.follow_of_days(p_corp, p_days) as f
	where f.what <> 'half'
	group by f.day, f.userid
$$;

comment on function wecom.staff_day_of(text, date[]) is
	'What happened to relations, by day and member, counted from the relations.';
