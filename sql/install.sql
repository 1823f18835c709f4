-- The map of the schema: what migrate.sh replays, in this order, after the numbered migrations of migrate/.
-- (On Citus the tables are distributed by auth_corp_id between the migrations and this.)
-- One transaction, and one runner at a time: another sees all of it or nothing.

begin;
set local client_min_messages = warning;
lock table wecom.migration in share row exclusive mode;
-- a reader's long query must not hold up everyone behind a waiting change of a view
set local lock_timeout = '5s';
set local role wecom_owner;

-- the way in
\ir function/schema_version.sql
\ir function/job_raise.sql
\ir function/job_raise_corps.sql
\ir function/corp_due_raise.sql
\ir function/event_due_again.sql
\ir function/secret_keep.sql
\ir function/ingest_repeats.sql
\ir function/ingest_one.sql
\ir function/ingest_many.sql
\ir function/ingest_corps.sql
\ir function/ingest.sql

-- upkeep
\ir function/event_partition_list.sql
\ir function/event_partition_create.sql
\ir function/event_partition_drop.sql
\ir function/event_partition_maintain_at.sql
\ir function/event_partition_maintain.sql

-- what readers see; row-level security applies to the views' owner
reset role;
set local role wecom_reader;
\ir view/mirror_corp.sql
\ir view/mirror_event.sql
\ir view/mirror_job.sql

reset role;
\ir role.sql
commit;
