-- wecom.job_finish_events(p_corp, p_results, p_ns, p_kinds, p_targets): mark the events that are settled as applied.
--   p_ns …   the results that are ours: place, kind, target
--   returns  how many
--   tables   wecom.event
--   caller   wecom.job_finish
-- By the jobs' waiting events, which have an index: ids have none.  One whose due time a repeat has moved since the claim
-- stays new.  Several are locked in the order of keys, one is in order by itself.
create or replace function wecom.job_finish_events(p_corp text, p_results jsonb, p_ns integer[], p_kinds text[],
	p_targets text[])
returns bigint
language plpgsql
as $$
declare
	v_settled_n bigint := 0;
	v_place integer;
	v_event jsonb;
	v_applied bigint;
begin
	for v_i in 1..cardinality(p_ns) loop
		v_event := nullif(p_results->p_ns[v_i]->'events', 'null');
		v_settled_n := v_settled_n + coalesce(jsonb_array_length(v_event), 0);
		v_place := case when v_event <> '[]' then v_i else v_place end;
	end loop;
	if v_settled_n = 0 then
		return 0;
	end if;
	if v_settled_n = 1 then
		v_event := p_results->p_ns[v_place]->'events'->0;
		update wecom.event as e
		set state = 'applied'
		where e.auth_corp_id = p_corp
			and e.job_kind = p_kinds[v_place]
			and e.job_target = p_targets[v_place]
			and e.state = 'new'
			and e.event_id = (v_event->>0)::uuid
			and e.due_at = timestamptz 'epoch' + (v_event->>1)::bigint * interval '1 microsecond';
	else
		with settled as materialized (
			select u.kind, u.target, (e.v->>0)::uuid as id,
				timestamptz 'epoch' + (e.v->>1)::bigint * interval '1 microsecond' as due_at
			from unnest(p_ns, p_kinds, p_targets) as u (n, kind, target)
			cross join lateral jsonb_array_elements(nullif(p_results #> array[u.n::text, 'events'], 'null')) as e (v)
		), waiting as materialized (
			select e.event_time, e.content_hash, e.event_id, e.due_at, e.job_kind, e.job_target
			from (
				select s.kind, array_agg(distinct s.target) as targets
				from settled as s
				group by s.kind
			) as k
			cross join lateral (
				select e.event_time, e.content_hash, e.event_id, e.due_at, e.job_kind, e.job_target
				from wecom.event as e
				where e.auth_corp_id = p_corp
					and e.job_kind = k.kind
					and e.job_target = any (k.targets)
					and e.state = 'new'
				offset 0
			) as e
		), named as materialized (
			select distinct w.event_time, w.content_hash, w.due_at
			from waiting as w
			join settled as s on s.id = w.event_id
				and s.due_at = w.due_at
				and s.kind = w.job_kind
				and s.target = w.job_target
			order by w.event_time, w.content_hash
		), locked as materialized (
			select p_corp as corp, n.event_time, n.content_hash
			from named as n
			cross join lateral (
				select
				from wecom.event as e
				where e.auth_corp_id = p_corp
					and e.event_time = n.event_time
					and e.content_hash = n.content_hash
					and coalesce(e.state, '') = 'new'	-- not by the index of all that are new
					and e.due_at = n.due_at
				limit 1
				for update
			) as e
		)
		update wecom.event as e
		set state = 'applied'
		from locked as l
		where e.auth_corp_id = l.corp
			and e.event_time = l.event_time
			and e.content_hash = l.content_hash;
	end if;
	get diagnostics v_applied = row_count;
	return v_applied;
end
$$;

comment on function wecom.job_finish_events(text, jsonb, integer[], text[], text[]) is
	'Mark the events that results settle as applied, unless their due time has moved; how many.';
