-- The map of the schema: what migrate.sh replays, in this order, after the numbered migrations of migrate/.
-- (On Citus the tables are distributed by auth_corp_id between the migrations and this.)
-- One transaction, and one runner at a time: another sees all of it or nothing.

begin;
set local client_min_messages = warning;
lock table wecom.migration in share row exclusive mode;
-- a reader's long query must not hold up everyone behind a waiting change of a view
set local lock_timeout = '5s';
set local role wecom_owner;

-- what takes or gives other arguments than it did
drop function if exists wecom.member_put(text, jsonb, timestamptz);
drop function if exists wecom.job_drop(text, integer);
drop function if exists wecom.chat_marks_before(text, text[], jsonb[]);

-- the way in
\ir function/schema_version.sql
\ir function/job_raise.sql
\ir function/job_raise_corps.sql
\ir function/corp_due_raise.sql
\ir function/event_due_again.sql
\ir function/secret_keep.sql
\ir function/corp_zone.sql
\ir function/event_late.sql
\ir function/ingest_repeats.sql
\ir function/ingest_rare.sql
\ir function/ingest_one.sql
\ir function/ingest_many.sql
\ir function/ingest_corps.sql
\ir function/ingest.sql

-- leases and due corps
\ir function/lease_hold.sql
\ir function/lease_give_back.sql
\ir function/lease_take.sql
\ir function/lease_renew.sql
\ir function/lease_release.sql
\ir function/corp_due_list.sql
\ir function/corp_due_sweep.sql

-- a job's way out of the queue and back
\ir function/job_claim_share.sql
\ir function/job_claim_due.sql
\ir function/job_claim_kind.sql
\ir function/corp_due_recompute.sql
\ir function/job_has_events.sql
\ir function/job_drop.sql
\ir function/job_drop_left.sql
\ir function/job_describe.sql
\ir function/job_claim.sql
\ir function/job_raise_priority.sql
\ir function/job_finish_ours.sql
\ir function/job_finish_events.sql
\ir function/job_finish_store_chats.sql
\ir function/job_finish_store.sql
\ir function/job_finish_lock_some.sql
\ir function/job_finish_lock.sql
\ir function/job_finish_waits.sql
\ir function/job_finish_jobs.sql
\ir function/job_finish_free.sql
\ir function/counter_add.sql
\ir function/job_finish.sql

-- tokens, secrets, corps
\ir function/token_take.sql
\ir function/token_keep.sql
\ir function/token_drop.sql
\ir function/secret_read.sql
\ir function/corp_authorise.sql
\ir function/corp_suspend.sql
\ir function/api_usage_add.sql
\ir function/reconcile_raise.sql
\ir function/purge_begin.sql
\ir function/purge_events.sql
\ir function/purge_tables.sql
\ir function/purge_store.sql

-- for operators
\ir function/job_unpark.sql
\ir function/unpark.sql
\ir function/resync.sql
\ir function/openid_request.sql
\ir function/replay.sql
\ir function/purge.sql

-- the pages: sessions, logins under way, installations, what administrators may ask for, monitoring
\ir function/web_corp.sql
\ir function/web_session_begin.sql
\ir function/web_session_read.sql
\ir function/web_session_end.sql
\ir function/web_state_begin.sql
\ir function/web_state_take.sql
\ir function/web_install.sql
\ir function/web_install_state.sql
\ir function/web_resync.sql
\ir function/web_unpark.sql
\ir function/web_metrics.sql

-- the objects: what a job knows of its object, and how an answer is stored
-- [SQL-objects: begin]
\ir function/corp_is_backfilled.sql
\ir function/chat_store_info.sql
\ir function/chat_store_rows.sql
\ir function/chat_roster_told.sql
\ir function/chat_roster_given.sql
\ir function/chat_roster_current.sql
\ir function/chat_store_members.sql
\ir function/chat_store_moves.sql
\ir function/chat_store_first.sql
\ir function/chat_store_rosters.sql
\ir function/chat_store_ledger.sql
\ir function/chat_store_answer.sql
\ir function/chat_store.sql
\ir function/chat_list_store.sql
\ir function/follow_tag_end.sql
\ir function/follow_mark_begin.sql
\ir function/follow_mark_end.sql
\ir function/follow_mark.sql
\ir function/follow_plan.sql
\ir function/follow_before.sql
\ir function/follow_tag_pulled.sql
\ir function/follow_pulled.sql
\ir function/customer_contact_store.sql
\ir function/customer_store_missing.sql
\ir function/customer_store.sql
\ir function/customer_list_end.sql
\ir function/customer_list_store.sql
\ir function/tag_order.sql
\ir function/tag_order_keep.sql
\ir function/tag_store_deleted.sql
\ir function/tag_store_groups.sql
\ir function/tag_store_tags.sql
\ir function/tag_store_missing.sql
\ir function/tag_store.sql
\ir function/member_put.sql
\ir function/department_store.sql
\ir function/member_store.sql
\ir function/member_list_store.sql
\ir function/openid_store.sql
\ir function/corp_store.sql
\ir function/job_state_chat.sql
\ir function/job_state_openid.sql
\ir function/job_state_corp.sql
\ir function/job_state.sql
\ir function/object_store.sql
-- [SQL-objects: end]

