create or replace view report.tag_usage as
select
	c.auth_corp_id,
	d.group_id,
	d.tag_id,
	d.tag_name,
	d.sort_order,
	d.customers,
	d.added_7d,
	d.added_30d,
	d.deleted_at,
	d.group_name,
	d.group_sort_order
from report.corp as c
cross join lateral report.tag_usage_of(c.auth_corp_id) as d;

comment on view report.tag_usage is 'Customer tags and how they are used, deleted ones too.';
comment on column report.tag_usage.auth_corp_id is 'The corp.';
comment on column report.tag_usage.group_id is 'The group of the tag.';
comment on column report.tag_usage.tag_id is 'The tag.';
comment on column report.tag_usage.tag_name is 'Name of the tag.';
comment on column report.tag_usage.sort_order is 'Its place in the group, 0 to 4294967295; larger first.';
comment on column report.tag_usage.customers is 'Customers who have the tag now by any member, each once.';
comment on column report.tag_usage.added_7d is 'Times a member gave it to a customer, today and on the 6 days before, still there or not.';
comment on column report.tag_usage.added_30d is 'The same of today and the 29 days before.';
comment on column report.tag_usage.deleted_at is 'When it was deleted; null: exists.';
comment on column report.tag_usage.group_name is 'Name of the group.';
comment on column report.tag_usage.group_sort_order is 'Place of the group, 0 to 4294967295; larger first.';
