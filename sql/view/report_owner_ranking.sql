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
	with live as materialized (
		select l.is_all, l.days from wecom.rollup_live(p_corp, 'owner') as l
	), bound as materialized (
		select p_from::timestamp at time zone z.zone as from_at, (p_to + 1)::timestamp at time zone z.zone as to_at
		from (select wecom.corp_zone(p_corp) as zone offset 0) as z
	), moved as (
		select f.owner, sum(f.joined) as joined, sum(f.quit) as quit
		from (
			select k.owner, k.joined, k.quit
			from live as l
			join wecom.owner_day as k on k.auth_corp_id = p_corp
			where not l.is_all
				and k.day <> all (l.days)
				and k.day between p_from and p_to
			union all
			select n.owner, n.joined, n.quit
			from live as l
			cross join lateral wecom.owner_day_of(p_corp, array(
				select u.day from unnest(l.days) as u (day) where u.day between p_from and p_to
			)) as n
		) as f
		group by f.owner
	), owned as (
		select coalesce(g.owner, '') as owner,
			count(*) filter (where g.dismissed_at is null) as groups,
			coalesce(sum(c.members) filter (where g.dismissed_at is null), 0)::bigint as members,
			count(*) filter (where g.dismissed_at >= b.from_at and g.dismissed_at < b.to_at) as dismissed
		from wecom.group_chat as g
		cross join bound as b
		left join wecom.chat_count as c on c.auth_corp_id = p_corp
			and c.chat_id = g.chat_id
		where g.auth_corp_id = p_corp
			and (g.seen_at is not null or g.member_version is not null or g.dismissed_at is not null)
		group by 1
	), ranked as (
		select coalesce(o.owner, m.owner) as owner, coalesce(o.groups, 0) as groups, coalesce(o.members, 0) as members,
			coalesce(m.joined, 0)::bigint as joined, coalesce(m.quit, 0)::bigint as quit,
			coalesce(o.dismissed, 0) as dismissed
		from owned as o
		full join moved as m on m.owner = o.owner
	)
	select r.owner, r.groups, r.members, r.joined, r.quit, r.joined - r.quit, r.dismissed
	from ranked as r
	where r.groups + r.joined + r.quit + r.dismissed > 0
	order by r.joined - r.quit desc, r.members desc, r.owner
$$;

comment on function report.owner_ranking(text, date, date) is 'Members who own group chats, by what happened in these from one day to another, both included, best net first. Chats count for who owns them now; owner is empty when that was never told. groups: chats that are there now; members: places in them now, staff included. joined, quit: joins and quits (person-times) in the time, those in chats dissolved since included; net: joined less quit; dismissed: chats dissolved in the time, whose members are no quits.';
