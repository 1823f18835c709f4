-- wecom.chat_store_rows(p_corp, p_chats, p_datas, p_begun_at): the chats themselves, without what belongs to them.
--   p_chats …  as for wecom.chat_store, none of them stale
--   returns    nothing
--   tables     wecom.group_chat
--   caller     wecom.chat_store
create or replace function wecom.chat_store_rows(p_corp text, p_chats text[], p_datas jsonb[], p_begun_at timestamptz[])
returns void
language plpgsql
as $$
declare
	v_synced_at constant timestamptz := clock_timestamp();
begin
	insert into wecom.group_chat as g (auth_corp_id, chat_id, name, owner, notice, created_at, member_version,
		version_at, trail, seen_at, synced_at, enrich_at, dismissed_at, absence)
	select p_corp, u.chat_id,
		coalesce(u.data->'info'->>'name', o.name),
		coalesce(u.data->'info'->>'owner', o.owner),
		coalesce(u.data->'info'->>'notice', o.notice),
		coalesce(timestamptz 'epoch' + (u.data->'info'->>'create_us')::bigint * interval '1 microsecond', o.created_at,
			timestamptz 'epoch' + (u.data->>'created_us')::bigint * interval '1 microsecond'),
		case when u.data->'roster' <> 'null' then u.data->>'version'
			else coalesce(u.data->>'version', o.member_version) end,
		coalesce(timestamptz 'epoch' + nullif((u.data->>'version_us')::bigint, 0) * interval '1 microsecond',
			o.version_at),
		case when jsonb_typeof(u.data->'trail') = 'array'
			then array(select jsonb_array_elements_text(u.data->'trail'))
			else o.trail end,
		case when u.data->'info' <> 'null' then u.begun_at else o.seen_at end,
		v_synced_at,
		case when u.data->>'enrich_us' is not null
			then timestamptz 'epoch' + nullif((u.data->>'enrich_us')::bigint, 0) * interval '1 microsecond'
			else o.enrich_at end,
		least(o.dismissed_at,
			timestamptz 'epoch' + nullif((u.data->>'dismissed_us')::bigint, 0) * interval '1 microsecond'),
		case when u.data->'info' <> 'null' then null else coalesce(u.data->>'absence', o.absence) end
	from unnest(p_chats, p_datas, p_begun_at) as u (chat_id, data, begun_at)
	left join lateral (
		select r.*
		from wecom.group_chat as r
		where r.auth_corp_id = p_corp
			and r.chat_id = u.chat_id
		limit 1
	) as o on true
	on conflict (auth_corp_id, chat_id) do update
	set name = excluded.name,
		owner = excluded.owner,
		notice = excluded.notice,
		created_at = excluded.created_at,
		member_version = excluded.member_version,
		version_at = excluded.version_at,
		trail = excluded.trail,
		seen_at = excluded.seen_at,
		synced_at = excluded.synced_at,
		enrich_at = excluded.enrich_at,
		dismissed_at = excluded.dismissed_at,
		absence = excluded.absence;
end
$$;

comment on function wecom.chat_store_rows(text, text[], jsonb[], timestamptz[]) is
	'Store chats: name, owner, notice, version and the state of their reading.';
