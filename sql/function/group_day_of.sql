-- wecom.group_day_of(p_corp, p_days): what wecom.group_day keeps, counted from chats, rosters and their ledger.
--   p_days   -infinity: chats whose begin was never told
--   returns  rows for those of the days on which anything happened
--   tables   reads wecom.group_chat, wecom.group_chat_ledger, wecom.group_chat_member, wecom.chat_count
--   caller   wecom.rollup_group, report.group_daily_of, wecom.rollup_check
-- Who was there when a chat was first seen came in by no join; who is in a chat when it is dissolved goes by no quit.  Of
-- whom it is not known whether they are staff counts as external.  Ways of joining and leaving are those that events tell:
-- JoinScene 0 and 3, QuitScene 0 and 1.
create or replace function wecom.group_day_of(p_corp text, p_days date[])
returns table (day date, groups_new integer, groups_dismissed integer, staff_change integer, external_change integer,
	joined integer, join_invite integer, join_qr integer, quit integer, quit_self integer, kicked integer,
	distinct_joined integer, left_all_groups integer)
language sql
stable
as $$
	with bound as materialized (
		select b.day, b.from_at, b.to_at
		from wecom.day_bounds(p_days, wecom.corp_zone(p_corp)) as b
	), made as (
		select b.day, count(*)::integer as n
		from bound as b
		cross join lateral (
			select
			from wecom.group_chat as g
			where g.auth_corp_id = p_corp
				and (g.created_at >= b.from_at and g.created_at < b.to_at
					or b.day = '-infinity' and g.created_at is null)
				and (g.seen_at is not null or g.member_version is not null or g.dismissed_at is not null)
		) as g
		group by b.day
	), gone as (
		select b.day, count(*)::integer as n, coalesce(sum(g.staff), 0)::integer as staff,
			coalesce(sum(g.members - g.staff), 0)::integer as external
		from bound as b
		cross join lateral (
			select c.members, c.staff
			from wecom.group_chat as x
			left join wecom.chat_count as c on c.auth_corp_id = p_corp
				and c.chat_id = x.chat_id
			where x.auth_corp_id = p_corp
				and x.dismissed_at >= b.from_at
				and x.dismissed_at < b.to_at
			offset 0
		) as g
		group by b.day
	), present as (
		select u.day, sum(u.staff)::integer as staff, sum(u.external)::integer as external
		from wecom.chat_count as c
		cross join lateral unnest(c.present_days, c.present_staff, c.present_external) as u (day, staff, external)
		where c.auth_corp_id = p_corp
			and c.present_days && p_days
			and u.day = any (p_days)
		group by u.day
	)
	select b.day, coalesce(n.n, 0), coalesce(g.n, 0),
		coalesce(p.staff, 0) + coalesce(m.staff, 0) - coalesce(g.staff, 0),
		coalesce(p.external, 0) + coalesce(m.external, 0) - coalesce(g.external, 0),
		coalesce(m.joined, 0), coalesce(m.invited, 0), coalesce(m.by_qr, 0), coalesce(m.quit, 0),
		coalesce(m.by_self, 0), coalesce(m.kicked, 0), coalesce(m.people, 0), coalesce(m.left_all, 0)
	from bound as b
	left join made as n on n.day = b.day
	left join gone as g on g.day = b.day
	left join present as p on p.day = b.day
	left join wecom.group_day_moved(p_corp, p_days) as m on m.day = b.day
	where num_nonnulls(n.day, g.day, p.day, m.day) > 0
$$;

comment on function wecom.group_day_of(text, date[]) is
	'What happened to group chats, by day, counted from chats, rosters and their ledger.';
