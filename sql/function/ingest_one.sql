-- wecom.ingest_one(p_corp, p_events): wecom.ingest for one event without a secret, the common case of a quiet hour.
--   returns  its deliveries
--   tables   wecom.event, wecom.job, and by the functions called wecom.corp_due, wecom.pull
--   caller   wecom.ingest
-- Plain statements and as few expressions as can be, for a transaction prepares each of them anew.  Measured with one
-- call a commit, CPU in us, when a function that inserts one short row took 40: this 185 with a new job, 155 with a
-- waiting one; wecom.ingest_many for one event 300; a helper function with arrays for the job + 20; all in one statement of
-- CTEs + 5; jsonb_to_recordset instead of ->> + 3; check constraints on event and job + 40; a BRIN index + 6.
create or replace function wecom.ingest_one(p_corp text, p_events jsonb)
returns text
language plpgsql
as $$
declare
	v_item constant jsonb := p_events->0;
	v_deliveries integer;
	v_kind text;
	v_target text;
	v_due_at timestamptz;
	v_is_valid boolean;
	v_is_due boolean;
	v_is_late boolean;
begin
	insert into wecom.event as e (auth_corp_id, event_time, content_hash, event_id, received_at, due_at, deliveries,
		route, state, info_type, change_type, job_kind, job_target, body)
	values (p_corp,
		timestamptz 'epoch' + (v_item->>'time_s')::bigint * interval '1 second',
		decode(v_item->>'hash', 'hex'),
		(v_item->>'id')::uuid,
		timestamptz 'epoch' + (v_item->>'received_us')::bigint * interval '1 microsecond',
		timestamptz 'epoch' + (v_item->>'due_us')::bigint * interval '1 microsecond',
		1, v_item->>'route', case when v_item->>'job_kind' is null then 'noted' else 'new' end,
		v_item->>'info_type', v_item->>'change_type', v_item->>'job_kind', v_item->>'job_target', v_item->'body')
	on conflict (auth_corp_id, event_time, content_hash) do update
	set deliveries = e.deliveries + 1
	returning e.deliveries, e.job_kind, e.job_target, e.due_at,
		octet_length(e.content_hash) = 32
			and v_item->>'route' in ('command', 'data', 'system')
			and (v_item->>'job_kind' is null) = (v_item->>'job_target' is null)
			and (v_item->>'job_kind' is null) = (v_item->>'due_us' is null),
		e.event_time < now() - interval '36 hours'
	into v_deliveries, v_kind, v_target, v_due_at, v_is_valid, v_is_late;

	if v_is_valid is not true then
		raise exception 'an event has a wrong hash, route or job' using errcode = 'invalid_parameter_value';
	end if;
	if v_deliveries > 1 or (v_is_late and wecom.event_late(p_corp, array[
			timestamptz 'epoch' + (v_item->>'time_s')::bigint * interval '1 second']) is not null) then
		perform wecom.ingest_rare(p_corp, p_events, v_deliveries);
		return v_deliveries;
	end if;
	if v_kind is null then
		return v_deliveries;
	end if;

	-- the usual job of a busy object: waiting, and due in time; FOR KEY SHARE: see migrate/0002_queue.sql
	perform
	from wecom.job as j
	where j.auth_corp_id = p_corp
		and j.kind = v_kind
		and j.target = v_target
		and ((j.state = 'due' and j.due_at <= v_due_at) or j.state = 'parked' or j.counter <> j.claimed_counter)
	for key share;
	if found then
		return v_deliveries;
	end if;

	-- as wecom.job_raise does
	insert into wecom.job as j (auth_corp_id, kind, target, state, due_at, counter, attempts)
	values (p_corp, v_kind, v_target, 'due', v_due_at, 1, 0)
	on conflict (auth_corp_id, kind, target) do update
	set due_at = case when j.state = 'due' then excluded.due_at else j.due_at end,
		counter = j.counter + 1
	where (j.state = 'due' and j.due_at > excluded.due_at)
		or (j.state = 'leased' and j.counter = j.claimed_counter)
	returning j.state = 'due'
	into v_is_due;
	if v_is_due then
		perform wecom.corp_due_raise(p_corp, v_due_at);
	end if;
	return v_deliveries;
end
$$;

comment on function wecom.ingest_one(text, jsonb) is
	'wecom.ingest for one event without a secret.';
