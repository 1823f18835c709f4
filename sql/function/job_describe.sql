-- wecom.job_describe(p_corp, p_kinds, p_targets): what a handler must know of its jobs.
--   returns  array, by priority and due time, of
--     {kind, target, attempts, is_reconcile, is_asked, priority,
--      state: as wecom.job_state gives it,
--      events: the first 1000 that wait (of more than 64 jobs the first 64 thousand in all), by time and id:
--        [{id, time_us, due_us, received_us, info_type, change_type, body, deliveries}]}
--   tables   wecom.job, wecom.event, and the objects
--   caller   wecom.job_claim, in a statement after the jobs were locked: see migrate/0002_queue.sql
-- Events are found kind by kind with all targets at once: a search for each job begins anew in every partition, 40 us a
-- job against 8.
create or replace function wecom.job_describe(p_corp text, p_kinds text[], p_targets text[])
returns jsonb
language plpgsql
as $$
begin
	return (
		with waiting as (
			select e.job_kind, e.job_target, e.event_time, e.event_id, e.due_at, e.received_at, e.info_type,
				e.change_type, e.body, e.deliveries,
				row_number() over (
					partition by e.job_kind, e.job_target
					order by e.event_time, e.event_id
				) as place
			from (
				select u.kind, array_agg(u.target) as targets
				from unnest(p_kinds, p_targets) as u (kind, target)
				group by u.kind
			) as k
			cross join lateral (
				select *
				from wecom.event as w
				where w.auth_corp_id = p_corp
					and w.job_kind = k.kind
					and w.job_target = any (k.targets)
					and w.state = 'new'
				offset 0
			) as e
		), told as materialized (
			select w.job_kind, w.job_target, jsonb_agg(jsonb_build_object(
				'id', w.event_id,
				'time_us', (extract(epoch from w.event_time) * 1000000)::bigint,
				'due_us', (extract(epoch from w.due_at) * 1000000)::bigint,
				'received_us', (extract(epoch from w.received_at) * 1000000)::bigint,
				'info_type', w.info_type,
				'change_type', w.change_type,
				'body', w.body,
				'deliveries', w.deliveries
			) order by w.place) as events
			from waiting as w
			where w.place <= least(1000, 64000 / cardinality(p_kinds))
			group by w.job_kind, w.job_target
		)
		select jsonb_agg(jsonb_build_object(
			'kind', j.kind,
			'target', j.target,
			'attempts', j.attempts,
			'is_reconcile', j.is_reconcile,
			'is_asked', j.is_asked,
			'priority', j.priority,
			'state', coalesce(wecom.job_state(p_corp, j.kind, j.target), '{}'),
			'events', coalesce(t.events, '[]')
		) order by j.priority, j.due_at, j.kind, j.target)
		from (
			select i.kind, i.target
			from unnest(p_kinds, p_targets) as i (kind, target)
			offset 0
		) as u
		cross join lateral (
			select l.kind, l.target, l.attempts, l.is_reconcile, l.is_asked, l.priority, l.due_at
			from wecom.job as l
			where l.auth_corp_id = p_corp
				and l.kind = u.kind
				and l.target = u.target
			limit 1
		) as j
		left join told as t on t.job_kind = u.kind
			and t.job_target = u.target
	);
end
$$;

comment on function wecom.job_describe(text, text[], text[]) is
	'What a handler must know of its jobs: state of the objects and waiting events.';
