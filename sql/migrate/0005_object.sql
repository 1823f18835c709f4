-- The objects of the mirror: chats, customers, tags, members.  Written by wecom.object_store only, from jobs.
--  * Nothing is deleted but by a purge: what is gone is marked with its time, periods and tags that ended stay.
--  * Columns named seen_at hold the begin of a pull by WeCom's clock.  An answer shows everything that happened until two
--    seconds before it (the settling time); what is dated later than that is newer than the answer and stays.
--  * No check constraints: see migrate/0001_event.sql.  The store functions write these tables, tests/sql holds the rules.

create table wecom.group_chat (
	auth_corp_id text not null,
	chat_id text not null,
	name text,
	owner text,
	notice text,
	created_at timestamptz,
	member_version text,
	version_at timestamptz,
	trail text[],
	seen_at timestamptz,
	synced_at timestamptz not null,
	enrich_at timestamptz,
	dismissed_at timestamptz,
	absence text,
	constraint group_chat_pkey primary key (auth_corp_id, chat_id)
) with (fillfactor = 80);
comment on table wecom.group_chat is 'Customer group chats.';
comment on column wecom.group_chat.auth_corp_id is 'The corp.';
comment on column wecom.group_chat.chat_id is 'The chat.';
comment on column wecom.group_chat.name is 'Name; empty for an unnamed group, null until a pull told it.';
comment on column wecom.group_chat.owner is 'Member who owns it.';
comment on column wecom.group_chat.notice is 'Notice of the group.';
comment on column wecom.group_chat.created_at is 'When it was made.';
comment on column wecom.group_chat.member_version is 'Version of the roster that is held, opaque; null: the roster was never known.';
comment on column wecom.group_chat.version_at is 'By this time the truth had reached the held version: an upper bound.';
comment on column wecom.group_chat.trail is 'Older versions known to lead to the held one, oldest first.';
comment on column wecom.group_chat.seen_at is 'Begin of the latest complete pull.';
comment on column wecom.group_chat.synced_at is 'When it was stored last.';
comment on column wecom.group_chat.enrich_at is 'When details that only a pull knows are wanted; null: none are.';
comment on column wecom.group_chat.dismissed_at is 'When it was dissolved. Final: a dissolved chat never comes back, and its roster stays as history.';
comment on column wecom.group_chat.absence is 'Why it cannot be read though it may exist: out_of_scope or no_licence; null when it can.';
alter table wecom.group_chat enable row level security;
create policy group_chat_reader on wecom.group_chat for select to wecom_reader using (
	coalesce(current_setting('app.corp', true), '') in ('', auth_corp_id)
);

create table wecom.group_chat_admin (
	auth_corp_id text not null,
	chat_id text not null,
	userid text not null,
	left_at timestamptz,
	constraint group_chat_admin_pkey primary key (auth_corp_id, chat_id, userid)
) with (fillfactor = 80);
comment on table wecom.group_chat_admin is 'Administrators of group chats, former ones too.';
comment on column wecom.group_chat_admin.auth_corp_id is 'The corp.';
comment on column wecom.group_chat_admin.chat_id is 'The chat.';
comment on column wecom.group_chat_admin.userid is 'The member.';
comment on column wecom.group_chat_admin.left_at is 'Begin of the pull that no longer named them; null: is one now.';
alter table wecom.group_chat_admin enable row level security;
create policy group_chat_admin_reader on wecom.group_chat_admin for select to wecom_reader using (
	coalesce(current_setting('app.corp', true), '') in ('', auth_corp_id)
);

