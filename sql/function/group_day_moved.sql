-- wecom.group_day_moved(p_corp, p_days): joins and quits by day, counted from the ledger.
--   returns  rows for the days on which there were any; staff and external: those who came less those who went
--   tables   reads wecom.group_chat_ledger, wecom.group_chat_member, wecom.group_chat
--   caller   wecom.group_day_of
create or replace function wecom.group_day_moved(p_corp text, p_days date[])
returns table (day date, joined integer, invited integer, by_qr integer, quit integer, by_self integer, kicked integer,
	people integer, staff integer, external integer, left_all integer)
language sql
stable
as $$
	with bound as materialized (
		select b.day, b.from_at, b.to_at
		from wecom.day_bounds(p_days, wecom.corp_zone(p_corp)) as b
	)
	select b.day,
		(count(*) filter (where l.action = 'join'))::integer as joined,
		(count(*) filter (where l.action = 'join' and l.scene = 0))::integer as invited,
		(count(*) filter (where l.action = 'join' and l.scene = 3))::integer as by_qr,
		(count(*) filter (where l.action = 'quit'))::integer as quit,
		(count(*) filter (where l.action = 'quit' and l.scene = 0))::integer as by_self,
		(count(*) filter (where l.action = 'quit' and l.scene = 1))::integer as kicked,
		(count(distinct l.member_id) filter (where l.action = 'join'))::integer as people,
		coalesce(sum(case l.action when 'join' then 1 when 'quit' then -1 else 0 end)
			filter (where m.is_staff), 0)::integer as staff,
		coalesce(sum(case l.action when 'join' then 1 when 'quit' then -1 else 0 end)
			filter (where m.is_staff is null), 0)::integer as external,
		case when bool_or(l.action = 'quit')
			then wecom.group_day_left(p_corp, min(b.from_at), min(b.to_at)) else 0 end as left_all
	from bound as b
	cross join lateral (
		select x.chat_id, x.member_id, x.action, x.scene
		from wecom.group_chat_ledger as x
		where x.auth_corp_id = p_corp
			and x.at >= b.from_at
			and x.at < b.to_at
		offset 0
	) as l
	left join lateral (
		-- few are: most of these look into a small index only; one by one, for joined to the corp's staff as a whole each
		-- entry went through all of them while the planner took these for few
		select true as is_staff
		from wecom.group_chat_member as y
		where y.auth_corp_id = p_corp
			and y.chat_id = l.chat_id
			and y.member_id = l.member_id
			and y.type = 1
		limit 1
	) as m on true
	group by b.day
$$;

comment on function wecom.group_day_moved(text, date[]) is
	'Joins and quits by day, counted from the ledger.';
