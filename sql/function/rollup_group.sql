-- wecom.rollup_group(p_corp, p_day): keep what happened to group chats on a day.
--   returns  nothing
--   tables   wecom.group_day; reads chats, rosters and their ledger
--   caller   wecom.rollup_store
create or replace function wecom.rollup_group(p_corp text, p_day date)
returns void
language sql
as $$
	with fresh as materialized (
		select n.* from wecom.group_day_of(p_corp, array[p_day]) as n
	), gone as (
		delete from wecom.group_day as k
		where k.auth_corp_id = p_corp
			and k.day = p_day
			and not exists (select from fresh)
	)
	insert into wecom.group_day as k (auth_corp_id, day, groups_new, groups_dismissed, staff_change, external_change, joined,
		join_invite, join_qr, quit, quit_self, kicked, distinct_joined, left_all_groups)
	select p_corp, n.* from fresh as n
	on conflict (auth_corp_id, day) do update
	set groups_new = excluded.groups_new, groups_dismissed = excluded.groups_dismissed,
		staff_change = excluded.staff_change, external_change = excluded.external_change, joined = excluded.joined,
		join_invite = excluded.join_invite, join_qr = excluded.join_qr, quit = excluded.quit,
		quit_self = excluded.quit_self, kicked = excluded.kicked, distinct_joined = excluded.distinct_joined,
		left_all_groups = excluded.left_all_groups
	where k is distinct from excluded
$$;

comment on function wecom.rollup_group(text, date) is
	'Keep what happened to group chats on a day.';
