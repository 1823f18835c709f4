-- wecom.chat_marks(p_corp, p_chats, p_datas, p_before, p_now_us): keep the figures of chats that were stored.
--   p_datas   as for wecom.chat_store
--   p_before  as wecom.chat_marks_before gave it
--   returns   the jobs that their days call for, as wecom.rollup_raise; null for none
--   tables    wecom.chat_count; reads wecom.group_chat, wecom.group_chat_ledger, wecom.group_chat_member
--   caller    wecom.chat_store
create or replace function wecom.chat_marks(p_corp text, p_chats text[], p_datas jsonb[], p_before record, p_now_us bigint)
returns jsonb
language plpgsql
as $$
declare
	v_zone text;
	v_today date;
	v_now record;
	v_days date[];
begin
	select array_agg(g.created_at order by u.n) as created_at, array_agg(g.dismissed_at order by u.n) as dismissed_at,
		array_agg(k.is_known order by u.n) as is_known,
		array_agg(u.chat_id order by u.n) filter (where w.is_counted) as chats,
		array_agg(m.is_moved order by u.n) filter (where w.is_counted) as moved,
		array_agg(m.is_first order by u.n) filter (where w.is_counted) as presence,
		array_agg(u.chat_id) filter (where m.is_first) as first_chats,
		bool_or(m.is_moved or k.is_known <> u.was_known or g.created_at is distinct from u.was_created_at) as has_days
	into v_now
	from unnest(p_chats, p_datas, p_before.created_at, p_before.dismissed_at, p_before.is_known, p_before.new_staff)
		with ordinality as u (chat_id, data, was_created_at, was_dismissed_at, was_known, new_staff, n)
	cross join lateral (
		select o.created_at, o.dismissed_at, o.seen_at, o.member_version
		from wecom.group_chat as o
		where o.auth_corp_id = p_corp
			and o.chat_id = u.chat_id
		limit 1
	) as g
	cross join lateral (
		select g.seen_at is not null or g.member_version is not null or g.dismissed_at is not null as is_known
	) as k
	cross join lateral (
		select coalesce(u.data->'first_us' <> 'null', false) or u.new_staff is not null
				or coalesce(u.data->'ledger' @> '[{"action": "present"}]', false) as is_first,
			coalesce(u.data->'first_us' <> 'null', false) or u.new_staff is not null
				or coalesce(nullif(u.data->'ledger', 'null') <> '[]', false)
				or g.dismissed_at is distinct from u.was_dismissed_at as is_moved
	) as m
	cross join lateral (
		select m.is_moved or coalesce(u.data->'info' <> 'null', false) or not u.was_known as is_counted
	) as w;
	if v_now.chats is not null then
		perform wecom.chat_count_keep(p_corp, v_now.chats, v_now.moved, v_now.presence);
	end if;
	if not coalesce(v_now.has_days, false) then
		return null;
	end if;

	v_zone := wecom.corp_zone(p_corp);
	v_today := ((timestamptz 'epoch' + p_now_us * interval '1 microsecond') at time zone v_zone)::date;
	v_days := wecom.chat_marks_days(p_corp, p_chats, p_datas, p_before.new_staff, v_zone, v_today)
		|| wecom.chat_marks_ends(p_before, v_now.created_at, v_now.dismissed_at, v_now.is_known, v_zone, v_today);
	if v_now.first_chats is not null then
		v_days := v_days || array(
			select unnest(c.present_days)
			from wecom.chat_count as c
			where c.auth_corp_id = p_corp
				and c.chat_id = any (v_now.first_chats)
		);
	end if;
	return wecom.rollup_raise('group', v_days, p_now_us);
end
$$;

comment on function wecom.chat_marks(text, text[], jsonb[], record, bigint) is
	'Keep the figures of chats that were stored; the jobs that their days call for.';
