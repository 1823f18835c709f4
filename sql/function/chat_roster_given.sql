-- wecom.chat_roster_given(p_corp, p_datas): the rosters that pulls gave.
--   p_datas  as for wecom.chat_store
--   returns  n: place in p_datas from 1; the columns of a roster, each member once, the first of each id
--   caller   wecom.chat_store_members
create or replace function wecom.chat_roster_given(p_corp text, p_datas jsonb[])
returns table (n bigint, member_id text, type integer, name text, group_nickname text, join_scene integer, invitor text,
	join_at timestamptz)
language sql
stable
as $$
	select distinct on (u.n, m.userid)
		u.n, m.userid, m.type, m.name, m.group_nickname, m.join_scene, m.invitor,
		timestamptz 'epoch' + nullif(m.join_time, 0) * interval '1 second'
	from unnest(p_datas) with ordinality as u (data, n)
	cross join lateral (
		select u.data->'roster' as columns
		offset 0
	) as r
	cross join lateral unnest(
		(r.columns->>'userid')::text[], (r.columns->>'type')::integer[], (r.columns->>'name')::text[],
		(r.columns->>'group_nickname')::text[], (r.columns->>'join_time')::bigint[],
		(r.columns->>'join_scene')::integer[], (r.columns->>'invitor')::text[]
	) with ordinality as m (userid, type, name, group_nickname, join_time, join_scene, invitor, place)
	where r.columns <> 'null'
	order by u.n, m.userid, m.place
$$;

comment on function wecom.chat_roster_given(text, jsonb[]) is
	'The rosters that pulls gave of chats that are being stored.';
