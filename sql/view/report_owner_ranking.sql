-- report.owner_ranking(p_corp, p_from, p_to): owners of group chats, by what happened in them from p_from to p_to, both
-- included; the columns are told in the function's comment.
create or replace function report.owner_ranking(p_corp text, p_from date, p_to date)
returns table (owner text, groups bigint, members bigint, joined bigint, quit bigint, net bigint, dismissed bigint)
language sql
stable
security definer
set search_path = pg_catalog, pg_temp
set jit = off
as $$
	with bound as materialized (
		select p_from::timestamp at time zone z.zone as from_at, (p_to + 1)::timestamp at time zone z.zone as to_at
		from (select wecom.corp_zone(p_corp) as zone offset 0) as z
	), moved as (
		select l.chat_id, count(*) filter (where l.action = 'join') as joined,
			count(*) filter (where l.action = 'quit') as quit
		from wecom.group_chat_ledger as l
		where l.auth_corp_id = p_corp
			and l.at >= (select b.from_at from bound as b)
			and l.at < (select b.to_at from bound as b)
		group by l.chat_id
	), owned as (
		select coalesce(g.owner, '') as owner,
			count(*) filter (where g.dismissed_at is null) as groups,
			coalesce(sum(c.members) filter (where g.dismissed_at is null), 0) as members,
			coalesce(sum(m.joined), 0)::bigint as joined,
			coalesce(sum(m.quit), 0)::bigint as quit,
			count(*) filter (where g.dismissed_at >= b.from_at and g.dismissed_at < b.to_at) as dismissed
		from wecom.group_chat as g
		cross join bound as b
		left join wecom.chat_count as c on c.auth_corp_id = p_corp
			and c.chat_id = g.chat_id
		left join moved as m on m.chat_id = g.chat_id
		where g.auth_corp_id = p_corp
			and (g.seen_at is not null or g.member_version is not null or g.dismissed_at is not null)
		group by 1
	)
	select o.owner, o.groups, o.members, o.joined, o.quit, o.joined - o.quit, o.dismissed
	from owned as o
	where o.groups + o.joined + o.quit + o.dismissed > 0
	order by o.joined - o.quit desc, o.members desc, o.owner
$$;

comment on function report.owner_ranking(text, date, date) is 'Members who own group chats, by what happened in these from one day to another, both included, best net first. Chats count for who owns them now; owner is empty when that was never told. groups: chats that are there now; members: places in them now, staff included. joined, quit: joins and quits (person-times) in the time, those in chats dissolved since included; net: joined less quit; dismissed: chats dissolved in the time, whose members are no quits.';
