-- wecom.rollup_check_group(p_corp): wecom.rollup_check of chats and their people.
--   returns  as wecom.rollup_check
--   tables   reads what is kept of these, and the data
--   caller   wecom.rollup_check
create or replace function wecom.rollup_check_group(p_corp text)
returns table (kept_in text, kept jsonb, fresh jsonb)
language plpgsql
stable
as $$
declare
	-- once: written where it is used, it would be asked for each row
	v_days constant date[] := wecom.rollup_days(p_corp, 'group');
begin
	return query
	select 'group_person', to_jsonb(k), to_jsonb(n)
	from (
		select p.member_id, p.chat_ids from wecom.group_person as p where p.auth_corp_id = p_corp
	) as k
	full join wecom.group_person_of(p_corp, null) as n on n.member_id = k.member_id
	where k.chat_ids is distinct from n.chat_ids
		and not exists (
			select
			from wecom.group_chat_member as m
			join wecom.chat_count as c on c.auth_corp_id = p_corp
				and c.chat_id = m.chat_id
			where m.auth_corp_id = p_corp
				and m.member_id = coalesce(k.member_id, n.member_id)
				and not c.is_counted
		);

	return query
	select 'chat_count', to_jsonb(c), to_jsonb(n)
	from (
		select m.chat_id, count(*) filter (where m.is_present) as members,
			count(*) filter (where m.is_present and m.type = 1) as staff
		from wecom.group_chat_member as m
		where m.auth_corp_id = p_corp
		group by m.chat_id
	) as n
	left join wecom.chat_count as c on c.auth_corp_id = p_corp
		and c.chat_id = n.chat_id
	where (c.members, c.staff) is distinct from (n.members::integer, n.staff::integer);

	-- who is in chats must be what came in less what went
	return query
	select 'group_day', to_jsonb(k), to_jsonb(n)
	from (
		select sum(d.staff_change) as staff, sum(d.external_change) as external
		from wecom.group_day_of(p_corp, v_days) as d
	) as k
	cross join (
		select count(*) filter (where m.type = 1) as staff, count(*) filter (where m.type is distinct from 1) as external
		from wecom.group_chat_member as m
		join wecom.group_chat as g on g.auth_corp_id = p_corp
			and g.chat_id = m.chat_id
		where m.auth_corp_id = p_corp
			and m.is_present
			and g.dismissed_at is null
	) as n
	where (coalesce(k.staff, 0), coalesce(k.external, 0)) <> (n.staff, n.external);
end
$$;

comment on function wecom.rollup_check_group(text) is
	'wecom.rollup_check of chats and their people.';
