-- The corps' due rows are found newest first: what a long transaction keeps of older versions is not gone through.
--
-- A busy corp's row is written about sixteen times a second, and while an old snapshot is held none of these versions can
-- be vacuumed.  By the corp alone every look went through all of them: 26 thousand in one round after 4000 claims, ten
-- milliseconds.  By (auth_corp_id, turn), from the end, the first one met is the living one.
--  * Whoever writes the row raises turn; wecom.corp_due_raise makes the first row of a corp, one at a time.
--  * The row stays when nothing waits (due_at infinity), or the next one would begin among its dead.
alter table wecom.corp_due add column turn bigint not null default 0;
alter table wecom.corp_due drop constraint corp_due_pkey;
alter table wecom.corp_due add constraint corp_due_pkey primary key (auth_corp_id, turn);
comment on column wecom.corp_due.turn is 'Raised whenever the row is written: the living version is the last in the index.';
comment on column wecom.corp_due.due_at is 'When to look at the corp: not later than the due time of any job that may be claimed; infinity when nothing waits.';

-- a job that somebody raised without an event pulls, though events that came to it later need none
alter table wecom.job add column is_asked boolean not null default false;
comment on column wecom.job.is_asked is 'Raised without an event: it pulls, whatever events wait for it as well.';

-- one argument more: from when on; on a new database there is none yet, which needs no notice
set local client_min_messages = warning;
drop function if exists wecom.corp_due_list(text, bigint, integer);