create table wecom.group_chat_member (
	auth_corp_id text not null,
	chat_id text not null,
	member_id text not null,
	type integer,
	name text,
	group_nickname text,
	join_at timestamptz,
	join_scene integer,
	invitor text,
	is_present boolean not null,
	left_at timestamptz,
	constraint group_chat_member_pkey primary key (auth_corp_id, chat_id, member_id)
) with (fillfactor = 80);
create index group_chat_member_member_idx on wecom.group_chat_member (auth_corp_id, member_id) where is_present;
comment on table wecom.group_chat_member is 'Who is, or was, in a group chat.';
comment on column wecom.group_chat_member.auth_corp_id is 'The corp.';
comment on column wecom.group_chat_member.chat_id is 'The chat.';
comment on column wecom.group_chat_member.member_id is 'userid of staff, external_userid of others.';
comment on column wecom.group_chat_member.type is '1 staff, 2 external; null until a pull told it.';
comment on column wecom.group_chat_member.name is 'Public name, as a pull told it.';
comment on column wecom.group_chat_member.group_nickname is 'Name inside the group.';
comment on column wecom.group_chat_member.join_at is 'When they joined last, as a pull told it.';
comment on column wecom.group_chat_member.join_scene is 'How, as a pull told it: 1 invited, 2 by invitation link, 3 QR code.';
comment on column wecom.group_chat_member.invitor is 'Member who invited them.';
comment on column wecom.group_chat_member.is_present is 'Is in the chat now, or was when it was dissolved.';
comment on column wecom.group_chat_member.left_at is 'When they left last; null while present.';
alter table wecom.group_chat_member enable row level security;
create policy group_chat_member_reader on wecom.group_chat_member for select to wecom_reader using (
	coalesce(current_setting('app.corp', true), '') in ('', auth_corp_id)
);

create table wecom.group_chat_ledger (
	auth_corp_id text not null,
	entry_id uuid not null,
	chat_id text not null,
	at timestamptz not null,
	member_id text not null,
	action text not null,
	scene integer,
	origin text not null,
	event_id uuid,
	constraint group_chat_ledger_pkey primary key (auth_corp_id, entry_id)
);
create index group_chat_ledger_chat_idx on wecom.group_chat_ledger (auth_corp_id, chat_id, at);
create index group_chat_ledger_at_idx on wecom.group_chat_ledger (auth_corp_id, at);
comment on table wecom.group_chat_ledger is 'Every change of a roster, once.';
comment on column wecom.group_chat_ledger.auth_corp_id is 'The corp.';
comment on column wecom.group_chat_ledger.entry_id is 'UUID version 7 made by the reconciler.';
comment on column wecom.group_chat_ledger.chat_id is 'The chat.';
comment on column wecom.group_chat_ledger.at is 'When: the event''s time, else join time, else begin of the pull that told it.';
comment on column wecom.group_chat_ledger.member_id is 'Who.';
comment on column wecom.group_chat_ledger.action is 'join, quit, or present: there when the chat was first seen, which is not a join.';
comment on column wecom.group_chat_ledger.scene is 'JoinScene or QuitScene of the event, as sent; null when only a pull tells.';
comment on column wecom.group_chat_ledger.origin is 'event or pull.';
comment on column wecom.group_chat_ledger.event_id is 'The event; null when only a pull tells.';
alter table wecom.group_chat_ledger enable row level security;
create policy group_chat_ledger_reader on wecom.group_chat_ledger for select to wecom_reader using (
	coalesce(current_setting('app.corp', true), '') in ('', auth_corp_id)
);

create table wecom.group_chat_change (
	auth_corp_id text not null,
	chat_id text not null,
	at timestamptz not null,
	field text not null,
	old text,
	new text,
	event_id uuid,
	constraint group_chat_change_pkey primary key (auth_corp_id, chat_id, at, field)
);
comment on table wecom.group_chat_change is 'Changes of a chat''s name, owner and notice.';
comment on column wecom.group_chat_change.auth_corp_id is 'The corp.';
comment on column wecom.group_chat_change.chat_id is 'The chat.';
comment on column wecom.group_chat_change.at is 'When: the time of the event that told of a change, else the begin of the pull that found it.';
comment on column wecom.group_chat_change.field is 'name, owner or notice.';
comment on column wecom.group_chat_change.old is 'Value before.';
comment on column wecom.group_chat_change.new is 'Value after.';
comment on column wecom.group_chat_change.event_id is 'The event; null when only a pull tells.';
alter table wecom.group_chat_change enable row level security;
create policy group_chat_change_reader on wecom.group_chat_change for select to wecom_reader using (
	coalesce(current_setting('app.corp', true), '') in ('', auth_corp_id)
);

