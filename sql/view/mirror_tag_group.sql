create or replace view mirror.tag_group as
select
	x.auth_corp_id,
	x.group_id,
	x.name,
	x.sort_order,
	x.created_at,
	x.deleted_at
from wecom.tag_group as x
where x.name is not null
	or x.created_at is not null
	or x.deleted_at is null;

comment on view mirror.tag_group is 'Groups of customer tags, deleted ones too.';
comment on column mirror.tag_group.auth_corp_id is 'The corp.';
comment on column mirror.tag_group.group_id is 'The group.';
comment on column mirror.tag_group.name is 'Name; null: only its deletion was told.';
comment on column mirror.tag_group.sort_order is 'Order, 0 to 4294967295; larger first.';
comment on column mirror.tag_group.created_at is 'When it was made.';
comment on column mirror.tag_group.deleted_at is 'When it was deleted: time of the event, else begin of the pull that no longer had it; null: exists.';
