-- wecom.token_keep(p_corp, p_kind, p_owner, p_sealed_hex, p_expires_us): keep a token just fetched, and end the turn.
--   p_sealed_hex  sealed with the row identity (corp, kind, "")
--   p_expires_us  end of its life by WeCom's clock, microseconds since 1970
--   returns       its generation; null when the turn was another's by now: nothing is kept then
--   tables        wecom.token
--   caller        wecom-sync
create or replace function wecom.token_keep(p_corp text, p_kind text, p_owner text, p_sealed_hex text, p_expires_us bigint)
returns bigint
language plpgsql
security definer
set search_path = pg_catalog, pg_temp
as $$
declare
	v_generation bigint;
begin
	update wecom.token as t
	set generation = t.generation + 1,
		sealed = decode(p_sealed_hex, 'hex'),
		expires_at = timestamptz 'epoch' + p_expires_us * interval '1 microsecond',
		refreshing_by = null,
		refreshing_until = null
	where t.auth_corp_id = p_corp
		and t.kind = p_kind
		and t.refreshing_by = p_owner
	returning t.generation
	into v_generation;
	return v_generation;
end
$$;

comment on function wecom.token_keep(text, text, text, text, bigint) is
	'Keep a token that the caller had the turn to fetch; its generation, or null.';