create table wecom.customer (
	auth_corp_id text not null,
	external_userid text not null,
	name text,
	type integer,
	corp_name text,
	position text,
	gender integer,
	corp_full_name text,
	external_profile jsonb,
	contact_at timestamptz,
	seen_at timestamptz,
	synced_at timestamptz not null,
	absence text,
	constraint customer_pkey primary key (auth_corp_id, external_userid)
) with (fillfactor = 80);
comment on table wecom.customer is 'Customers.';
comment on column wecom.customer.auth_corp_id is 'The corp.';
comment on column wecom.customer.external_userid is 'The customer, as the suite knows them.';
comment on column wecom.customer.name is 'WeChat name, or name of a WeCom user.';
comment on column wecom.customer.type is '1 WeChat, 2 WeCom.';
comment on column wecom.customer.corp_name is 'Their corp, of type 2.';
comment on column wecom.customer.position is 'Their position, of type 2.';
comment on column wecom.customer.gender is '1 male, 2 female; 0 unknown or not told.';
comment on column wecom.customer.corp_full_name is 'Full name of their corp, of type 2.';
comment on column wecom.customer.external_profile is 'Public profile, of type 2, as WeCom gives it.';
comment on column wecom.customer.contact_at is 'Begin of the latest pull that told the columns above.';
comment on column wecom.customer.seen_at is 'Begin of the latest complete pull of the customer with all followers.';
comment on column wecom.customer.synced_at is 'When it was stored last.';
comment on column wecom.customer.absence is 'Why the latest pull told nothing: no_relation, out_of_scope or no_licence; null when it did.';
alter table wecom.customer enable row level security;
create policy customer_reader on wecom.customer for select to wecom_reader using (
	coalesce(current_setting('app.corp', true), '') in ('', auth_corp_id)
);

create table wecom.follow (
	auth_corp_id text not null,
	external_userid text not null,
	userid text not null,
	period integer not null,
	remark text,
	description text,
	state text,
	add_way integer,
	oper_userid text,
	remark_corp_name text,
	wechat_channels jsonb,
	status text not null,
	half_at timestamptz,
	added_at timestamptz,
	lost_at timestamptz,
	gone_at timestamptz,
	lost_by_absence boolean not null default false,
	half_event_id uuid,
	added_event_id uuid,
	lost_event_id uuid,
	gone_event_id uuid,
	absence text,
	seen_at timestamptz,
	constraint follow_pkey primary key (auth_corp_id, external_userid, userid, period)
) with (fillfactor = 80);
create index follow_userid_idx on wecom.follow (auth_corp_id, userid, status);
comment on table wecom.follow is 'Relations of members and customers, one row for each period.';
comment on column wecom.follow.auth_corp_id is 'The corp.';
comment on column wecom.follow.external_userid is 'The customer.';
comment on column wecom.follow.userid is 'The member.';
comment on column wecom.follow.period is '1 for the first relation of the pair, one more for each after it.';
comment on column wecom.follow.remark is 'The member''s name for the customer.';
comment on column wecom.follow.description is 'The member''s description of the customer.';
comment on column wecom.follow.state is 'Channel by which the customer came.';
comment on column wecom.follow.add_way is 'How they came together, as WeCom numbers it.';
comment on column wecom.follow.oper_userid is 'Who began it: member or customer.';
comment on column wecom.follow.remark_corp_name is 'Corp of the customer, as the member noted it.';
comment on column wecom.follow.wechat_channels is 'Channels account by which they came, as WeCom gives it.';
comment on column wecom.follow.status is 'half, active, deleted_by_staff, deleted_by_customer or transferred.';
comment on column wecom.follow.half_at is 'When the customer added the member, unconfirmed; null when it did not begin so.';
comment on column wecom.follow.added_at is 'When it became whole; null while half, and when its begin was never told.';
comment on column wecom.follow.lost_at is 'When it ended; null while it lasts.';
comment on column wecom.follow.gone_at is 'When the member also let go of a customer who had deleted them: WeCom shows the pair no more.';
comment on column wecom.follow.lost_by_absence is 'No event told of its end: a complete listing of the member no longer had it, or the next period had begun.';
comment on column wecom.follow.half_event_id is 'The event that told half_at.';
comment on column wecom.follow.added_event_id is 'The event that told of the addition.';
comment on column wecom.follow.lost_event_id is 'The event that told lost_at.';
comment on column wecom.follow.gone_event_id is 'The event that told gone_at.';
comment on column wecom.follow.absence is 'no_licence: the listing of the member leaves them out for want of a licence; null otherwise.';
comment on column wecom.follow.seen_at is 'Begin of the pull that last changed this row.';
alter table wecom.follow enable row level security;
create policy follow_reader on wecom.follow for select to wecom_reader using (
	coalesce(current_setting('app.corp', true), '') in ('', auth_corp_id)
);

