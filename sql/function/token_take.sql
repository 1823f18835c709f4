-- wecom.token_take(p_corp, p_kind, p_owner, p_now_us, p_early_seconds, p_slot_seconds): a token, or the turn to fetch one.
--   p_kind           suite_access_token (corp suite:<suite_id>) or access_token
--   p_owner          who asks: a name that no other process has
--   p_now_us         WeCom's clock, microseconds since 1970, by which tokens end
--   p_early_seconds  a token that lives no longer than this is renewed
--   p_slot_seconds   for how long the turn is given, by the database's clock
--   returns          {generation, sealed, expires_us, mine}: sealed hexadecimal, null when there is no living one.  mine:
--                    it is the caller's turn (for the same owner again, should it have missed the answer).  Neither: ask
--                    again soon
--   tables           wecom.token
--   caller           wecom-sync
create or replace function wecom.token_take(p_corp text, p_kind text, p_owner text, p_now_us bigint,
	p_early_seconds integer, p_slot_seconds integer)
returns jsonb
language plpgsql
security definer
set search_path = pg_catalog, pg_temp
as $$
declare
	v_now constant timestamptz := timestamptz 'epoch' + p_now_us * interval '1 microsecond';
	v_early_at constant timestamptz := v_now + p_early_seconds * interval '1 second';
	v_clock constant timestamptz := clock_timestamp();
	v_token record;
	v_is_mine boolean := false;
begin
	perform
	from wecom.token as t
	where t.auth_corp_id = p_corp
		and t.kind = p_kind
		and t.expires_at > v_early_at;
	if not found then
		insert into wecom.token as t (auth_corp_id, kind, generation, refreshing_by, refreshing_until)
		values (p_corp, p_kind, 0, p_owner, v_clock + p_slot_seconds * interval '1 second')
		on conflict (auth_corp_id, kind) do update
		set refreshing_by = excluded.refreshing_by,
			refreshing_until = excluded.refreshing_until
		where (t.expires_at is null or t.expires_at <= v_early_at)
			and (t.refreshing_by is null or t.refreshing_by = excluded.refreshing_by
				or t.refreshing_until <= v_clock);
		v_is_mine := found;
	end if;

	select t.generation,
		case when t.expires_at > v_now then encode(t.sealed, 'hex') end as sealed,
		(extract(epoch from t.expires_at) * 1000000)::bigint as expires_us
	into v_token
	from wecom.token as t
	where t.auth_corp_id = p_corp
		and t.kind = p_kind;
	return to_jsonb(v_token) || jsonb_build_object('mine', v_is_mine);
end
$$;

comment on function wecom.token_take(text, text, text, bigint, integer, integer) is
	'The living token of a corp, or the turn to fetch the next one, which one caller has at a time.';
