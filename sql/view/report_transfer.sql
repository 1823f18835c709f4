create or replace view report.transfer as
select
	t.auth_corp_id,
	t.handover,
	t.takeover,
	count(*) filter (where t.outcome = 'moved' and t.takeover is not null) as moved,
	count(*) filter (where t.outcome = 'customer_refused') as refused,
	count(*) filter (where t.outcome = 'customer_limit_exceed') as limit_exceed,
	count(*) filter (where t.outcome = 'moved' and t.takeover is null) as pending,
	round(count(*) filter (where t.outcome = 'moved' and t.takeover is not null)::numeric
		/ nullif(count(*) filter (where t.takeover is not null), 0), 4) as success_rate
from (
	select f.auth_corp_id, f.userid as handover, f.takeover, 'moved' as outcome
	from wecom.follow as f
	where f.status = 'transferred'
		and f.lost_at is not null
	union all
	select x.auth_corp_id, (
		select min(h.userid)
		from wecom.follow as h
		where h.auth_corp_id = x.auth_corp_id
			and h.external_userid = x.external_userid
			and h.userid <> x.userid
			and coalesce(h.added_at <= x.failed_at, h.half_at is null)
			and coalesce(h.lost_at > x.failed_at, true)
		having count(distinct h.userid) = 1
	), x.userid, x.fail_reason
	from wecom.transfer_failure as x
) as t
group by t.auth_corp_id, t.handover, t.takeover;

comment on view report.transfer is 'Customers handed from one member to another, from the beginning until now. WeCom tells of the two sides apart: who belongs to whom is found by the customer.';
comment on column report.transfer.auth_corp_id is 'The corp.';
comment on column report.transfer.handover is 'Member who had the customer. Of failures the only other one who had; null when there were several or none.';
comment on column report.transfer.takeover is 'Member who got the customer, or failed to. Of those moved who began with the customer from a day before to a week after, one assigned by an administrator first; null: nobody yet.';
comment on column report.transfer.moved is 'Relations that ended by a transfer and went on with the takeover.';
comment on column report.transfer.refused is 'Transfers that the customer refused.';
comment on column report.transfer.limit_exceed is 'Transfers that failed because the takeover has as many customers as may be.';
comment on column report.transfer.pending is 'Relations that ended by a transfer and of which no takeover is known yet.';
comment on column report.transfer.success_rate is 'moved of all that have an end (moved, refused, limit_exceed and other failures); null when none has.';
