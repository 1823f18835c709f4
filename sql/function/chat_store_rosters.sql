-- wecom.chat_store_rosters(p_corp, p_chats, p_datas, p_begun_at, p_now_us): the rosters that pulls gave of chats.
--   p_datas …  as for wecom.chat_store_members
--   returns    nothing
--   tables     wecom.group_chat_member
--   caller     wecom.chat_store
-- Most are read for the first time, or are as they are stored: both are seen by one look at each chat, and neither needs
-- what wecom.chat_store_members does for those that differ.
create or replace function wecom.chat_store_rosters(p_corp text, p_chats text[], p_datas jsonb[], p_begun_at timestamptz[],
	p_now_us bigint)
returns void
language plpgsql
set enable_nestloop = off
as $$
declare
	v_new integer[];
	v_other integer[];
begin
	select array_agg(u.n) filter (where d.is_new), array_agg(u.n) filter (where not d.is_new and not d.is_same)
	into v_new, v_other
	from unnest(p_chats, p_datas) with ordinality as u (chat_id, data, n)
	cross join lateral (
		select nullif(u.data->'roster', 'null') as roster,
			coalesce(nullif(u.data->'ledger', 'null'), '[]') = '[]' as is_quiet,
			coalesce(u.data->'first_us', 'null') <> 'null' as is_first
		offset 0
	) as r
	cross join lateral (
		select r.is_first and r.is_quiet and coalesce(bool_and(o.member_id is null), true) as is_new,
			r.roster is not null and r.is_quiet and not r.is_first and coalesce(bool_and(case
				when m.userid is null then not o.is_present
				else coalesce(o.is_present, false) and o.left_at is null
					and (coalesce(m.type, o.type), coalesce(m.name, o.name),
						coalesce(m.group_nickname, o.group_nickname),
						coalesce(m.join_scene, o.join_scene), coalesce(m.invitor, o.invitor),
						coalesce(timestamptz 'epoch'
							+ nullif(m.join_time, 0) * interval '1 second', o.join_at))
						is not distinct from (o.type, o.name, o.group_nickname, o.join_scene, o.invitor,
							o.join_at)
				end), true) as is_same
		from unnest(
			(r.roster->>'userid')::text[], (r.roster->>'type')::integer[], (r.roster->>'name')::text[],
			(r.roster->>'group_nickname')::text[], (r.roster->>'join_time')::bigint[],
			(r.roster->>'join_scene')::integer[], (r.roster->>'invitor')::text[]
		) as m (userid, type, name, group_nickname, join_time, join_scene, invitor)
		full join (
			select h.*
			from wecom.group_chat_member as h
			where h.auth_corp_id = p_corp
				and h.chat_id = u.chat_id
				and r.roster is not null
				and r.is_quiet
			offset 0
		) as o on o.member_id = m.userid
	) as d;

	if v_new is not null then
		perform wecom.chat_store_first(p_corp, array(select p_chats[w.n] from unnest(v_new) as w (n)),
			array(select p_datas[w.n] from unnest(v_new) as w (n)));
	end if;
	if v_other is not null then
		perform wecom.chat_store_members(p_corp, array(select p_chats[w.n] from unnest(v_other) as w (n)),
			array(select p_datas[w.n] from unnest(v_other) as w (n)),
			array(select p_begun_at[w.n] from unnest(v_other) as w (n)), p_now_us);
	end if;
end
$$;

comment on function wecom.chat_store_rosters(text, text[], jsonb[], timestamptz[], bigint) is
	'Store the rosters that pulls gave of chats: those that are new, and of the others what differs.';
