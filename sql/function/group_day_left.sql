-- wecom.group_day_left(p_corp, p_from_at, p_to_at): who left all chats on a day.
--   returns  how many people quit on the day and were in no chat at its end; a dissolved chat has nobody
--   tables   reads wecom.group_chat_ledger, wecom.group_chat_member, wecom.group_chat
--   caller   wecom.group_day_moved
-- Rosters tell who is there, and each one's first later entry who was: of one second, or beside what only a pull told, the
-- order of entries says less.  While nothing is known of a later time, the end of the day is now.
create or replace function wecom.group_day_left(p_corp text, p_from_at timestamptz, p_to_at timestamptz)
returns integer
language sql
stable
set enable_seqscan = off
set max_parallel_workers_per_gather = 0	-- to begin one takes longer than what it could do
as $$
	with today as materialized (
		select p_to_at > now() and p_to_at > coalesce(greatest(
			(select max(l.at) from wecom.group_chat_ledger as l where l.auth_corp_id = p_corp),
			(select max(g.dismissed_at) from wecom.group_chat as g where g.auth_corp_id = p_corp)
		), '-infinity') as is_now
	)
	select count(*)::integer
	from (
		select distinct l.member_id
		from wecom.group_chat_ledger as l
		where l.auth_corp_id = p_corp
			and l.at >= p_from_at
			and l.at < p_to_at
			and l.action = 'quit'
	) as q
	where not case when (select t.is_now from today as t) then exists (
		select
		from wecom.group_chat_member as m
		where m.auth_corp_id = p_corp
			and m.member_id = q.member_id
			and m.is_present
			and (
				-- chats one by one, here and below, however few the planner takes a corp's chats for
				select g.dismissed_at is null
				from wecom.group_chat as g
				where g.auth_corp_id = p_corp
					and g.chat_id = m.chat_id
				limit 1
			)
	) else exists (
		select
		from (
			select l.chat_id
			from wecom.group_chat_ledger as l
			where l.auth_corp_id = p_corp
				and l.member_id = q.member_id
			union all
			select m.chat_id
			from wecom.group_chat_member as m
			where m.auth_corp_id = p_corp
				and m.member_id = q.member_id
				and m.is_present
			offset 0
		) as c
		cross join lateral (
			select
			from wecom.group_chat as g
			where g.auth_corp_id = p_corp
				and g.chat_id = c.chat_id
				and coalesce(g.dismissed_at >= p_to_at, true)
			limit 1
		) as g
		left join lateral (
			select m.is_present, m.present_at
			from wecom.group_chat_member as m
			where m.auth_corp_id = p_corp
				and m.chat_id = c.chat_id
				and m.member_id = q.member_id
			limit 1
		) as r on true
		where coalesce((
			select l.action = 'quit'
			from wecom.group_chat_ledger as l
			where l.auth_corp_id = p_corp
				and l.member_id = q.member_id
				and l.chat_id = c.chat_id
				and l.at >= p_to_at
			order by l.at, l.entry_id
			limit 1
		), r.is_present)
			and (r.present_at < p_to_at or exists (
				select
				from wecom.group_chat_ledger as l
				where l.auth_corp_id = p_corp
					and l.member_id = q.member_id
					and l.chat_id = c.chat_id
					and l.at < p_to_at
			))
	) end
$$;

comment on function wecom.group_day_left(text, timestamptz, timestamptz) is
	'How many people quit on a day and were in no chat at its end.';
