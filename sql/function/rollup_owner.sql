-- wecom.rollup_owner(p_corp, p_day): keep by owner how many joined and quit group chats on a day.
--   returns  nothing
--   tables   wecom.owner_day; reads chats and the ledger of their rosters
--   caller   wecom.rollup_store
create or replace function wecom.rollup_owner(p_corp text, p_day date)
returns void
language sql
as $$
	with fresh as materialized (
		select n.* from wecom.owner_day_of(p_corp, array[p_day]) as n
	), gone as (
		delete from wecom.owner_day as k
		where k.auth_corp_id = p_corp
			and k.day = p_day
			and k.owner not in (select n.owner from fresh as n)
	)
	insert into wecom.owner_day as k (auth_corp_id, day, owner, joined, quit)
	select p_corp, n.* from fresh as n
	on conflict (auth_corp_id, day, owner) do update
	set joined = excluded.joined, quit = excluded.quit
	where k is distinct from excluded
$$;

comment on function wecom.rollup_owner(text, date) is
	'Keep by owner how many joined and quit group chats on a day.';
