create or replace view report.loss_list as
select
	f.auth_corp_id,
	f.external_userid,
	f.userid,
	f.status as direction,
	case
		when f.status = 'transferred' then 'DELETE_BY_TRANSFER'
		when f.lost_by_absence then 'listing'
		else 'event'
	end as source,
	coalesce(f.state, '') as state,
	coalesce(f.lost_tags, '{}') as tags,
	f.added_at,
	f.lost_at,
	floor(extract(epoch from f.lost_at - f.added_at) / 86400)::integer as kept_days,
	f.readded_at,
	f.period
from wecom.follow as f
where f.lost_at is not null
	and (f.added_at is not null or f.half_at is null);

comment on view report.loss_list is 'Whole relations that ended, one row each.';
comment on column report.loss_list.auth_corp_id is 'The corp.';
comment on column report.loss_list.external_userid is 'The customer.';
comment on column report.loss_list.userid is 'The member.';
comment on column report.loss_list.direction is 'deleted_by_staff: the member ended it; deleted_by_customer; transferred: the customer was handed to another member, which is no loss.';
comment on column report.loss_list.source is 'event: WeCom told of it; DELETE_BY_TRANSFER: it told of a transfer; listing: no event came, a complete list no longer had it or a new relation had begun.';
comment on column report.loss_list.state is 'Channel by which the customer had come; empty: none.';
comment on column report.loss_list.tags is 'Tags that the member had given the customer and that were there when it ended; one that was given anew since counts no more.';
comment on column report.loss_list.added_at is 'When it had become whole; null: never told.';
comment on column report.loss_list.lost_at is 'When it ended: the event''s time; of a listing its begin.';
comment on column report.loss_list.kept_days is 'Whole days of 24 hours from added_at to lost_at.';
comment on column report.loss_list.readded_at is 'When the same pair was whole again, for the first time after this; null: not yet.';
comment on column report.loss_list.period is 'Which relation of the pair it was: 1 for the first.';
