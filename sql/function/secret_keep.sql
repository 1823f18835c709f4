-- wecom.secret_keep(p_corp, p_events): keep the sealed secrets that events carry; an older one never replaces a newer,
-- one of the same time changes nothing.
--   p_events  as for wecom.ingest
--   returns   how many were kept
--   tables    wecom.secret
--   caller    wecom.ingest_one, wecom.ingest_many, when an event carries one
create or replace function wecom.secret_keep(p_corp text, p_events jsonb)
returns bigint
language plpgsql
as $$
declare
	v_kept bigint;
begin
	insert into wecom.secret as s (auth_corp_id, kind, name, secret_at, sealed)
	select distinct on (i.secret_kind, i.secret_name)
		p_corp,
		i.secret_kind,
		i.secret_name,
		timestamptz 'epoch' + i.time_s * interval '1 second',
		decode(i.secret_sealed, 'hex')
	from jsonb_to_recordset(p_events) as i (secret_kind text, secret_name text, secret_sealed text, time_s bigint)
	where i.secret_kind is not null
	order by i.secret_kind, i.secret_name, i.time_s desc
	on conflict (auth_corp_id, kind, name) do update
	set secret_at = excluded.secret_at,
		sealed = excluded.sealed
	where excluded.secret_at > s.secret_at;
	get diagnostics v_kept = row_count;
	return v_kept;
end
$$;

comment on function wecom.secret_keep(text, jsonb) is
	'Keep the sealed secrets that events carry, newer ones only; how many were kept.';
