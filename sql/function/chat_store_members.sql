-- wecom.chat_store_members(p_corp, p_chats, p_datas, p_begun_at, p_now_us): who is in chats.
--   p_datas     roster: all who are present, column by column as text of arrays, which reads several times as fast as objects
--               do: {userid, type, name, group_nickname, join_time (s), join_scene, invitor}, null where only an event told;
--               missing: the ledger says who came and went.  ledger: in order, as wecom.chat_store_ledger takes it, and
--               for who was there at first sight and did not just stay an entry present.  first_us: this is the first
--               roster known; when it was read
--   p_begun_at  when those left whom no entry of the ledger tells of; null: now
--   returns     nothing
--   tables      wecom.group_chat_member
--   caller      wecom.chat_store_rosters
-- Without a list the last entry of the ledger says whether somebody is present: the same one may come and go many times.
-- What is known of a member who stayed is not overwritten by null.  Who came again (the ledger says so, was away, or has
-- another join time) keeps type and name, which are the person's, and nothing of how they came before.
-- Rows that do not differ are not written.  In the order of the key, which spares the index.  Those of whom no row was found
-- are inserted plainly, a third cheaper than by a statement that could meet one: the lease lets nobody else write here.
-- What joins here has no index: a loop over two lists of thousands would take seconds.
create or replace function wecom.chat_store_members(p_corp text, p_chats text[], p_datas jsonb[], p_begun_at timestamptz[],
	p_now_us bigint)
returns void
language plpgsql
set enable_nestloop = off
as $$
begin
	with chat as materialized (
		select u.n, u.chat_id, u.data, nullif(u.data->'roster', 'null') as roster,
			timestamptz 'epoch' + (u.data->>'first_us')::bigint * interval '1 microsecond' as first_at,
			coalesce(u.begun_at, timestamptz 'epoch' + p_now_us * interval '1 microsecond') as begun_at
		from unnest(p_chats, p_datas, p_begun_at) with ordinality as u (chat_id, data, begun_at, n)
	), told as materialized (
		select t.* from wecom.chat_roster_told(p_corp, p_datas) as t
	), given as materialized (
		select g.* from wecom.chat_roster_given(p_corp, p_datas) as g
	), current as materialized (
		select o.* from wecom.chat_roster_current(p_corp, p_chats, p_datas) as o
	), wanted as (
		select g.n, g.member_id, true as is_present, g.type, g.name, g.group_nickname, g.join_scene, g.invitor, g.join_at
		from given as g
		union all
		-- came or went by event
		select t.n, t.member_id, t.action <> 'quit', null, null, null, null, null, null
		from told as t
		join chat as c on c.n = t.n
		where c.roster is null
		union all
		-- are gone, and those who were there at first sight and went at once
		select r.n, r.member_id, false, null, null, null, null, null, null
		from (
			select o.n, o.member_id from current as o where o.is_present
			union
			select t.n, t.member_id from told as t where t.present_at is not null
		) as r
		join chat as c on c.n = r.n
		left join given as g on g.n = r.n and g.member_id = r.member_id
		where c.roster is not null
			and g.member_id is null
	), merged as materialized (
		select o.member_id is null as is_new, c.chat_id, w.member_id, w.is_present, coalesce(w.type, o.type) as type,
			coalesce(w.name, o.name) as name,
			case when s.stayed then coalesce(w.group_nickname, o.group_nickname) else w.group_nickname
				end as group_nickname,
			case when s.stayed then coalesce(w.join_at, o.join_at) else w.join_at end as join_at,
			case when s.stayed then coalesce(w.join_scene, o.join_scene) else w.join_scene end as join_scene,
			case when s.stayed then coalesce(w.invitor, o.invitor) else w.invitor end as invitor,
			case when not w.is_present
				then coalesce(t.at, case when not o.is_present then o.left_at end, c.begun_at) end as left_at,
			coalesce(o.present_at, t.present_at, case when c.first_at is not null and t.member_id is null
				then least(w.join_at, c.first_at) end) as present_at,
			row(o.type, o.name, o.group_nickname, o.join_at, o.join_scene, o.invitor, o.is_present, o.left_at,
				o.present_at) as old
		from wanted as w
		join chat as c on c.n = w.n
		left join current as o on o.n = w.n
			and o.member_id = w.member_id
		left join told as t on t.n = w.n and t.member_id = w.member_id
		cross join lateral (
			select not w.is_present or (o.is_present and (w.join_at is not null or t.action is distinct from 'join')
				and coalesce(w.join_at = o.join_at, true)) as stayed
		) as s
	), fresh as (
		insert into wecom.group_chat_member (auth_corp_id, chat_id, member_id, type, name, group_nickname, join_at,
			join_scene, invitor, is_present, left_at, present_at)
		select p_corp, g.chat_id, g.member_id, g.type, g.name, g.group_nickname, g.join_at, g.join_scene, g.invitor,
			g.is_present, g.left_at, g.present_at
		from merged as g
		where g.is_new
		order by g.chat_id, g.member_id
	)
	insert into wecom.group_chat_member as m (auth_corp_id, chat_id, member_id, type, name, group_nickname, join_at,
		join_scene, invitor, is_present, left_at, present_at)
	select p_corp, g.chat_id, g.member_id, g.type, g.name, g.group_nickname, g.join_at, g.join_scene, g.invitor, g.is_present,
		g.left_at, g.present_at
	from merged as g
	where not g.is_new
		and row(g.type, g.name, g.group_nickname, g.join_at, g.join_scene, g.invitor, g.is_present, g.left_at,
			g.present_at) is distinct from g.old
	order by g.chat_id, g.member_id
	on conflict (auth_corp_id, chat_id, member_id) do update
	set type = excluded.type, name = excluded.name, group_nickname = excluded.group_nickname, join_at = excluded.join_at,
		join_scene = excluded.join_scene, invitor = excluded.invitor, is_present = excluded.is_present,
			left_at = excluded.left_at, present_at = excluded.present_at;
end
$$;

comment on function wecom.chat_store_members(text, text[], jsonb[], timestamptz[], bigint) is
	'Store who is in chats, by difference.';
