-- Who may call and read what, in one place.  Idempotent: run after every change of functions and views.
--
--   wecom_owner     owns everything; nobody logs in as it
--   wecom_reader    the role as which reader views look at tables: row-level security applies to it (app.corp)
--   wecom_callback  the receiver: two functions, no table
--   wecom_sync      the reconciler: functions, no table
--   wecom_web       the pages: functions, and the reader views
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
-- operators are members of wecom_owner, who may call everything; the pages offer some of it to administrators of the app,
-- each for the corp of their session.  Tokens are shared by the programs that call WeCom.
revoke execute on function wecom.resync(text, text, text) from wecom_web;
grant execute on function wecom.web_session_begin(text, text, text, boolean, text, integer),
	wecom.web_session_read(text, text),
	wecom.web_session_end(text, text),
	wecom.web_state_begin(text, text, text, text, text, integer),
	wecom.web_state_take(text, text, text),
	wecom.web_install(text, text, text, bigint),
	wecom.web_install_state(text, text),
	wecom.web_resync(text, text, text, text),
	wecom.web_unpark(text, text, text, text),
	wecom.web_metrics(),
	wecom.token_take(text, text, text, bigint, integer, integer),
	wecom.token_keep(text, text, text, text, bigint),
	wecom.token_drop(text, text, bigint),
	wecom.secret_read(text, text, text),
	wecom.api_usage_add(text, jsonb)
	to wecom_web;

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
grant select on wecom.group_chat_change, wecom.tag_order_change, wecom.openid_map, wecom.openid_budget to wecom_reader;
grant select on wecom.customer_day, wecom.staff_day, wecom.channel_day, wecom.loss_day, wecom.tag_day, wecom.group_day,
	wecom.owner_day, wecom.event_day, wecom.event_close, wecom.chat_count, wecom.group_person to wecom_reader;
-- the pages; they read nothing but views
grant execute on function wecom.page_moment(text, date), wecom.page_range(text, jsonb),
	wecom.page_number(jsonb, text, integer, integer, integer),
	wecom.page_id(jsonb, text), wecom.page_source(text), wecom.page_query(text, jsonb),
	wecom.page_list(text, text, jsonb, text), wecom.page_channels(text, jsonb), wecom.page_staff(text, jsonb),
	wecom.page_groups(text, jsonb), wecom.page_owners(text, jsonb), wecom.page_duplicates(text, jsonb),
	wecom.page_group_changes(text, jsonb), wecom.page_tag_orders(text, jsonb), wecom.page_losses(text, jsonb),
	wecom.page_transfers(text, jsonb), wecom.page_customers(text, jsonb), wecom.page_trust(text, jsonb),
	wecom.page_usage(text, jsonb), wecom.page_me(text, jsonb), wecom.page_overview_figures(jsonb, jsonb, date, date),
	wecom.page_overview(text, jsonb), wecom.page_tags(text, jsonb), wecom.page_customer(text, jsonb),
	wecom.page_chat(text, jsonb), wecom.page_settings_jobs(text), wecom.page_settings_backfill(text, boolean),
	wecom.page_settings(text, jsonb), wecom.csv_channels(), wecom.csv_staff(),
	wecom.csv_groups(), wecom.csv_owners(), wecom.csv_duplicates(),
	wecom.csv_group_changes(), wecom.csv_tag_orders(), wecom.csv_losses(),
	wecom.csv_transfers(), wecom.csv_customers(), wecom.csv_customer_daily(),
	wecom.csv_group_daily(), wecom.csv_tags(), wecom.csv_trust(),
	wecom.csv_usage(), wecom.csv_roster(), wecom.csv_ledger()
	to wecom_web;
-- who counts what is not kept
grant execute on function wecom.corp_seen(), wecom.corp_zone(text), wecom.day_bounds(date[], text),
	wecom.delete_alert_least(), wecom.follow_of_days(text, date[]), wecom.customer_day_of(text, date[]),
	wecom.staff_day_of(text, date[]), wecom.channel_day_of(text, date[]), wecom.loss_day_of(text, date[]),
	wecom.tag_day_of(text, date[]), wecom.group_day_of(text, date[]), wecom.group_day_moved(text, date[]),
	wecom.group_day_left(text, timestamptz, timestamptz), wecom.owner_day_of(text, date[]),
	wecom.group_person_of(text, text[]), wecom.event_day_of(text, date, date), wecom.rollup_days(text, text),
	wecom.rollup_live(text, text)
	to wecom_reader;
-- row-level security asks in the name of whoever reads a view
grant execute on function wecom.corp_seen(), wecom.corp_zone(text) to wecom_web, wecom_report;
grant execute on all functions in schema report to wecom_web, wecom_report;
grant select on all tables in schema mirror, report to wecom_web, wecom_report;
