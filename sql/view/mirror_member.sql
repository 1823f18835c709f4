create or replace view mirror.member as
select
	x.auth_corp_id,
	x.userid,
	x.open_userid,
	x.name,
	x.main_department,
	x.departments,
	x.position,
	x.status,
	x.in_scope,
	x.department_orders,
	x.is_leader_in_dept,
	x.direct_leader,
	x.alias,
	x.mobile,
	x.gender,
	x.email,
	x.biz_mail,
	x.telephone,
	x.address,
	x.avatar,
	x.thumb_avatar,
	x.qr_code,
	x.extattr,
	x.external_position,
	x.external_profile,
	x.left_at,
	x.absence,
	x.synced_at
from wecom.member as x;

comment on view mirror.member is 'Members; in_scope tells those whom the app sees.';
comment on column mirror.member.auth_corp_id is 'The corp.';
comment on column mirror.member.userid is 'The member, as the suite knows them.';
comment on column mirror.member.open_userid is 'open_userid.';
comment on column mirror.member.name is 'Name; a third party is given the userid.';
comment on column mirror.member.main_department is 'Main department.';
comment on column mirror.member.departments is 'Departments the app may see.';
comment on column mirror.member.position is 'Position.';
comment on column mirror.member.status is '1 active, 2 disabled, 4 not activated, 5 left.';
comment on column mirror.member.in_scope is 'The app sees them.';
comment on column mirror.member.department_orders is 'Place inside each of the departments, 0 to 4294967295; larger first.';
comment on column mirror.member.is_leader_in_dept is '1: leads the department at that place of departments.';
comment on column mirror.member.direct_leader is 'Direct leader, at most one.';
comment on column mirror.member.alias is 'Alias.';
comment on column mirror.member.mobile is 'Mobile number.';
comment on column mirror.member.gender is '1 male, 2 female, 0 undefined; null: not told.';
comment on column mirror.member.email is 'Mail address.';
comment on column mirror.member.biz_mail is 'Mail address given by the corp.';
comment on column mirror.member.telephone is 'Telephone.';
comment on column mirror.member.address is 'Address.';
comment on column mirror.member.avatar is 'Picture, URL.';
comment on column mirror.member.thumb_avatar is 'Small picture, URL.';
comment on column mirror.member.qr_code is 'Personal QR code, URL.';
comment on column mirror.member.extattr is 'Extended attributes, as WeCom gives them.';
comment on column mirror.member.external_position is 'Position shown to customers.';
comment on column mirror.member.external_profile is 'Profile shown to customers, as WeCom gives it.';
comment on column mirror.member.left_at is 'Begin of the pull that told that the app sees them no more; null while it does.';
comment on column mirror.member.absence is 'Why the latest pull told nothing: out_of_scope or no_licence; null when it did.';
comment on column mirror.member.synced_at is 'When it was stored last.';
