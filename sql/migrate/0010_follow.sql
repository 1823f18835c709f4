-- A customer's deletion that is told before the event of the relation which it ends.
--
-- Events come in any order, and the addition may be lost: the deletion was then taken for one of the period before, which
-- had ended already, and the new period stayed active for ever, as WeCom goes on showing a member whom the customer deleted.
alter table wecom.follow add column customer_lost_at timestamptz;
alter table wecom.follow add column customer_lost_event_id uuid;
comment on column wecom.follow.customer_lost_at is 'The latest deletion by the customer that was told of a time after the end: of a period whose begin is not known yet, if there is one.';
comment on column wecom.follow.customer_lost_event_id is 'The event that told customer_lost_at.';

-- Only for those who ask by the time: else a look by the key would take one of these, and read the corp from end to end, while
-- the planner knows nothing of the tables.
drop index wecom.follow_tag_added_idx;
create index follow_tag_added_idx on wecom.follow_tag (auth_corp_id, added_at) where added_at is not null;
drop index wecom.group_chat_created_idx;
create index group_chat_created_idx on wecom.group_chat (auth_corp_id, created_at) where created_at is not null;

-- one argument more: whose answer it is; when jobs that are taken back are due
set local client_min_messages = warning;
drop function if exists wecom.member_put(text, jsonb, timestamptz);
drop function if exists wecom.job_drop(text, integer);
