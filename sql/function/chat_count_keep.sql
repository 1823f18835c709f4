-- wecom.chat_count_keep(p_corp, p_chats, p_changed, p_presence): keep the figures of chats whose rosters were stored.
--   p_changed   for each chat: somebody came, left, or turned out to be staff: its people are to be counted again
--   p_presence  for each chat: those who were there at first sight are to be counted again
--   returns     nothing
--   tables      wecom.chat_count; reads wecom.group_chat_member, wecom.group_chat_ledger, wecom.group_chat_change,
--               wecom.group_chat
--   caller      wecom.chat_marks, wecom.time_zone_set
create or replace function wecom.chat_count_keep(p_corp text, p_chats text[], p_changed boolean[], p_presence boolean[])
returns void
language plpgsql
as $$
declare
	v_zone constant text := case when true = any (p_presence) then wecom.corp_zone(p_corp) end;
begin
	insert into wecom.chat_count as c (auth_corp_id, chat_id, members, staff, last_change_at, present_days, present_staff,
		present_external, is_counted)
	select p_corp, u.chat_id, m.members, m.staff, greatest(
			(select max(l.at) from wecom.group_chat_ledger as l where l.auth_corp_id = p_corp
				and l.chat_id = u.chat_id),
			(select max(x.at) from wecom.group_chat_change as x where x.auth_corp_id = p_corp
				and x.chat_id = u.chat_id),
			(select g.dismissed_at from wecom.group_chat as g where g.auth_corp_id = p_corp
				and g.chat_id = u.chat_id)),
		d.days, d.staff, d.external, not u.is_changed
	from unnest(p_chats, p_changed, p_presence) as u (chat_id, is_changed, is_presence)
	cross join lateral (
		select count(*) filter (where k.is_present) as members,
			count(*) filter (where k.is_present and k.type = 1) as staff
		from wecom.group_chat_member as k
		where k.auth_corp_id = p_corp
			and k.chat_id = u.chat_id
		offset 0
	) as m
	left join lateral (
		select array_agg(p.day order by p.day) as days, array_agg(p.staff order by p.day) as staff,
			array_agg(p.external order by p.day) as external
		from (
			select (k.present_at at time zone v_zone)::date as day,
				(count(*) filter (where k.type = 1))::integer as staff,
				(count(*) filter (where k.type is distinct from 1))::integer as external
			from wecom.group_chat_member as k
			where k.auth_corp_id = p_corp
				and k.chat_id = u.chat_id
				and k.present_at is not null
			group by 1
		) as p
		offset 0
	) as d on u.is_presence
	order by u.chat_id
	on conflict (auth_corp_id, chat_id) do update
	set members = excluded.members,
		staff = excluded.staff,
		last_change_at = excluded.last_change_at,
		present_days = coalesce(excluded.present_days, c.present_days),
		present_staff = coalesce(excluded.present_staff, c.present_staff),
		present_external = coalesce(excluded.present_external, c.present_external),
		is_counted = c.is_counted and excluded.is_counted
	where (c.members, c.staff, c.last_change_at, c.present_days, c.present_staff, c.present_external, c.is_counted)
		is distinct from (excluded.members, excluded.staff, excluded.last_change_at,
			coalesce(excluded.present_days, c.present_days), coalesce(excluded.present_staff, c.present_staff),
			coalesce(excluded.present_external, c.present_external), c.is_counted and excluded.is_counted);
end
$$;

comment on function wecom.chat_count_keep(text, text[], boolean[], boolean[]) is
	'Keep the figures of chats whose rosters were stored.';
