create or replace view report.tag_order_changes as
select
	c.auth_corp_id,
	c.at,
	c.scope,
	c.old_order,
	c.new_order
from wecom.tag_order_change as c;

comment on view report.tag_order_changes is 'Changes of the order of tags and of groups of tags.';
comment on column report.tag_order_changes.auth_corp_id is 'The corp.';
comment on column report.tag_order_changes.at is 'Begin of the pull that found it.';
comment on column report.tag_order_changes.scope is 'The group whose tags were reordered; empty: the groups.';
comment on column report.tag_order_changes.old_order is 'Ids in their order before.';
comment on column report.tag_order_changes.new_order is 'Ids in their order after.';
