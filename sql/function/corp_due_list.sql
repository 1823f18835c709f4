-- wecom.corp_due_list(p_owner, p_now_us, p_limit, p_from_us): which corps have work now, earliest first.
--   p_now_us  WeCom's clock, microseconds since 1970
--   p_from_us leave out those that were due before: their rows' older versions lie there while an old snapshot is held
--   returns   array of corps that no other daemon holds; a lease that ran out counts as free
--   tables    wecom.corp_due, wecom.lease; no locks
--   caller    wecom-sync, several times a second; all corps, read only
create or replace function wecom.corp_due_list(p_owner text, p_now_us bigint, p_limit integer, p_from_us bigint)
returns jsonb
language sql
security definer
set search_path = pg_catalog, pg_temp
as $$
	select coalesce(jsonb_agg(w.auth_corp_id order by w.due_at, w.auth_corp_id), '[]')
	from (
		select d.auth_corp_id, d.due_at
		from wecom.corp_due as d
		left join wecom.lease as l on l.auth_corp_id = d.auth_corp_id
		where d.due_at <= timestamptz 'epoch' + p_now_us * interval '1 microsecond'
			and d.due_at >= timestamptz 'epoch' + p_from_us * interval '1 microsecond'
			and (l.owner is null or l.owner = p_owner or l.expires_at <= clock_timestamp())
		order by d.due_at
		limit p_limit
	) as w
$$;

comment on function wecom.corp_due_list(text, bigint, integer, bigint) is
	'Corps that have work now and are not leased by another daemon, earliest first.';
