-- wecom.job_finish_store_chats(p_corp, p_now_us, p_datas, p_results, p_ns, p_kinds, p_targets, p_reconciles): store what results
-- bring of group chats, all together.
--   p_datas  what each of the results brings; null for nothing
--   p_ns …   as for wecom.job_finish_store
--   returns  the answers, each in its result's place; null for all others
--   tables   those of wecom.chat_store
--   caller   wecom.job_finish_store
create or replace function wecom.job_finish_store_chats(p_corp text, p_now_us bigint, p_datas jsonb[], p_results jsonb,
	p_ns integer[], p_kinds text[], p_targets text[], p_reconciles boolean[])
returns jsonb[]
language plpgsql
as $$
declare
	v_answers jsonb[] := array_fill(null::jsonb, array[cardinality(p_ns)]);
	v_places integer[];
	v_stored jsonb[];
begin
	select array_agg(u.place::integer order by u.place)
	into v_places
	from unnest(p_kinds, p_datas) with ordinality as u (kind, data, place)
	where u.kind = 'chat'
		and u.data is not null;
	if v_places is null then
		return v_answers;
	end if;

	select wecom.chat_store(p_corp, array_agg(p_targets[w.place] order by w.place),
		array_agg(p_datas[w.place] order by w.place),
		array_agg(nullif(coalesce((p_datas[w.place]->>'begun_us')::bigint,
			(p_results->p_ns[w.place]->>'begun_us')::bigint), 0) order by w.place),
		p_now_us, array_agg(p_reconciles[w.place] order by w.place))
	into v_stored
	from unnest(v_places) as w (place);
	for v_i in 1..cardinality(v_places) loop
		v_answers[v_places[v_i]] := v_stored[v_i];
	end loop;
	return v_answers;
end
$$;

comment on function wecom.job_finish_store_chats(text, bigint, jsonb[], jsonb, integer[], text[], text[], boolean[]) is
	'Store what results bring of group chats, all together; the answer of each.';
