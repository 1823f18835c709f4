create or replace view report.customer_daily as
select
	c.auth_corp_id,
	d.day,
	d.total_end,
	d.new,
	d.half,
	d.half_converted,
	d.lost_by_staff,
	d.lost_by_customer,
	d.transferred_away,
	d.net,
	d.distinct_new,
	d.distinct_lost,
	d.readded
from report.corp as c
cross join lateral report.customer_daily_of(c.auth_corp_id) as d;

comment on view report.customer_daily is 'Customers won and lost, day by day up to today. Relations of a member and a customer are counted (person-times) but where it says distinct.';
comment on column report.customer_daily.auth_corp_id is 'The corp.';
comment on column report.customer_daily.day is 'Day in the corp''s time zone; days on which nothing happened are there, too.';
comment on column report.customer_daily.total_end is 'Whole relations at the end of the day: those that had become whole by then, or whose begin was never told, less those that had ended. A customer of two members counts twice; half relations do not count.';
comment on column report.customer_daily.new is 'Relations that became whole on the day, additions again and those that a member took over included.';
comment on column report.customer_daily.half is 'Relations that began half on the day: the customer added the member, who had not accepted.';
comment on column report.customer_daily.half_converted is 'Of new, those that had begun half, on that day or before.';
comment on column report.customer_daily.lost_by_staff is 'Whole relations that the member ended, on the day on which they ended.';
comment on column report.customer_daily.lost_by_customer is 'Whole relations that the customer ended, on the day on which they ended. One who deletes two members counts twice.';
comment on column report.customer_daily.transferred_away is 'Whole relations that ended because the customer was handed to another member: no loss.';
comment on column report.customer_daily.net is 'new less lost_by_staff, lost_by_customer and transferred_away: the change of total_end.';
comment on column report.customer_daily.distinct_new is 'Customers among new, each once.';
comment on column report.customer_daily.distinct_lost is 'Customers among lost_by_staff and lost_by_customer, each once, other members whom they still have or not.';
comment on column report.customer_daily.readded is 'Of new, those of a pair that had been whole before and had ended.';
