-- wecom.chat_store_ledger(p_corp, p_chat, p_data): what happened to a chat's roster, and gaps that were found and closed.
--   p_data   ledger: [{entry_id, at_us, member_id, action, scene, origin, event_id}], gap_found_us, gap_repaired_us
--   returns  how many joins and quits only a pull told of
--   tables   wecom.group_chat_ledger, wecom.gap
--   caller   wecom.chat_store
-- An entry that is there already stays as it is; of one batch with the same id twice the first counts.
create or replace function wecom.chat_store_ledger(p_corp text, p_chat text, p_data jsonb)
returns bigint
language plpgsql
as $$
declare
	v_changes bigint;
begin
	with entry as (
		select distinct on (l.entry_id)
			l.entry_id, timestamptz 'epoch' + l.at_us * interval '1 microsecond' as at, l.member_id, l.action,
				l.scene, l.origin,
			l.event_id
		from rows from (
			jsonb_to_recordset(coalesce(p_data->'ledger', '[]')) as (entry_id uuid, at_us bigint,
				member_id text, action text, scene integer, origin text, event_id uuid)
		) with ordinality as l (entry_id, at_us, member_id, action, scene, origin, event_id, n)
		order by l.entry_id, l.n
	), stored as (
		insert into wecom.group_chat_ledger as g (auth_corp_id, entry_id, chat_id, at, member_id, action, scene, origin,
			event_id)
		select p_corp, e.entry_id, p_chat, e.at, e.member_id, e.action, e.scene, e.origin, e.event_id
		from entry as e
		on conflict (auth_corp_id, entry_id) do nothing
		returning g.origin, g.action
	)
	select count(*)
	into v_changes
	from stored as s
	where s.origin = 'pull'
		and s.action <> 'present';

	insert into wecom.gap as g (auth_corp_id, chat_id, found_at, repaired_at)
	select p_corp, p_chat, timestamptz 'epoch' + (p_data->>'gap_found_us')::bigint * interval '1 microsecond',
		timestamptz 'epoch' + nullif((p_data->>'gap_repaired_us')::bigint, 0) * interval '1 microsecond'
	where (p_data->>'gap_found_us')::bigint > 0
	on conflict (auth_corp_id, chat_id, found_at) do update
	set repaired_at = excluded.repaired_at
	where g.repaired_at is null
		and excluded.repaired_at is not null;
	return v_changes;
end
$$;

comment on function wecom.chat_store_ledger(text, text, jsonb) is
	'Store what happened to a chat''s roster; how many changes only a pull told of.';
