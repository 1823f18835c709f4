-- wecom.follow_of_days(p_corp, p_days): what happened to relations on some days, one row for each thing.
--   p_days   -infinity: relations that were whole and whose begin was never told
--   returns  what: new: became whole; half: began half; lost: a whole one ended, whoever ended it.  A half one that ended
--            before it was whole is no loss
--   tables   reads wecom.follow
--   caller   the functions that count days of relations
create or replace function wecom.follow_of_days(p_corp text, p_days date[])
returns table (day date, what text, external_userid text, userid text, period integer, state text, status text,
	half_at timestamptz, added_at timestamptz, lost_at timestamptz)
language sql
stable
as $$
	with bound as materialized (
		select b.day, b.from_at, b.to_at
		from wecom.day_bounds(p_days, wecom.corp_zone(p_corp)) as b
	)
	select b.day, 'new', f.external_userid, f.userid, f.period, coalesce(f.state, ''), f.status, f.half_at, f.added_at,
		f.lost_at
	from bound as b
	cross join lateral (
		select x.*
		from wecom.follow as x
		where x.auth_corp_id = p_corp
			and x.added_at >= b.from_at
			and x.added_at < b.to_at
		offset 0
	) as f
	union all
	select b.day, 'half', f.external_userid, f.userid, f.period, coalesce(f.state, ''), f.status, f.half_at, f.added_at,
		f.lost_at
	from bound as b
	cross join lateral (
		select x.*
		from wecom.follow as x
		where x.auth_corp_id = p_corp
			and x.half_at >= b.from_at
			and x.half_at < b.to_at
		offset 0
	) as f
	union all
	select b.day, 'lost', f.external_userid, f.userid, f.period, coalesce(f.state, ''), f.status, f.half_at, f.added_at,
		f.lost_at
	from bound as b
	cross join lateral (
		select x.*
		from wecom.follow as x
		where x.auth_corp_id = p_corp
			and x.lost_at >= b.from_at
			and x.lost_at < b.to_at
			and (x.added_at is not null or x.half_at is null)
		offset 0
	) as f
	union all
	select b.day, 'new', f.external_userid, f.userid, f.period, coalesce(f.state, ''), f.status, null, null, f.lost_at
	from bound as b
	cross join lateral (
		select x.*
		from wecom.follow as x
		where x.auth_corp_id = p_corp
			and x.added_at is null
			and x.half_at is null
		offset 0
	) as f
	where b.day = '-infinity'
$$;

comment on function wecom.follow_of_days(text, date[]) is
	'What happened to relations on some days, one row for each thing.';
