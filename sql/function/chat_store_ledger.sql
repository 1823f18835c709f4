-- wecom.chat_store_ledger(p_corp, p_chats, p_datas): what happened to the rosters of chats, and gaps that were found and closed.
--   p_datas  ledger: [{entry_id, at_us, member_id, action, scene, origin, event_id}], gap_found_us, gap_repaired_us
--   returns  for each chat how many joins and quits only a pull told of
--   tables   wecom.group_chat_ledger, wecom.gap
--   caller   wecom.chat_store
-- An entry that is there already stays as it is; of one batch with the same id twice the first counts.  Who was there at first
-- sight stands with the member (wecom.chat_store_members), not here.
create or replace function wecom.chat_store_ledger(p_corp text, p_chats text[], p_datas jsonb[])
returns bigint[]
language plpgsql
as $$
declare
	v_told bigint[];
begin
	with entry as materialized (
		select distinct on (l.entry_id)
			u.chat_id, l.entry_id, timestamptz 'epoch' + l.at_us * interval '1 microsecond' as at, l.member_id,
			l.action, l.scene, l.origin, l.event_id
		from unnest(p_chats, p_datas) with ordinality as u (chat_id, data, n)
		cross join lateral rows from (
			jsonb_to_recordset(coalesce(nullif(u.data->'ledger', 'null'), '[]')) as (entry_id uuid, at_us bigint,
				member_id text, action text, scene integer, origin text, event_id uuid)
		) with ordinality as l (entry_id, at_us, member_id, action, scene, origin, event_id, place)
		where l.action <> 'present'
		order by l.entry_id, u.n, l.place
	), stored as (
		insert into wecom.group_chat_ledger as g (auth_corp_id, entry_id, chat_id, at, member_id, action, scene, origin,
			event_id)
		select p_corp, e.entry_id, e.chat_id, e.at, e.member_id, e.action, e.scene, e.origin, e.event_id
		from entry as e
		on conflict (auth_corp_id, entry_id) do nothing
		returning g.chat_id, g.origin
	), told as (
		select s.chat_id, count(*) as entries
		from stored as s
		where s.origin = 'pull'
		group by s.chat_id
	)
	select array_agg(coalesce(t.entries, 0) order by u.n)
	into v_told
	from unnest(p_chats) with ordinality as u (chat_id, n)
	left join told as t on t.chat_id = u.chat_id;

	insert into wecom.gap as g (auth_corp_id, chat_id, found_at, repaired_at)
	select p_corp, u.chat_id, timestamptz 'epoch' + (u.data->>'gap_found_us')::bigint * interval '1 microsecond',
		timestamptz 'epoch' + nullif((u.data->>'gap_repaired_us')::bigint, 0) * interval '1 microsecond'
	from unnest(p_chats, p_datas) as u (chat_id, data)
	where (u.data->>'gap_found_us')::bigint > 0
	on conflict (auth_corp_id, chat_id, found_at) do update
	set repaired_at = excluded.repaired_at
	where g.repaired_at is null
		and excluded.repaired_at is not null;
	return v_told;
end
$$;

comment on function wecom.chat_store_ledger(text, text[], jsonb[]) is
	'Store what happened to the rosters of chats; how many changes only a pull told of.';
