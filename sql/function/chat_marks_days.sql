-- wecom.chat_marks_days(p_corp, p_chats, p_datas, p_new_staff, p_zone, p_today): on which days joins, quits and members of
-- chats changed.
--   p_new_staff  for each chat the members who turned out to be staff
--   returns      the days
--   tables       reads wecom.group_chat_ledger, wecom.group_chat_member
--   caller       wecom.chat_marks
-- Of an entry that is dated before today also the days of later quits of the same people, for whether these left all
-- chats hangs on it.
create or replace function wecom.chat_marks_days(p_corp text, p_chats text[], p_datas jsonb[], p_new_staff jsonb[], p_zone text,
	p_today date)
returns date[]
language plpgsql
stable
as $$
begin
	return array(
		with entry as materialized (
			select l.member_id, timestamptz 'epoch' + l.at_us * interval '1 microsecond' as at
			from unnest(p_datas) as u (data)
			cross join lateral jsonb_to_recordset(coalesce(nullif(u.data->'ledger', 'null'), '[]'))
				as l (at_us bigint, member_id text, action text)
		), moment as (
			select e.at
			from entry as e
			union all
			select q.at
			from entry as e
			cross join lateral (
				select x.at
				from wecom.group_chat_ledger as x
				where x.auth_corp_id = p_corp
					and x.member_id = e.member_id
					and x.at >= e.at
					and x.action = 'quit'
				offset 0
			) as q
			where e.at < p_today::timestamp at time zone p_zone
			union all
			select t.at
			from unnest(p_chats, p_new_staff) as u (chat_id, staff)
			cross join lateral jsonb_array_elements_text(u.staff) as s (id)
			cross join lateral (
				select x.at
				from wecom.group_chat_ledger as x
				where x.auth_corp_id = p_corp
					and x.member_id = s.id
					and x.chat_id = u.chat_id
				union all
				select m.present_at
				from wecom.group_chat_member as m
				where m.auth_corp_id = p_corp
					and m.chat_id = u.chat_id
					and m.member_id = s.id
				offset 0
			) as t
		)
		select distinct (m.at at time zone p_zone)::date
		from moment as m
		where m.at is not null
	);
end
$$;

comment on function wecom.chat_marks_days(text, text[], jsonb[], jsonb[], text, date) is
	'On which days joins, quits and members of chats changed.';
