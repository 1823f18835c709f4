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
	v_zone constant text := wecom.corp_zone(p_corp);
	v_today constant date := ((timestamptz 'epoch' + p_now_us * interval '1 microsecond') at time zone v_zone)::date;
	v_now record;
	v_days date[];
begin
	select array_agg(u.chat_id order by u.n) filter (where w.is_counted) as chats,
		array_agg(m.is_moved order by u.n) filter (where w.is_counted) as moved,
		array_agg(m.is_first order by u.n) filter (where w.is_counted) as presence,
		array_agg(u.chat_id) filter (where m.is_first) as first_chats,
		array_agg(u.chat_id) filter (where u.was_known and g.owner is distinct from u.was_owner) as passed_chats,
		bool_or(m.is_moved) as is_moved,
		array_agg(case when w.is_begun then coalesce((g.created_at at time zone v_zone)::date, '-infinity') end)
			|| array_agg(case when w.is_begun and u.was_known
				then coalesce((u.was_created_at at time zone v_zone)::date, '-infinity') end) as begun_on,
		min(least(g.dismissed_at, u.was_dismissed_at)) filter (where g.dismissed_at is distinct from u.was_dismissed_at)
			as dismissed_at
	into v_now
	from unnest(p_chats, p_datas, p_before.created_at, p_before.dismissed_at, p_before.is_known,
		p_before.owners, p_before.texts, p_before.new_staff)
		with ordinality as u (chat_id, data, was_created_at, was_dismissed_at, was_known, was_owner, texts, new_staff, n)
	cross join lateral (
		select o.created_at, o.dismissed_at, o.seen_at, o.member_version, o.name, o.owner, o.notice
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
		select m.is_moved or not u.was_known or concat_ws(e'\n', g.name, g.owner, g.notice) <> u.texts as is_counted,
			k.is_known and (g.created_at, true) is distinct from (u.was_created_at, u.was_known) as is_begun
	) as w;
	if v_now.chats is not null then
		perform wecom.chat_count_keep(p_corp, v_now.chats, v_now.moved, v_now.presence, v_zone);
	end if;
	v_days := v_now.begun_on;
	if v_now.is_moved then
		v_days := v_days || wecom.chat_marks_days(p_corp, p_chats, p_datas, p_before.new_staff, v_zone, v_today);
	end if;
	if v_now.first_chats is not null then
		v_days := v_days || array(
			select unnest(c.present_days)
			from wecom.chat_count as c
			where c.auth_corp_id = p_corp
				and c.chat_id = any (v_now.first_chats)
		) || wecom.chat_first_days(p_corp, v_now.first_chats, v_zone);
	end if;
	if v_now.dismissed_at is not null then
		-- who had left all chats by then hangs on it
		v_days := v_days || array(
			select (v_now.dismissed_at at time zone v_zone)::date + s.n
			from generate_series(0, greatest(0,
				least(v_today - (v_now.dismissed_at at time zone v_zone)::date, 32))) as s (n)
		);
	end if;
	if v_now.passed_chats is null then
		return wecom.rollup_raise('group', v_days, p_now_us);
	end if;
	-- what happened in a chat counts for who owns it now
	return nullif(coalesce(wecom.rollup_raise('group', v_days, p_now_us), '[]') || coalesce(wecom.rollup_raise('owner',
		wecom.chat_ledger_days(p_corp, v_now.passed_chats, v_zone), p_now_us), '[]'), '[]');
end
$$;

comment on function wecom.chat_marks(text, text[], jsonb[], record, bigint) is
	'Keep the figures of chats that were stored; the jobs that their days call for.';
