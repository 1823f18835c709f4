-- wecom.chat_count_keep(p_corp, p_chats, p_changed, p_presence, p_zone): keep the figures of chats whose rosters were stored.
--   p_changed   for each chat: somebody came, left, or turned out to be staff: its people are to be counted again
--   p_presence  for each chat: those who were there at first sight are to be counted again
--   returns     nothing
--   tables      wecom.chat_count; reads wecom.group_chat_member, wecom.group_chat_ledger, wecom.group_chat_change,
--               wecom.group_chat
--   caller      wecom.chat_marks, wecom.time_zone_set
create or replace function wecom.chat_count_keep(p_corp text, p_chats text[], p_changed boolean[], p_presence boolean[],
	p_zone text)
returns void
language plpgsql
as $$
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
		m.days, m.present_staff, m.present_external, not u.is_changed
	from unnest(p_chats, p_changed, p_presence) as u (chat_id, is_changed, is_presence)
	cross join lateral (
		-- the roster is read once
		select coalesce(sum(p.members), 0)::integer as members, coalesce(sum(p.staff), 0)::integer as staff,
			array_agg(p.day order by p.day) filter (where p.day is not null) as days,
			array_agg(p.present_staff order by p.day) filter (where p.day is not null) as present_staff,
			array_agg(p.present_external order by p.day) filter (where p.day is not null) as present_external
		from (
			select case when u.is_presence then (k.present_at at time zone p_zone)::date end as day,
				count(*) filter (where k.is_present) as members,
				count(*) filter (where k.is_present and k.type = 1) as staff,
				(count(*) filter (where k.type = 1))::integer as present_staff,
				(count(*) filter (where k.type is distinct from 1))::integer as present_external
			from wecom.group_chat_member as k
			where k.auth_corp_id = p_corp
				and k.chat_id = u.chat_id
			group by 1
		) as p
		offset 0
	) as m
	order by u.chat_id
	on conflict (auth_corp_id, chat_id) do update
	set members = excluded.members,
		staff = excluded.staff,
		last_change_at = excluded.last_change_at,
		present_days = coalesce(excluded.present_days, c.present_days),
		present_staff = coalesce(excluded.present_staff, c.present_staff),
		present_external = coalesce(excluded.present_external, c.present_external),
		is_counted = c.is_counted and excluded.is_counted
	-- written anew whenever a roster changed: wecom.rollup_person tells by it
	where not excluded.is_counted
		or (c.members, c.staff, c.last_change_at, c.present_days, c.present_staff, c.present_external, c.is_counted)
		is distinct from (excluded.members, excluded.staff, excluded.last_change_at,
			coalesce(excluded.present_days, c.present_days), coalesce(excluded.present_staff, c.present_staff),
			coalesce(excluded.present_external, c.present_external), c.is_counted and excluded.is_counted);
end
$$;

comment on function wecom.chat_count_keep(text, text[], boolean[], boolean[], text) is
	'Keep the figures of chats whose rosters were stored.';
