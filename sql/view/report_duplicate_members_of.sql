-- report.duplicate_members_of(p_corp): report.duplicate_members of one corp.
-- People of chats that are not counted yet are counted here.
create or replace function report.duplicate_members_of(p_corp text)
returns table (external_userid text, groups integer, chat_ids text[])
language sql
stable
security definer
set search_path = pg_catalog, pg_temp
set jit = off
as $$
	with open as materialized (
		select array_agg(c.chat_id) as chats
		from wecom.chat_count as c
		where c.auth_corp_id = p_corp
			and not c.is_counted
	), person as materialized (
		select distinct m.member_id
		from open as o
		cross join lateral unnest(o.chats) as u (chat_id)
		cross join lateral (
			select x.member_id
			from wecom.group_chat_member as x
			where x.auth_corp_id = p_corp
				and x.chat_id = u.chat_id
			offset 0
		) as m
	)
	select k.member_id, cardinality(k.chat_ids), k.chat_ids
	from wecom.group_person as k
	where k.auth_corp_id = p_corp
		and not exists (select from person as p where p.member_id = k.member_id)
	union all
	select n.member_id, cardinality(n.chat_ids), n.chat_ids
	from open as o
	cross join lateral wecom.group_person_of(p_corp, o.chats) as n
	where o.chats is not null
$$;

comment on function report.duplicate_members_of(text) is
	'report.duplicate_members of one corp.';
