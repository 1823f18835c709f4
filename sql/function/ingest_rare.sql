-- wecom.ingest_rare(p_corp, p_events, p_deliveries): the jobs of one event that came again, or too late for its day.
--   p_deliveries  of the event
--   returns       nothing
--   tables        wecom.job, and by the functions called wecom.corp_due, wecom.event, wecom.pull
--   caller        wecom.ingest_one
create or replace function wecom.ingest_rare(p_corp text, p_events jsonb, p_deliveries integer)
returns void
language plpgsql
as $$
declare
	v_item constant jsonb := p_events->0;
	v_due_at timestamptz;
begin
	select wecom.job_raise(p_corp, array_agg(r.kind), array_agg(r.target), array_agg(r.due_at))
	into v_due_at
	from (
		select a.kind, a.target, a.due_at
		from wecom.ingest_repeats(p_corp, p_events, p_deliveries::text) as a
		union all
		select v_item->>'job_kind', v_item->>'job_target',
			timestamptz 'epoch' + (v_item->>'due_us')::bigint * interval '1 microsecond'
		where p_deliveries = 1
			and v_item->>'job_kind' is not null
	) as r;
	if v_due_at is not null then
		perform wecom.corp_due_raise(p_corp, v_due_at);
	end if;
end
$$;

comment on function wecom.ingest_rare(text, jsonb, integer) is
	'The jobs of one event that came again, or too late for its day.';
