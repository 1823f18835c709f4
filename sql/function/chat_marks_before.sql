-- wecom.chat_marks_before(p_corp, p_chats, p_datas): what figures hang on of chats that are about to be stored.
--   p_datas  as for wecom.chat_store
--   returns  for each chat created_at, dismissed_at, is_known: it is shown, owners, texts: name, owner and notice, and
--            new_staff: members of whom the data tells that they are staff, which was not known, as a JSON array; null for
--            none
--   tables   reads wecom.group_chat, wecom.group_chat_member
--   caller   wecom.chat_store
create or replace function wecom.chat_marks_before(p_corp text, p_chats text[], p_datas jsonb[], out created_at timestamptz[],
	out dismissed_at timestamptz[], out is_known boolean[], out owners text[], out texts text[], out new_staff jsonb[])
language plpgsql
stable
as $$
begin
	select array_agg(g.created_at order by u.n), array_agg(g.dismissed_at order by u.n),
		array_agg(coalesce(g.seen_at is not null or g.member_version is not null or g.dismissed_at is not null, false)
			order by u.n),
		array_agg(g.owner order by u.n),
		array_agg(concat_ws(e'\n', g.name, g.owner, g.notice) order by u.n),
		array_agg(s.new_staff order by u.n)
	into created_at, dismissed_at, is_known, owners, texts, new_staff
	from unnest(p_chats, p_datas) with ordinality as u (chat_id, data, n)
	left join lateral (
		select o.created_at, o.dismissed_at, o.seen_at, o.member_version, o.name, o.owner, o.notice
		from wecom.group_chat as o
		where o.auth_corp_id = p_corp
			and o.chat_id = u.chat_id
		limit 1
	) as g on true
	left join lateral (
		select jsonb_agg(m.member_id) as new_staff
		from (
			select r.id
			from unnest((u.data->'roster'->>'userid')::text[], (u.data->'roster'->>'type')::integer[]) as r (id, type)
			where r.type = 1
			offset 0
		) as r
		cross join lateral (
			select x.member_id
			from wecom.group_chat_member as x
			where x.auth_corp_id = p_corp
				and x.chat_id = u.chat_id
				and x.member_id = r.id
				and x.type is distinct from 1
			limit 1
		) as m
		where u.data->'roster' <> 'null'
			and coalesce(u.data->'first_us', 'null') = 'null'
	) as s on true;
end
$$;

comment on function wecom.chat_marks_before(text, text[], jsonb[]) is
	'What figures hang on of chats that are about to be stored.';
