-- wecom.ingest_one(p_corp, p_events): wecom.ingest for an array of one event, the common case of a quiet hour.
--   returns  its deliveries
--   tables   wecom.event, wecom.job, and by the functions called wecom.corp_due
--   caller   wecom.ingest
-- Plain statements and as few expressions as can be, for each is prepared again in every transaction: two thirds of the
-- time of wecom.ingest_many for one event.  A repeat, or a secret, takes the way of ingest_many behind the insert.
create or replace function wecom.ingest_one(p_corp text, p_events jsonb)
returns text
language plpgsql
as $$
declare
	v_item constant jsonb := p_events->0;
	v_deliveries text;
	v_kind text;
	v_target text;
	v_due_at timestamptz;
	v_is_valid boolean;
	v_is_rare boolean;
begin
	insert into wecom.event as e (auth_corp_id, event_time, content_hash, event_id, received_at, due_at, deliveries,
		route, state, info_type, change_type, job_kind, job_target, body)
	values (p_corp,
		timestamptz 'epoch' + (v_item->>'time_s')::bigint * interval '1 second',
		decode(v_item->>'hash', 'hex'),
		(v_item->>'id')::uuid,
		timestamptz 'epoch' + (v_item->>'received_us')::bigint * interval '1 microsecond',
		timestamptz 'epoch' + (v_item->>'due_us')::bigint * interval '1 microsecond',
		1,
		v_item->>'route',
		case when v_item->>'job_kind' is null then 'noted' else 'new' end,
		v_item->>'info_type',
		v_item->>'change_type',
		v_item->>'job_kind',
		v_item->>'job_target',
		v_item->'body')
	on conflict (auth_corp_id, event_time, content_hash) do update
	set deliveries = e.deliveries + 1
	returning e.deliveries, e.job_kind, e.job_target, e.due_at,
		octet_length(e.content_hash) = 32
			and v_item->>'route' in ('command', 'data', 'system')
			and (v_item->>'job_kind' is null) = (v_item->>'job_target' is null)
			and (v_item->>'job_kind' is null) = (v_item->>'due_us' is null),
		e.deliveries > 1 or v_item->>'secret_kind' is not null
	into v_deliveries, v_kind, v_target, v_due_at, v_is_valid, v_is_rare;

	if v_is_valid is not true then
		raise exception 'an event has a wrong hash, route or job' using errcode = 'invalid_parameter_value';
	end if;
	if v_is_rare then
		perform wecom.ingest_rest(p_corp, p_events, v_deliveries);
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
	if not found and wecom.job_write(p_corp, v_kind, v_target, v_due_at) then
		perform wecom.corp_due_raise(p_corp, v_due_at);
	end if;
	return v_deliveries;
end
$$;

comment on function wecom.ingest_one(text, jsonb) is
	'wecom.ingest for an array of one event.';