-- figures kept for reports
\ir function/corp_seen.sql
\ir function/day_bounds.sql
\ir function/delete_alert_least.sql
\ir function/follow_of_days.sql
\ir function/customer_day_of.sql
\ir function/staff_day_of.sql
\ir function/channel_day_of.sql
\ir function/loss_day_of.sql
\ir function/tag_day_of.sql
\ir function/group_day_left.sql
\ir function/group_day_moved.sql
\ir function/group_day_of.sql
\ir function/owner_day_of.sql
\ir function/group_person_of.sql
\ir function/event_day_of.sql
\ir function/rollup_days.sql
\ir function/rollup_live.sql
\ir function/rollup_raise.sql
\ir function/rollup_customer.sql
\ir function/rollup_tag.sql
\ir function/rollup_group.sql
\ir function/rollup_owner.sql
\ir function/rollup_person.sql
\ir function/rollup_event.sql
\ir function/rollup_close.sql
\ir function/rollup_store.sql
\ir function/follow_marks_before.sql
\ir function/follow_marks_days.sql
\ir function/follow_marks.sql
\ir function/follow_lost_of.sql
\ir function/follow_lost_keep.sql
\ir function/follow_lost_keep_since.sql
\ir function/chat_count_keep.sql
\ir function/chat_marks_before.sql
\ir function/chat_marks_days.sql
\ir function/chat_ledger_days.sql
\ir function/chat_first_days.sql
\ir function/chat_marks.sql
\ir function/tag_marks.sql
\ir function/tag_marks_raise.sql
\ir function/time_zone_set.sql
\ir function/rollup_check_day.sql
\ir function/rollup_check_event.sql
\ir function/rollup_check_group.sql
\ir function/rollup_fill.sql
\ir function/rollup_check_lost.sql
\ir function/rollup_check.sql

-- upkeep
\ir function/event_partition_list.sql
\ir function/event_partition_create.sql
\ir function/event_partition_drop.sql
\ir function/event_partition_maintain_at.sql
\ir function/event_partition_maintain.sql

-- what the functions above have replaced, under another signature
drop function if exists wecom.chat_store(text, text, jsonb, bigint, bigint, boolean),
	wecom.chat_store_info(text, text, jsonb, wecom.group_chat, timestamptz),
	wecom.chat_store_members_first(text, text, jsonb),
	wecom.chat_store_members(text, text, jsonb, timestamptz),
	wecom.chat_store_ledger(text, text, jsonb);

-- what readers see; row-level security applies to the views' owner
reset role;
set local role wecom_reader;
\ir view/mirror_corp.sql
\ir view/mirror_event.sql
\ir view/mirror_job.sql
-- [SQL-objects views: begin]
\ir view/mirror_customer.sql
\ir view/mirror_follow.sql
\ir view/mirror_follow_tag.sql
\ir view/mirror_transfer_failure.sql
\ir view/mirror_group_chat.sql
\ir view/mirror_group_chat_admin.sql
\ir view/mirror_group_chat_member.sql
\ir view/mirror_tag_group.sql
\ir view/mirror_tag.sql
\ir view/mirror_member.sql
\ir view/mirror_department.sql
\ir view/report_group_ledger.sql
-- [SQL-objects views: end]
\ir view/report_api_usage.sql
\ir view/report_credentials.sql
\ir view/report_corp.sql
\ir view/report_customer_daily_of.sql
\ir view/report_customer_daily.sql
\ir view/report_staff_ranking.sql
\ir view/report_channel_state_of.sql
\ir view/report_channel_state.sql
\ir view/report_loss_list.sql
\ir view/report_transfer.sql
\ir view/report_group_daily_of.sql
\ir view/report_group_daily.sql
\ir view/report_group_list_of.sql
\ir view/report_group_list.sql
\ir view/report_duplicate_members_of.sql
\ir view/report_duplicate_members.sql
\ir view/report_owner_ranking.sql
\ir view/report_group_changes.sql
\ir view/report_tag_usage_of.sql
\ir view/report_tag_usage.sql
\ir view/report_tag_order_changes.sql
\ir view/report_customer_timeline.sql
\ir view/report_openid_coverage.sql
\ir view/report_data_trust_of.sql
\ir view/report_data_trust.sql

-- what the pages ask for; these run with the rights of whoever calls them
reset role;
set local role wecom_owner;
\ir function/page_moment.sql
\ir function/page_range.sql
\ir function/page_number.sql
\ir function/page_id.sql
\ir function/page_source.sql
\ir function/page_query.sql
\ir function/page_list.sql
\ir function/page_channels.sql
\ir function/page_staff.sql
\ir function/page_groups.sql
\ir function/page_owners.sql
\ir function/page_duplicates.sql
\ir function/page_group_changes.sql
\ir function/page_tag_orders.sql
\ir function/page_losses.sql
\ir function/page_transfers.sql
\ir function/page_customers.sql
\ir function/page_trust.sql
\ir function/page_usage.sql
\ir function/page_me.sql
\ir function/page_overview_figures.sql
\ir function/page_overview.sql
\ir function/page_tags.sql
\ir function/page_customer.sql
\ir function/page_chat.sql
\ir function/page_settings_jobs.sql
\ir function/page_settings_backfill.sql
\ir function/page_settings.sql
\ir function/csv_channels.sql
\ir function/csv_staff.sql
\ir function/csv_groups.sql
\ir function/csv_owners.sql
\ir function/csv_duplicates.sql
\ir function/csv_group_changes.sql
\ir function/csv_tag_orders.sql
\ir function/csv_losses.sql
\ir function/csv_transfers.sql
\ir function/csv_customers.sql
\ir function/csv_customer_daily.sql
\ir function/csv_group_daily.sql
\ir function/csv_tags.sql
\ir function/csv_trust.sql
\ir function/csv_usage.sql
\ir function/csv_roster.sql
\ir function/csv_ledger.sql

reset role;
\ir role.sql
commit;
