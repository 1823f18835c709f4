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
grant execute on function wecom.event_partition_maintain() to wecom_sync;

-- views run as wecom_reader; what it may read is listed, so that a new table is closed until it is named here
grant select on wecom.corp, wecom.event, wecom.job to wecom_reader;
grant select on all tables in schema mirror, report to wecom_web, wecom_report;
