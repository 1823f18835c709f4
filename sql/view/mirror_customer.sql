create or replace view mirror.customer as
select
	x.auth_corp_id,
	x.external_userid,
	x.name,
	x.type,
	x.corp_name,
	x.position,
	x.gender,
	x.synced_at,
	x.corp_full_name,
	x.absence
from wecom.customer as x;

comment on view mirror.customer is 'Customers.';
comment on column mirror.customer.auth_corp_id is 'The corp.';
comment on column mirror.customer.external_userid is 'The customer, as the suite knows them.';
comment on column mirror.customer.name is 'WeChat name, or name of a WeCom user.';
comment on column mirror.customer.type is '1 WeChat, 2 WeCom.';
comment on column mirror.customer.corp_name is 'Their corp, of type 2.';
comment on column mirror.customer.position is 'Their position, of type 2.';
comment on column mirror.customer.gender is '1 male, 2 female; 0 unknown or not told.';
comment on column mirror.customer.synced_at is 'When it was stored last.';
comment on column mirror.customer.corp_full_name is 'Full name of their corp, of type 2.';
comment on column mirror.customer.absence is 'Why the latest pull told nothing: no_relation, out_of_scope or no_licence; null when it did.';