create table wecom.follow_tag (
	auth_corp_id text not null,
	external_userid text not null,
	userid text not null,
	tag_id text not null,
	added_at timestamptz not null,
	removed_at timestamptz,
	constraint follow_tag_pkey primary key (auth_corp_id, external_userid, userid, tag_id)
) with (fillfactor = 80);
create index follow_tag_tag_idx on wecom.follow_tag (auth_corp_id, tag_id) where removed_at is null;
comment on table wecom.follow_tag is 'Tags that members gave their customers, former ones too.';
comment on column wecom.follow_tag.auth_corp_id is 'The corp.';
comment on column wecom.follow_tag.external_userid is 'The customer.';
comment on column wecom.follow_tag.userid is 'The member who gave the tag.';
comment on column wecom.follow_tag.tag_id is 'The tag.';
comment on column wecom.follow_tag.added_at is 'Since when: begin of the pull that found it; begin of the relation when it was there at first sight.';
comment on column wecom.follow_tag.removed_at is 'When it was taken away, deleted, or the relation ended; null: has it.';
alter table wecom.follow_tag enable row level security;
create policy follow_tag_reader on wecom.follow_tag for select to wecom_reader using (
	coalesce(current_setting('app.corp', true), '') in ('', auth_corp_id)
);

create table wecom.transfer_failure (
	auth_corp_id text not null,
	external_userid text not null,
	userid text not null,
	failed_at timestamptz not null,
	fail_reason text,
	constraint transfer_failure_pkey primary key (auth_corp_id, external_userid, userid, failed_at)
);
comment on table wecom.transfer_failure is 'Transfers of customers that failed.';
comment on column wecom.transfer_failure.auth_corp_id is 'The corp.';
comment on column wecom.transfer_failure.external_userid is 'The customer.';
comment on column wecom.transfer_failure.userid is 'The member who did not get the customer.';
comment on column wecom.transfer_failure.failed_at is 'When.';
comment on column wecom.transfer_failure.fail_reason is 'customer_refused or customer_limit_exceed, as sent.';
alter table wecom.transfer_failure enable row level security;
create policy transfer_failure_reader on wecom.transfer_failure for select to wecom_reader using (
	coalesce(current_setting('app.corp', true), '') in ('', auth_corp_id)
);

create table wecom.tag_group (
	auth_corp_id text not null,
	group_id text not null,
	name text,
	sort_order bigint,
	created_at timestamptz,
	deleted_at timestamptz,
	seen_at timestamptz,
	constraint tag_group_pkey primary key (auth_corp_id, group_id)
) with (fillfactor = 80);
comment on table wecom.tag_group is 'Customer tags'' groups of corps, deleted ones too.';
comment on column wecom.tag_group.auth_corp_id is 'The corp.';
comment on column wecom.tag_group.group_id is 'The group.';
comment on column wecom.tag_group.name is 'Name; null: only its deletion was told.';
comment on column wecom.tag_group.sort_order is 'Order, 0 to 4294967295; larger first.';
comment on column wecom.tag_group.created_at is 'When it was made.';
comment on column wecom.tag_group.deleted_at is 'When it was deleted: time of the event, else begin of the pull that no longer had it; null: exists.';
comment on column wecom.tag_group.seen_at is 'Begin of the pull that last changed this row.';
alter table wecom.tag_group enable row level security;
create policy tag_group_reader on wecom.tag_group for select to wecom_reader using (
	coalesce(current_setting('app.corp', true), '') in ('', auth_corp_id)
);

