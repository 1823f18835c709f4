-- wecom.ingest_one(p_corp, p_events): wecom.ingest for an array of one event, the common case of a quiet hour.
--   returns  its deliveries
--   tables   wecom.event, and by the functions called wecom.secret, wecom.job, wecom.corp_due, wecom.pull
--   caller   wecom.ingest
-- Plain statements on variables: half the time of wecom.ingest_many for one event.
create or replace function wecom.ingest_one(p_corp text, p_events jsonb)
returns text
language plpgsql
as $$
declare
	v_item constant jsonb := p_events->0;
	v_time constant timestamptz := timestamptz 'epoch' + (v_item->>'time_s')::bigint * interval '1 second';
	v_hash constant bytea := decode(v_item->>'hash', 'hex');
	v_route constant text := v_item->>'route';
	v_kind constant text := v_item->>'job_kind';
	v_target constant text := v_item->>'job_target';
	v_due_at constant timestamptz := timestamptz 'epoch' + (v_item->>'due_us')::bigint * interval '1 microsecond';
	v_deliveries integer;
begin
	if octet_length(v_hash) <> 32
		or v_route not in ('command', 'data', 'system')
		or (v_kind is null) <> (v_target is null)
		or (v_kind is null) <> (v_due_at is null)
	then
		raise exception 'an event has a wrong hash, route or job' using errcode = 'invalid_parameter_value';
	end if;

	insert into wecom.event as e (auth_corp_id, event_time, content_hash, event_id, received_at, due_at, deliveries,
		route, state, info_type, change_type, job_kind, job_target, body)
	values (p_corp, v_time, v_hash, (v_item->>'id')::uuid,
		timestamptz 'epoch' + (v_item->>'received_us')::bigint * interval '1 microsecond', v_due_at, 1,
		v_route, case when v_kind is null then 'noted' else 'new' end, v_item->>'info_type', v_item->>'change_type',
		v_kind, v_target, v_item->'body')
	on conflict (auth_corp_id, event_time, content_hash) do update
	set deliveries = e.deliveries + 1
	returning e.deliveries
	into v_deliveries;

	if v_item->>'secret_kind' is not null then
		perform wecom.secret_keep(p_corp, p_events);
	end if;
	if v_kind is null then
		return v_deliveries;
	end if;
	if v_deliveries > 1 and not wecom.event_due_again(p_corp, v_time, v_hash, v_kind, v_target, v_due_at) then
		return v_deliveries;
	end if;
	if wecom.job_raise(p_corp, v_kind, v_target, v_due_at) then
		perform wecom.corp_due_raise(p_corp, v_due_at);
	end if;
	return v_deliveries;
end
$$;

comment on function wecom.ingest_one(text, jsonb) is
	'wecom.ingest for an array of one event.';
