-- wecom.customer_day_of(p_corp, p_days): what wecom.customer_day keeps, counted from the relations.
--   returns  rows for those of the days on which anything happened
--   tables   reads wecom.follow
--   caller   wecom.rollup_customer, report.customer_daily_of, wecom.rollup_check
create or replace function wecom.customer_day_of(p_corp text, p_days date[])
returns table (day date, new integer, half integer, half_converted integer, lost_by_staff integer, lost_by_customer integer,
	transferred_away integer, distinct_new integer, distinct_lost integer, readded integer)
language sql
stable
as $$
	select f.day,
		(count(*) filter (where f.what = 'new'))::integer,
		(count(*) filter (where f.what = 'half'))::integer,
		(count(*) filter (where f.what = 'new' and f.half_at is not null))::integer,
		(count(*) filter (where f.what = 'lost' and f.status = 'deleted_by_staff'))::integer,
		(count(*) filter (where f.what = 'lost' and f.status = 'deleted_by_customer'))::integer,
		(count(*) filter (where f.what = 'lost' and f.status = 'transferred'))::integer,
		(count(distinct f.external_userid) filter (where f.what = 'new'))::integer,
		(count(distinct f.external_userid) filter (where f.what = 'lost' and f.status <> 'transferred'))::integer,
		(count(*) filter (where f.what = 'new' and f.period > 1 and exists (
			select
			from wecom.follow as b
			where b.auth_corp_id = p_corp
				and b.external_userid = f.external_userid
				and b.userid = f.userid
				and b.period < f.period
				and b.lost_at is not null
				and (b.added_at is not null or b.half_at is null)
		)))::integer
	from wecom.follow_of_days(p_corp, p_days) as f
	group by f.day
$$;

comment on function wecom.customer_day_of(text, date[]) is
	'What happened to relations, by day, counted from the relations.';
