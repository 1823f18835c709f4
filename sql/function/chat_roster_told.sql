-- wecom.chat_roster_told(p_corp, p_datas): what the ledgers of chats say of each member: the last that happened, and since when
-- those were there who were at first sight.
--   p_datas  as for wecom.chat_store
--   returns  n: place in p_datas from 1; member_id, action, at: the last entry; present_at: of the first entry present
--   caller   wecom.chat_store_members, wecom.chat_store_moves
create or replace function wecom.chat_roster_told(p_corp text, p_datas jsonb[])
returns table (n bigint, member_id text, action text, at timestamptz, present_at timestamptz)
language sql
stable
as $$
	select u.n, l.member_id, (array_agg(l.action order by l.place desc))[1],
		timestamptz 'epoch' + (array_agg(l.at_us order by l.place desc))[1] * interval '1 microsecond',
		timestamptz 'epoch' + min(l.at_us) filter (where l.action = 'present') * interval '1 microsecond'
	from unnest(p_datas) with ordinality as u (data, n)
	cross join lateral rows from (
		jsonb_to_recordset(coalesce(nullif(u.data->'ledger', 'null'), '[]')) as (member_id text, action text,
			at_us bigint)
	) with ordinality as l (member_id, action, at_us, place)
	group by u.n, l.member_id
$$;

comment on function wecom.chat_roster_told(text, jsonb[]) is
	'What the ledgers of chats that are being stored say of each member.';
