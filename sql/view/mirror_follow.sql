create or replace view mirror.follow as
select
	x.auth_corp_id,
	x.external_userid,
	x.userid,
	x.remark,
	x.description,
	x.state,
	x.add_way,
	x.status,
	x.added_at,
	x.lost_at,
	x.period,
	x.half_at,
	x.oper_userid,
	x.remark_corp_name,
	x.lost_by_absence,
	x.gone_at
from wecom.follow as x
where not exists (
	select
	from wecom.follow as l
	where l.auth_corp_id = x.auth_corp_id
		and l.external_userid = x.external_userid
		and l.userid = x.userid
		and l.period > x.period
)
	and x.external_userid <> '';	-- for the index of members

comment on view mirror.follow is 'Relations of members and customers: the current or latest period of each pair.';
comment on column mirror.follow.auth_corp_id is 'The corp.';
comment on column mirror.follow.external_userid is 'The customer.';
comment on column mirror.follow.userid is 'The member.';
comment on column mirror.follow.remark is 'The member''s name for the customer.';
comment on column mirror.follow.description is 'The member''s description of the customer.';
comment on column mirror.follow.state is 'Channel by which the customer came.';
comment on column mirror.follow.add_way is 'How they came together, as WeCom numbers it.';
comment on column mirror.follow.status is 'half, active, deleted_by_staff, deleted_by_customer or transferred.';
comment on column mirror.follow.added_at is 'When it became whole; null while half, and when its begin was never told.';
comment on column mirror.follow.lost_at is 'When it ended; null while it lasts.';
comment on column mirror.follow.period is '1 for the first relation of the pair, one more for each after it.';
comment on column mirror.follow.half_at is 'When the customer added the member, unconfirmed; null when it did not begin so.';
comment on column mirror.follow.oper_userid is 'Who began it: member or customer.';
comment on column mirror.follow.remark_corp_name is 'Corp of the customer, as the member noted it.';
comment on column mirror.follow.lost_by_absence is 'No event told of its end: a complete listing of the member no longer had it, or the next period had begun.';
comment on column mirror.follow.gone_at is 'When the member also let go of a customer who had deleted them: WeCom shows the pair no more.';