create table wecom.tag (
	auth_corp_id text not null,
	tag_id text not null,
	group_id text,
	name text,
	sort_order bigint,
	created_at timestamptz,
	deleted_at timestamptz,
	seen_at timestamptz,
	constraint tag_pkey primary key (auth_corp_id, tag_id)
) with (fillfactor = 80);
create index tag_group_id_idx on wecom.tag (auth_corp_id, group_id);
comment on table wecom.tag is 'Customer tags of corps, deleted ones too.';
comment on column wecom.tag.auth_corp_id is 'The corp.';
comment on column wecom.tag.tag_id is 'The tag.';
comment on column wecom.tag.group_id is 'The group it is in; null: only its deletion was told.';
comment on column wecom.tag.name is 'Name; null: only its deletion was told.';
comment on column wecom.tag.sort_order is 'Order, 0 to 4294967295; larger first.';
comment on column wecom.tag.created_at is 'When it was made.';
comment on column wecom.tag.deleted_at is 'When it was deleted: time of the event, else begin of the pull that no longer had it; null: exists.';
comment on column wecom.tag.seen_at is 'Begin of the pull that last changed this row.';
alter table wecom.tag enable row level security;
create policy tag_reader on wecom.tag for select to wecom_reader using (
	coalesce(current_setting('app.corp', true), '') in ('', auth_corp_id)
);

create table wecom.tag_order_change (
	auth_corp_id text not null,
	scope text not null,
	at timestamptz not null,
	old_order jsonb not null,
	new_order jsonb not null,
	constraint tag_order_change_pkey primary key (auth_corp_id, scope, at)
);
comment on table wecom.tag_order_change is 'Changes of the order of tags and of tag groups.';
comment on column wecom.tag_order_change.auth_corp_id is 'The corp.';
comment on column wecom.tag_order_change.scope is 'The group whose tags were reordered; empty: the groups.';
comment on column wecom.tag_order_change.at is 'Begin of the pull that found it.';
comment on column wecom.tag_order_change.old_order is 'Ids in their order before.';
comment on column wecom.tag_order_change.new_order is 'Ids in their order after.';
alter table wecom.tag_order_change enable row level security;
create policy tag_order_change_reader on wecom.tag_order_change for select to wecom_reader using (
	coalesce(current_setting('app.corp', true), '') in ('', auth_corp_id)
);

create table wecom.member (
	auth_corp_id text not null,
	userid text not null,
	open_userid text,
	name text,
	departments bigint[],
	department_orders bigint[],
	main_department bigint,
	is_leader_in_dept smallint[],
	direct_leader text[],
	position text,
	mobile text,
	gender integer,
	email text,
	biz_mail text,
	telephone text,
	alias text,
	address text,
	avatar text,
	thumb_avatar text,
	qr_code text,
	extattr jsonb,
	external_position text,
	external_profile jsonb,
	status integer,
	in_scope boolean not null,
	left_at timestamptz,
	absence text,
	new_userid text,
	seen_at timestamptz,
	synced_at timestamptz not null,
	constraint member_pkey primary key (auth_corp_id, userid)
) with (fillfactor = 80);
comment on table wecom.member is 'Members, those who left the scope too. Columns that the app may not read stay null.';
comment on column wecom.member.auth_corp_id is 'The corp.';
comment on column wecom.member.userid is 'The member, as the suite knows them.';
comment on column wecom.member.open_userid is 'open_userid.';
comment on column wecom.member.name is 'Name; a third party is given the userid.';
comment on column wecom.member.departments is 'Departments the app may see.';
comment on column wecom.member.department_orders is 'Place inside each of the departments, 0 to 4294967295; larger first.';
comment on column wecom.member.main_department is 'Main department.';
comment on column wecom.member.is_leader_in_dept is '1: leads the department at that place of departments.';
comment on column wecom.member.direct_leader is 'Direct leader, at most one.';
comment on column wecom.member.position is 'Position.';
comment on column wecom.member.mobile is 'Mobile number.';
comment on column wecom.member.gender is '1 male, 2 female, 0 undefined; null: not told.';
comment on column wecom.member.email is 'Mail address.';
comment on column wecom.member.biz_mail is 'Mail address given by the corp.';
comment on column wecom.member.telephone is 'Telephone.';
comment on column wecom.member.alias is 'Alias.';
comment on column wecom.member.address is 'Address.';
comment on column wecom.member.avatar is 'Picture, URL.';
comment on column wecom.member.thumb_avatar is 'Small picture, URL.';
comment on column wecom.member.qr_code is 'Personal QR code, URL.';
comment on column wecom.member.extattr is 'Extended attributes, as WeCom gives them.';
comment on column wecom.member.external_position is 'Position shown to customers.';
comment on column wecom.member.external_profile is 'Profile shown to customers, as WeCom gives it.';
comment on column wecom.member.status is '1 active, 2 disabled, 4 not activated, 5 left.';
comment on column wecom.member.in_scope is 'The app sees them.';
comment on column wecom.member.left_at is 'Begin of the pull that told that the app sees them no more; null while it does.';
comment on column wecom.member.absence is 'Why the latest pull told nothing: out_of_scope or no_licence; null when it did.';
comment on column wecom.member.new_userid is 'The id that replaced this one; null: none did.';
comment on column wecom.member.seen_at is 'Begin of the pull that told most lately.';
comment on column wecom.member.synced_at is 'When it was stored last.';
alter table wecom.member enable row level security;
create policy member_reader on wecom.member for select to wecom_reader using (
	coalesce(current_setting('app.corp', true), '') in ('', auth_corp_id)
);

