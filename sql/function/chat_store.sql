-- wecom.chat_store(p_corp, p_chats, p_datas, p_begun_us, p_now_us, p_reconciles): group chats after their plans and pulls, all
-- of one call together, for a statement costs more than a chat.
--   p_chats       each once
--   p_datas       {version, version_us, trail, enrich_us, ledger, dismissed_us, created_us (by its event, where no pull
--                 told it), absence, gap_found_us, gap_repaired_us; of a
--                 pull: info {name, owner, notice, create_us, admins}, info_at_us, info_event_id; of a pull whose roster
--                 is the base: roster, and first_us when it is the first that is known}, null for missing: see
--                 wecom.chat_store_members and wecom.chat_store_ledger for the lists
--   p_begun_us    begin of each pull by WeCom's clock; null: none was made
--   p_reconciles  asked for by a full reconcile or a person: what differs is drift
--   returns       for each chat null, or {counts} with drift_chat and checked_chat; in the first also {raise}: jobs that keep
--                 figures for reports
--   errors        55000 for the lists of a program older than this schema: it tries again until it is replaced
--   tables        wecom.group_chat, group_chat_admin, group_chat_member, group_chat_ledger, group_chat_change, wecom.gap
--   caller        wecom.job_finish_store, wecom.object_store
-- A pull that began before the one that is stored changes nothing.  Which version is newer is decided by the plan.
-- A dismissal is final, whatever comes later; of several times the earliest counts, which is the event's.  The roster of
-- a dissolved chat stays as it was: a dismissal is not a quit.
-- Absence (out of scope, no licence) marks the chat and nothing else; the next answer takes the mark away.
create or replace function wecom.chat_store(p_corp text, p_chats text[], p_datas jsonb[], p_begun_us bigint[], p_now_us bigint,
	p_reconciles boolean[])
returns jsonb[]
language plpgsql
set enable_seqscan = off
set jit = off
set plan_cache_mode = force_generic_plan
as $$
declare
	v_has_answer boolean := false;	-- without one, or without a roster, there is less to do: most events come alone
	v_has_roster boolean := false;
	v_is_stale boolean[];
	v_seen_at timestamptz[];
	v_was_seen boolean[];
	v_chats text[];			-- without the stale ones …
	v_datas jsonb[];
	v_begun_at timestamptz[];	-- … of those without a pull null
	v_changes bigint[];
	v_entries bigint[];
	v_before record;
	v_marks jsonb;
	v_answers jsonb[];
begin
	for v_i in 1..cardinality(p_datas) loop
		if p_datas[v_i] ? 'members' then
			raise exception 'a program older than this schema stores chats'
				using errcode = 'object_not_in_prerequisite_state';
		end if;
		v_has_answer := v_has_answer or coalesce(p_datas[v_i]->'info' <> 'null', false);
		v_has_roster := v_has_roster or coalesce(p_datas[v_i]->'roster' <> 'null', false)
			or coalesce(p_datas[v_i]->'ledger' @> '[{"action": "present"}]', false);
		v_begun_at[v_i] := timestamptz 'epoch' + p_begun_us[v_i] * interval '1 microsecond';
	end loop;
	v_chats := p_chats;
	v_datas := p_datas;

	if v_has_answer then
		v_seen_at := array(
			select (
				select o.seen_at
				from wecom.group_chat as o
				where o.auth_corp_id = p_corp
					and o.chat_id = u.chat_id
			)
			from unnest(p_chats) with ordinality as u (chat_id, n)
			order by u.n
		);
		for v_i in 1..cardinality(p_chats) loop
			v_was_seen[v_i] := v_seen_at[v_i] is not null;
			v_is_stale[v_i] := coalesce(p_datas[v_i]->'info' <> 'null' and v_seen_at[v_i] > v_begun_at[v_i], false);
		end loop;
		if true = any (v_is_stale) then
			select array_agg(u.chat_id order by u.n), array_agg(u.data order by u.n),
				array_agg(u.begun_at order by u.n)
			into v_chats, v_datas, v_begun_at
			from unnest(p_chats, p_datas, v_begun_at, v_is_stale) with ordinality
				as u (chat_id, data, begun_at, is_stale, n)
			where not u.is_stale;
		end if;
	end if;

	if v_chats is not null then
		v_before := wecom.chat_marks_before(p_corp, v_chats, v_datas);
		if v_has_answer then
			v_changes := wecom.chat_store_info(p_corp, v_chats, v_datas, v_begun_at);
		end if;
		perform wecom.chat_store_rows(p_corp, v_chats, v_datas, v_begun_at);
		if v_has_roster then
			perform wecom.chat_store_rosters(p_corp, v_chats, v_datas, v_begun_at, p_now_us);
		else
			perform wecom.chat_store_moves(p_corp, v_chats, v_datas);
		end if;
		v_entries := wecom.chat_store_ledger(p_corp, v_chats, v_datas);
		v_marks := wecom.chat_marks(p_corp, v_chats, v_datas, v_before, p_now_us);
	end if;
	v_answers := wecom.chat_store_answer(p_corp, p_datas, p_reconciles, v_is_stale, v_was_seen, v_changes, v_entries);
	if v_marks is not null then
		v_answers[1] := coalesce(v_answers[1], '{}') || jsonb_build_object('raise', v_marks);
	end if;
	return v_answers;
end
$$;

comment on function wecom.chat_store(text, text[], jsonb[], bigint[], bigint, boolean[]) is
	'Store group chats: what their plans made of the events, and what their pulls told.';
