-- wecom.owner_day_of(p_corp, p_days): what wecom.owner_day keeps, counted from the ledger of rosters.
--   returns  rows for those of the days on which anybody joined or quit a chat; owner: who owns the chat now, empty when that
--            was never told
--   tables   reads wecom.group_chat_ledger, wecom.group_chat
--   caller   wecom.rollup_owner, report.owner_ranking, wecom.rollup_check
create or replace function wecom.owner_day_of(p_corp text, p_days date[])
returns table (day date, owner text, joined integer, quit integer)
language sql
stable
as $$
	with bound as materialized (
		select b.day, b.from_at, b.to_at
		from wecom.day_bounds(p_days, wecom.corp_zone(p_corp)) as b
	)
	select m.day, coalesce(g.owner, ''), sum(m.joined)::integer, sum(m.quit)::integer
	from (
		select b.day, l.chat_id, count(*) filter (where l.action = 'join') as joined,
			count(*) filter (where l.action = 'quit') as quit
		from bound as b
		cross join lateral (
			select x.chat_id, x.action
			from wecom.group_chat_ledger as x
			where x.auth_corp_id = p_corp
				and x.at >= b.from_at
				and x.at < b.to_at
			offset 0
		) as l
		group by b.day, l.chat_id
	) as m
	left join lateral (
		select c.owner
		from wecom.group_chat as c
		where c.auth_corp_id = p_corp
			and c.chat_id = m.chat_id
		limit 1
	) as g on true
	group by m.day, coalesce(g.owner, '')
	having sum(m.joined) + sum(m.quit) > 0
$$;

comment on function wecom.owner_day_of(text, date[]) is
	'Joins and quits of group chats by day and owner, counted from the ledger of rosters.';
