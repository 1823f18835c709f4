-- wecom.ingest_many(p_corp, p_events): wecom.ingest for several events, each table written by one statement.
--   returns  their deliveries in order, separated by single blanks
--   tables   wecom.event, and by the functions called wecom.secret, wecom.job, wecom.corp_due, wecom.pull
--   caller   wecom.ingest
-- Events are written in key order, so that two batches never deadlock.  One that is told several times here and was not
-- there before is new: its job does not hang on whether a pull covers its repeats.
-- Measured with 32 events a call, CPU in us an event, parsing of the array (10) included: this 52 with new jobs, 40 with
-- waiting ones; a loop over single inserts 75; of it jobs 15, partial index 3, counting repeats inside the array 3.
create or replace function wecom.ingest_many(p_corp text, p_events jsonb)
returns text
language plpgsql
as $$
declare
	v_deliveries text;
	v_is_valid boolean;
	v_has_secret boolean;
	v_has_repeat boolean;
	v_kinds text[];
	v_targets text[];
	v_due_ats timestamptz[];
	v_due_at timestamptz;
begin
	with item as materialized (
		select i.n, i.id, decode(i.hash, 'hex') as hash, i.route, i.info_type, i.change_type, i.body,
			i.job_kind, i.job_target, i.secret_kind,
			timestamptz 'epoch' + i.time_s * interval '1 second' as event_time,
			timestamptz 'epoch' + i.received_us * interval '1 microsecond' as received_at,
			timestamptz 'epoch' + i.due_us * interval '1 microsecond' as due_at,
			count(*) over (partition by i.time_s, i.hash) as copies
		from rows from (
			jsonb_to_recordset(p_events) as (id uuid, hash text, time_s bigint, received_us bigint, route text,
				info_type text, change_type text, body jsonb, job_kind text, job_target text, due_us bigint,
				secret_kind text)
		) with ordinality as i (id, hash, time_s, received_us, route, info_type, change_type, body, job_kind, job_target,
			due_us, secret_kind, n)
	), stored as (
		insert into wecom.event as e (auth_corp_id, event_time, content_hash, event_id, received_at, due_at, deliveries,
			route, state, info_type, change_type, job_kind, job_target, body)
		select distinct on (i.event_time, i.hash)
			p_corp, i.event_time, i.hash, i.id, i.received_at, i.due_at,
			i.copies,
			i.route, case when i.job_kind is null then 'noted' else 'new' end, i.info_type, i.change_type,
			i.job_kind, i.job_target, i.body
		from item as i
		order by i.event_time, i.hash, i.n
		on conflict (auth_corp_id, event_time, content_hash) do update
		set deliveries = e.deliveries + excluded.deliveries
		returning e.event_time, e.content_hash, e.deliveries
	)
	select string_agg(s.deliveries::text, ' ' order by i.n),
		bool_and(octet_length(i.hash) = 32
			and i.route in ('command', 'data', 'system')
			and (i.job_kind is null) = (i.job_target is null)
			and (i.job_kind is null) = (i.due_at is null)),
		bool_or(i.secret_kind is not null),
		bool_or((i.job_kind is not null and s.deliveries > 1) or i.event_time < now() - interval '36 hours'),
		array_agg(i.job_kind) filter (where i.job_kind is not null and s.deliveries = i.copies),
		array_agg(i.job_target) filter (where i.job_kind is not null and s.deliveries = i.copies),
		array_agg(i.due_at) filter (where i.job_kind is not null and s.deliveries = i.copies)
	into v_deliveries, v_is_valid, v_has_secret, v_has_repeat, v_kinds, v_targets, v_due_ats
	from item as i
	join stored as s on s.event_time = i.event_time and s.content_hash = i.hash;

	if not v_is_valid then
		raise exception 'an event has a wrong hash, route or job' using errcode = 'invalid_parameter_value';
	end if;
	if v_has_secret then
		perform wecom.secret_keep(p_corp, p_events);
	end if;
	if v_has_repeat then
		select v_kinds || array_agg(r.kind), v_targets || array_agg(r.target), v_due_ats || array_agg(r.due_at)
		into v_kinds, v_targets, v_due_ats
		from wecom.ingest_repeats(p_corp, p_events, v_deliveries) as r;
	end if;
	if v_kinds is not null then
		v_due_at := wecom.job_raise(p_corp, v_kinds, v_targets, v_due_ats);
	end if;
	if v_due_at is not null then
		perform wecom.corp_due_raise(p_corp, v_due_at);
	end if;
	return v_deliveries;
end
$$;

comment on function wecom.ingest_many(text, jsonb) is
	'wecom.ingest for several events, each table written by one statement.';
