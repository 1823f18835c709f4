-- wecom.ingest(p_corp, p_events): make the events that share a commit durable: rows, secrets, jobs.
--   p_corp    the corp, or suite:<suite_id>: 1 to 128 bytes; it need not be known.  Null: the events are of several
--             corps, each named by its member corp (plain PostgreSQL only)
--   p_events  array of objects, all members present, null when absent:
--     corp         needed, and looked at, only without p_corp
--     id           UUID (version 7, made by the caller)
--     hash         64 hexadecimal digits: identity of the content
--     time_s       time of the event in seconds since 1970, already clamped; 0 = undated
--     received_us  when it arrived, microseconds since 1970
--     route        command, data or system
--     info_type, change_type
--     body         object, secrets masked
--     job_kind, job_target, due_us    the work it calls for, or three nulls; target "" = all of the kind.  due_us,
--                  microseconds since 1970: a pull begun later covers the event, so it depends on the event's time,
--                  not on its arrival, wherever a repeat should cost nothing
--     secret_kind, secret_name, secret_sealed    a secret it carries (sealed bytes as hexadecimal), or three nulls
--   returns   the deliveries of each element in order, separated by single blanks: 1 = new
--   errors    22023 invalid_parameter_value, and what the types say (22P02, 23502 …); nothing is stored then.  55P03
--             lock_not_available: somebody holds a lock for more than 5 s.  The receiver has spooled by then; without
--             it each of its further tries would leave a backend waiting behind
--   tables    wecom.event, wecom.secret, wecom.job, wecom.corp_due; reads wecom.pull
--   caller    wecom-callback: one call a transaction
-- Lock order: events by (corp, time, hash), secrets by (corp, kind, name), jobs by (corp, kind, target), the corps' due
-- rows.  Two calls in one transaction would break it.
-- A repeat writes its row (a commit without WAL waits for no standby).  No NOTIFY, no clock, no sequence.
create or replace function wecom.ingest(p_corp text, p_events jsonb)
returns text
language plpgsql
security definer
set search_path = pg_catalog, pg_temp
set lock_timeout = '5s'
as $$
begin
	if ((p_corp is null or octet_length(p_corp) between 1 and 128) and jsonb_typeof(p_events) = 'array') is not true then
		raise exception 'p_corp must be of 1 to 128 bytes, p_events an array' using errcode = 'invalid_parameter_value';
	end if;

	if p_corp is null and jsonb_array_length(p_events) > 0 then
		return wecom.ingest_corps(p_events);
	end if;
	if jsonb_array_length(p_events) = 1 and p_events->0->>'secret_kind' is null then
		return wecom.ingest_one(p_corp, p_events);
	end if;
	return coalesce(wecom.ingest_many(p_corp, p_events), '');
end
$$;

comment on function wecom.ingest(text, jsonb) is
	'Make the events that share a commit durable, with their secrets and jobs; the deliveries of each in order.';
