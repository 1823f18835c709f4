-- wecom.chat_store(p_corp, p_chat, p_data, p_begun_us, p_now_us, p_is_reconcile): a group chat after its plan and its pull.
--   p_data  {version, version_us, trail, enrich_us; of a pull: info {name, owner, notice, create_us, admins}, info_at_us,
--           info_event_id; of a pull whose roster is the base: members, else join, quit; ledger, dismissed_us, absence,
--           gap_found_us, gap_repaired_us}: see wecom.chat_store_members and wecom.chat_store_ledger for the lists
--   returns null, or {counts} with drift_chat and checked_chat
--   tables  wecom.group_chat, group_chat_admin, group_chat_member, group_chat_ledger, group_chat_change, wecom.gap
--   caller  wecom.object_store
-- A pull that began before the one that is stored changes nothing.  Which version is newer is decided by the plan.
-- A dismissal is final, whatever comes later; of several times the earliest counts, which is the event's.  The roster of
-- a dissolved chat stays as it was: a dismissal is not a quit.
-- Absence (out of scope, no licence) marks the chat and nothing else; the next answer takes the mark away.
create or replace function wecom.chat_store(p_corp text, p_chat text, p_data jsonb, p_begun_us bigint, p_now_us bigint,
	p_is_reconcile boolean)
returns jsonb
language plpgsql
as $$
declare
	v_synced_at constant timestamptz := clock_timestamp();
	v_begun_at constant timestamptz := timestamptz 'epoch' + p_begun_us * interval '1 microsecond';
	v_data constant jsonb := jsonb_strip_nulls(p_data);
	v_info constant jsonb := v_data->'info';
	v_old wecom.group_chat;
	v_changes bigint := 0;
begin
	select g.* into v_old
	from wecom.group_chat as g
	where g.auth_corp_id = p_corp
		and g.chat_id = p_chat;
	if v_info is not null and v_old.seen_at > v_begun_at then
		return jsonb_build_object('counts', jsonb_build_object('chat_stale_pull', 1));
	end if;

	insert into wecom.group_chat as g (auth_corp_id, chat_id, name, owner, notice, created_at, member_version, version_at,
		trail, seen_at, synced_at, enrich_at, dismissed_at, absence)
	values (p_corp, p_chat,
		coalesce(v_info->>'name', v_old.name),
		coalesce(v_info->>'owner', v_old.owner),
		coalesce(v_info->>'notice', v_old.notice),
		coalesce(timestamptz 'epoch' + (v_info->>'create_us')::bigint * interval '1 microsecond', v_old.created_at),
		case when v_data ? 'members' then v_data->>'version' else coalesce(v_data->>'version', v_old.member_version) end,
		coalesce(timestamptz 'epoch' + nullif((v_data->>'version_us')::bigint, 0) * interval '1 microsecond',
			v_old.version_at),
		case when v_data ? 'trail' then array(select jsonb_array_elements_text(v_data->'trail'))
			else v_old.trail end,
		case when v_info is not null then v_begun_at else v_old.seen_at end,
		v_synced_at,
		case when v_data ? 'enrich_us'
			then timestamptz 'epoch' + nullif((v_data->>'enrich_us')::bigint, 0) * interval '1 microsecond'
			else v_old.enrich_at end,
		least(v_old.dismissed_at,
			timestamptz 'epoch' + nullif((v_data->>'dismissed_us')::bigint, 0) * interval '1 microsecond'),
		case when v_info is not null then null else coalesce(v_data->>'absence', v_old.absence) end)
	on conflict (auth_corp_id, chat_id) do update
	set name = excluded.name,
		owner = excluded.owner,
		notice = excluded.notice,
		created_at = excluded.created_at,
		member_version = excluded.member_version,
		version_at = excluded.version_at,
		trail = excluded.trail,
		seen_at = excluded.seen_at,
		synced_at = excluded.synced_at,
		enrich_at = excluded.enrich_at,
		dismissed_at = excluded.dismissed_at,
		absence = excluded.absence;

	if v_info is not null then
		v_changes := wecom.chat_store_info(p_corp, p_chat, v_data, v_old, v_begun_at);
	end if;
	perform from wecom.group_chat_member as m where m.auth_corp_id = p_corp and m.chat_id = p_chat limit 1;
	if not found and v_data ? 'members' then
		perform wecom.chat_store_members_first(p_corp, p_chat, v_data->'members');
	else
		perform wecom.chat_store_members(p_corp, p_chat, v_data, coalesce(v_begun_at,
			timestamptz 'epoch' + p_now_us * interval '1 microsecond'));
	end if;
	v_changes := v_changes + wecom.chat_store_ledger(p_corp, p_chat, v_data);
	if not p_is_reconcile or v_info is null or not wecom.corp_is_backfilled(p_corp) then
		return null;
	end if;
	return jsonb_build_object('counts', jsonb_build_object('checked_chat', 1,
		'drift_chat', (v_changes > 0 or v_old.seen_at is null)::integer));
end
$$;

comment on function wecom.chat_store(text, text, jsonb, bigint, bigint, boolean) is
	'Store a group chat: what its plan made of the events, and what its pull told.';
