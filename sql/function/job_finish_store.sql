-- wecom.job_finish_store(p_corp, p_now_us, p_results, p_ns, p_kinds, p_targets, p_reconciles): store what results bring, and
-- when it was pulled.
--   p_ns …   the results that are ours: place, kind, target, whether the job is part of a reconcile
--   returns  {raise: [[kind, target, due_us, priority, is_reconcile], …], counts: [{…}, …], left: {place: {left: n}}},
--            of the results and of what the store functions answer
--   tables   the objects, wecom.pull
--   caller   wecom.job_finish
create or replace function wecom.job_finish_store(p_corp text, p_now_us bigint, p_results jsonb, p_ns integer[],
	p_kinds text[], p_targets text[], p_reconciles boolean[])
returns jsonb
language plpgsql
as $$
declare
	v_datas jsonb[];
	v_answers jsonb[];
	v_result jsonb;
	v_is_pulled boolean := false;
	v_raises jsonb;
	v_counts jsonb := '[]';
	v_left jsonb := '{}';
begin
	for v_i in 1..cardinality(p_ns) loop
		v_result := p_results->p_ns[v_i];
		v_datas[v_i] := nullif(v_result->'data', 'null');
		v_is_pulled := v_is_pulled or coalesce((v_result->>'begun_us')::bigint > 0, false);
	end loop;
	v_answers := wecom.job_finish_store_chats(p_corp, p_now_us, v_datas, p_results, p_ns, p_kinds, p_targets, p_reconciles);
	for v_i in 1..cardinality(p_ns) loop
		if v_datas[v_i] is not null and p_kinds[v_i] <> 'chat' then
			v_answers[v_i] := wecom.object_store(p_corp, p_kinds[v_i], p_targets[v_i], v_datas[v_i],
				(p_results->p_ns[v_i]->>'begun_us')::bigint, p_now_us, p_reconciles[v_i]);
		end if;
	end loop;

	select coalesce(jsonb_agg(jsonb_build_array(r.v->0, r.v->1, r.v->2, coalesce(r.v->3, '0'),
			coalesce((r.v->>4)::boolean, u.is_reconcile and r.v->>3 = '1')) order by u.place, a.place), '[]')
	into v_raises
	from unnest(p_ns, p_reconciles, v_answers) with ordinality as u (n, is_reconcile, answer, place)
	cross join lateral (values (1, p_results->u.n->'raise'), (2, u.answer->'raise')) as a (place, v)
	cross join lateral jsonb_array_elements(nullif(a.v, 'null')) as r (v);

	for v_i in 1..cardinality(p_ns) loop
		v_counts := v_counts || coalesce(nullif(nullif(p_results->p_ns[v_i]->'counts', 'null'), '{}'), '[]')
			|| coalesce(nullif((v_answers[v_i]->'counts') - 'purge_left', '{}'), '[]');
		if v_answers[v_i]->'counts' ? 'purge_left' then
			v_left := v_left || jsonb_build_object(p_ns[v_i],
				jsonb_build_object('left', v_answers[v_i]#>'{counts,purge_left}'));
		end if;
	end loop;

	if v_is_pulled then
		insert into wecom.pull as p (auth_corp_id, kind, target, begun_at)
		select p_corp, w.kind, w.target, timestamptz 'epoch' + w.begun_us * interval '1 microsecond'
		from (
			select u.kind, u.target, (p_results #>> array[u.n::text, 'begun_us'])::bigint as begun_us,
				p_results #>> array[u.n::text, 'outcome'] as outcome
			from unnest(p_ns, p_kinds, p_targets) as u (n, kind, target)
			offset 0
		) as w
		where w.begun_us > 0
			and w.outcome <> 'part'
			and w.kind <> 'purge'
		on conflict (auth_corp_id, kind, target) do update
		set begun_at = excluded.begun_at
		where p.begun_at < excluded.begun_at;
	end if;
	return jsonb_build_object('raise', v_raises, 'counts', v_counts, 'left', v_left);
end
$$;

comment on function wecom.job_finish_store(text, bigint, jsonb, integer[], text[], text[], boolean[]) is
	'Store what results bring; the jobs they raise, what they count, what is left.';
