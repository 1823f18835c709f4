-- wecom.ingest_repeats(p_corp, p_events, p_deliveries): of the events just stored, deal with those that had been there.
--   p_deliveries  what wecom.ingest_many returns: above 1 for a repeat
--   returns   the jobs that repeats call for again
--   tables    reads wecom.pull, writes wecom.event
--   caller    wecom.ingest_one, wecom.ingest_many
create or replace function wecom.ingest_repeats(p_corp text, p_events jsonb, p_deliveries text)
returns table (kind text, target text, due_at timestamptz)
language plpgsql
as $$
declare
	v_hash bytea;
	v_event_time timestamptz;
begin
	for v_event_time, v_hash, kind, target, due_at in
		select timestamptz 'epoch' + i.time_s * interval '1 second',
			decode(i.hash, 'hex'),
			i.job_kind,
			i.job_target,
			timestamptz 'epoch' + i.due_us * interval '1 microsecond'
		from rows from (
			jsonb_to_recordset(p_events) as (hash text, time_s bigint, job_kind text, job_target text,
				due_us bigint),
			string_to_table(p_deliveries, ' ')
		) as i (hash, time_s, job_kind, job_target, due_us, deliveries)
		where i.job_kind is not null
			and i.deliveries <> '1'
		order by 1, 2
	loop
		if wecom.event_due_again(p_corp, v_event_time, v_hash, kind, target, due_at) then
			return next;
		end if;
	end loop;

	-- a day and a half and more after their time: see wecom.rollup_close
	kind := 'rollup';
	due_at := now();
	foreach target in array coalesce(wecom.event_late(p_corp, (
		select array_agg(timestamptz 'epoch' + (i.v->>'time_s')::bigint * interval '1 second')
		from jsonb_array_elements(p_events) as i (v)
		where (i.v->>'time_s')::bigint < extract(epoch from now()) - 129600
	)), '{}') loop
		return next;
	end loop;
end
$$;

comment on function wecom.ingest_repeats(text, jsonb, text) is
	'Of the events just stored, deal with repeats; the jobs that they call for again.';
