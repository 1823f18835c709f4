-- wecom.chat_store_answer(p_corp, p_datas, p_reconciles, p_is_stale, p_was_seen, p_changes, p_entries): what storing chats
-- has to say of each.
--   p_datas …      as for wecom.chat_store
--   p_is_stale     its pull began before the one that is stored; null: of none
--   p_was_seen     it was pulled before; null where nothing was pulled now
--   p_changes …    of those that are not stale, in order: changes of name, owner and notice, and of the roster, that no event
--                  told of
--   returns        for each chat null, or {counts}
--   caller         wecom.chat_store
create or replace function wecom.chat_store_answer(p_corp text, p_datas jsonb[], p_reconciles boolean[],
	p_is_stale boolean[], p_was_seen boolean[], p_changes bigint[], p_entries bigint[])
returns jsonb[]
language plpgsql
stable
as $$
declare
	v_is_backfilled constant boolean := true = any (p_reconciles) and wecom.corp_is_backfilled(p_corp);
	v_answers jsonb[] := array_fill(null::jsonb, array[cardinality(p_datas)]);
	v_place integer := 0;
begin
	for v_n in 1..cardinality(p_datas) loop
		if p_is_stale[v_n] then
			v_answers[v_n] := '{"counts": {"chat_stale_pull": 1}}';
			continue;
		end if;
		v_place := v_place + 1;
		if p_reconciles[v_n] and v_is_backfilled and p_datas[v_n]->'info' <> 'null' then
			v_answers[v_n] := jsonb_build_object('counts', jsonb_build_object('checked_chat', 1, 'drift_chat',
				(p_changes[v_place] + p_entries[v_place] > 0 or not p_was_seen[v_n])::integer));
		end if;
	end loop;
	return v_answers;
end
$$;

comment on function wecom.chat_store_answer(text, jsonb[], boolean[], boolean[], boolean[], bigint[], bigint[]) is
	'What storing chats has to say of each: stale pulls, and drift found by a reconcile.';