create table wecom.department (
	auth_corp_id text not null,
	department_id bigint not null,
	parent_id bigint,
	name text,
	sort_order bigint,
	deleted_at timestamptz,
	seen_at timestamptz,
	constraint department_pkey primary key (auth_corp_id, department_id)
) with (fillfactor = 80);
comment on table wecom.department is 'Departments the app sees, former ones too.';
comment on column wecom.department.auth_corp_id is 'The corp.';
comment on column wecom.department.department_id is 'The department.';
comment on column wecom.department.parent_id is 'The one above it, which the app need not see.';
comment on column wecom.department.name is 'Name; a third party is given the id, or nothing.';
comment on column wecom.department.sort_order is 'Order, 0 to 4294967295; larger first.';
comment on column wecom.department.deleted_at is 'Begin of the complete listing that no longer had it; null: is listed.';
comment on column wecom.department.seen_at is 'Begin of the listing that last changed this row.';
alter table wecom.department enable row level security;
create policy department_reader on wecom.department for select to wecom_reader using (
	coalesce(current_setting('app.corp', true), '') in ('', auth_corp_id)
);

create table wecom.openid_map (
	auth_corp_id text not null,
	userid text not null,
	open_userid text,
	state text not null,
	asked_at timestamptz,
	constraint openid_map_pkey primary key (auth_corp_id, userid)
) with (fillfactor = 80);
create index openid_map_wanted_idx on wecom.openid_map (auth_corp_id, userid) where state = 'wanted';
comment on table wecom.openid_map is 'userid_to_openuserid: answers, and what is to be asked.';
comment on column wecom.openid_map.auth_corp_id is 'The corp.';
comment on column wecom.openid_map.userid is 'Id in the corp''s own form.';
comment on column wecom.openid_map.open_userid is 'The same member in the provider''s form; null unless mapped.';
comment on column wecom.openid_map.state is 'wanted; mapped; invalid: WeCom does not know it, and it is not asked again.';
comment on column wecom.openid_map.asked_at is 'When WeCom answered; null while wanted.';
alter table wecom.openid_map enable row level security;
create policy openid_map_reader on wecom.openid_map for select to wecom_reader using (
	coalesce(current_setting('app.corp', true), '') in ('', auth_corp_id)
);

create table wecom.openid_budget (
	auth_corp_id text not null,
	day date not null,
	errors integer not null,
	frozen_until timestamptz,
	constraint openid_budget_pkey primary key (auth_corp_id, day)
);
comment on table wecom.openid_budget is 'Wrong ids asked of userid_to_openuserid: too many block the API for a day.';
comment on column wecom.openid_budget.auth_corp_id is 'The corp.';
comment on column wecom.openid_budget.day is 'Natural day of the corps (Asia/Shanghai).';
comment on column wecom.openid_budget.errors is 'Wrong ids asked on that day.';
comment on column wecom.openid_budget.frozen_until is 'Nothing is asked before; null: never was frozen on that day.';
alter table wecom.openid_budget enable row level security;
create policy openid_budget_reader on wecom.openid_budget for select to wecom_reader using (
	coalesce(current_setting('app.corp', true), '') in ('', auth_corp_id)
);
