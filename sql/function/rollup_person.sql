-- wecom.rollup_person(p_corp, p_limit): keep who is in more than one chat, for chats whose people are not counted.
--   p_limit  at most so many chats
--   returns  true when there were that many: more may be left
--   tables   wecom.chat_count, wecom.group_person; reads wecom.group_chat_member, wecom.group_chat
--   caller   wecom.rollup_store
-- A chat is counted when its row is, at the end, still the one that was there before the rosters were read, in a later
-- statement: whoever changes a roster writes the row anew (wecom.chat_count_keep).  A store waits for the rest of the
-- transaction, not for the count; a chat that is being stored is left for the next time.  Two counts of a corp at once would
-- undo each other's work.
create or replace function wecom.rollup_person(p_corp text, p_limit integer)
returns boolean
language plpgsql
set enable_seqscan = off
as $$
declare
	v_chats text[];
	v_rows text[];
begin
	if not pg_try_advisory_xact_lock(hashtextextended('rollup_person:' || p_corp, 0)) then
		return true;
	end if;
	select array_agg(l.chat_id), array_agg(l.chat_id || ' ' || l.written_by)
	into v_chats, v_rows
	from (
		select c.chat_id, c.xmin::text as written_by
		from wecom.chat_count as c
		where c.auth_corp_id = p_corp
			and not c.is_counted
		order by c.chat_id
		limit p_limit
	) as l;
	if v_chats is null then
		return false;
	end if;
	with fresh as materialized (
		select n.member_id, n.chat_ids
		from wecom.group_person_of(p_corp, v_chats) as n
	), people as materialized (
		select distinct m.member_id
		from wecom.group_chat_member as m
		where m.auth_corp_id = p_corp
			and m.chat_id = any (v_chats)
	), gone as (
		-- by their places, each found by its key: see wecom.group_person_of
		delete from wecom.group_person as k
		where k.auth_corp_id = p_corp
			and k.ctid = any (array(
				select h.place
				from people as p
				cross join lateral (
					select g.ctid as place
					from wecom.group_person as g
					where g.auth_corp_id = p_corp
						and g.member_id = p.member_id
					limit 1
				) as h
				where p.member_id not in (select n.member_id from fresh as n)
			))
	)
	insert into wecom.group_person as k (auth_corp_id, member_id, chat_ids)
	select p_corp, n.member_id, n.chat_ids
	from fresh as n
	on conflict (auth_corp_id, member_id) do update
	set chat_ids = excluded.chat_ids
	where k.chat_ids <> excluded.chat_ids;
	update wecom.chat_count as c
	set is_counted = true
	where c.auth_corp_id = p_corp
		and c.chat_id = any (array(
			select l.chat_id
			from wecom.chat_count as l
			where l.auth_corp_id = p_corp
				and l.chat_id = any (v_chats)
				and l.chat_id || ' ' || l.xmin::text = any (v_rows)
			order by l.chat_id
			for update skip locked
		));
	return cardinality(v_chats) >= p_limit;
end
$$;

comment on function wecom.rollup_person(text, integer) is
	'Keep who is in more than one chat, for chats whose people are not counted; true when more may be left.';
