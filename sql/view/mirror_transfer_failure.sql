create or replace view mirror.transfer_failure as
select
	x.auth_corp_id,
	x.external_userid,
	x.userid,
	x.fail_reason,
	x.failed_at
from wecom.transfer_failure as x;

comment on view mirror.transfer_failure is 'Transfers of customers that failed.';
comment on column mirror.transfer_failure.auth_corp_id is 'The corp.';
comment on column mirror.transfer_failure.external_userid is 'The customer.';
comment on column mirror.transfer_failure.userid is 'The member who did not get the customer.';
comment on column mirror.transfer_failure.fail_reason is 'customer_refused or customer_limit_exceed, as sent.';
comment on column mirror.transfer_failure.failed_at is 'When.';
