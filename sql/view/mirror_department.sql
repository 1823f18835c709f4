create or replace view mirror.department as
select
	x.auth_corp_id,
	x.department_id,
	x.parent_id,
	x.name,
	x.sort_order
from wecom.department as x
where x.deleted_at is null;

comment on view mirror.department is 'Departments that the app sees.';
comment on column mirror.department.auth_corp_id is 'The corp.';
comment on column mirror.department.department_id is 'The department.';
comment on column mirror.department.parent_id is 'The one above it, which the app need not see.';
comment on column mirror.department.name is 'Name; a third party is given the id, or nothing.';
comment on column mirror.department.sort_order is 'Order, 0 to 4294967295; larger first.';
