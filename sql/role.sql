-- Who may call and read what, in one place.  Idempotent: run after every change of functions and views.
--
--   wecom_owner     owns everything; nobody logs in as it
--   wecom_reader    the role as which reader views look at tables: row-level security applies to it (app.corp)
--   wecom_callback  the receiver: two functions, no table
--   wecom_sync      the reconciler: functions, no table
--   wecom_web       the pages: functions, and the reader views; may ask for a resync
--   wecom_report    people and tools: the reader views

-- functions are executable by all unless taken back, these and those to come
alter default privileges for role wecom_owner revoke execute on functions from public;
alter default privileges for role wecom_reader revoke execute on functions from public;
revoke all on all functions in schema wecom, mirror, report from public;
revoke all on schema wecom, mirror, report from public;

grant usage on schema wecom to wecom_callback, wecom_sync, wecom_web;
grant usage on schema mirror, report to wecom_web, wecom_report;

grant execute on function wecom.schema_version() to wecom_callback, wecom_sync, wecom_web;
grant execute on function wecom.ingest(text, jsonb) to wecom_callback;
grant execute on function wecom.event_partition_maintain(),
	wecom.corp_due_list(text, bigint, integer, bigint),
	wecom.corp_due_sweep(bigint, integer),
	wecom.lease_take(text, text, integer),
	wecom.lease_renew(text, text, bigint, integer),
	wecom.lease_release(text, text, bigint),
	wecom.job_claim(text, text, bigint, bigint, integer),
	wecom.job_finish(text, text, bigint, bigint, jsonb),
	wecom.token_take(text, text, text, bigint, integer, integer),
	wecom.token_keep(text, text, text, text, bigint),
	wecom.token_drop(text, text, bigint),
	wecom.secret_read(text, text, text),
	wecom.corp_authorise(text, text, text, text, bigint),
	wecom.corp_suspend(text, text),
	wecom.api_usage_add(text, jsonb),
	wecom.reconcile_raise(bigint, integer, integer)
	to wecom_sync;
-- operators are members of wecom_owner, who may call everything; of these the pages offer one
grant execute on function wecom.resync(text, text, text) to wecom_web;

-- views run as wecom_reader; what it may read is listed, so that a new table is closed until it is named here
grant select on wecom.corp, wecom.event, wecom.job, wecom.api_usage, wecom.counter, wecom.gap to wecom_reader;
-- of secrets and tokens just what tells their age
grant select (auth_corp_id, kind, name, secret_at) on wecom.secret to wecom_reader;
grant select (auth_corp_id, kind, expires_at) on wecom.token to wecom_reader;
-- [SQL-objects: begin]
grant select on wecom.customer, wecom.follow, wecom.follow_tag, wecom.transfer_failure to wecom_reader;
grant select on wecom.group_chat, wecom.group_chat_admin, wecom.group_chat_member, wecom.group_chat_ledger to wecom_reader;
grant select on wecom.tag_group, wecom.tag, wecom.member, wecom.department to wecom_reader;
-- [SQL-objects: end]
grant select on all tables in schema mirror, report to wecom_web, wecom_report;
