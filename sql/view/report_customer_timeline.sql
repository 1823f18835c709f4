-- report.customer_timeline(p_corp, p_external_userid): what happened with a customer, oldest first.
create or replace function report.customer_timeline(p_corp text, p_external_userid text)
returns table (at timestamptz, type text, userid text, detail text)
language sql
stable
security definer
set search_path = pg_catalog, pg_temp
set jit = off
as $$
	with relation as materialized (
		select f.*
		from wecom.follow as f
		where f.auth_corp_id = p_corp
			and f.external_userid = p_external_userid
	)
	select t.at, t.type, t.userid, t.detail
	from (
		select r.half_at as at, 'half' as type, r.userid, nullif(r.state, '') as detail, 1 as place
		from relation as r
		union all
		select r.added_at, case when exists (
				select
				from relation as b
				where b.userid = r.userid
					and b.period < r.period
					and (b.added_at is not null or b.half_at is null)
			) then 'readded' else 'added' end, r.userid, nullif(r.state, ''), 2
		from relation as r
		union all
		select r.lost_at, r.status, r.userid, case when r.lost_by_absence then 'listing' end, 6
		from relation as r
		union all
		select r.gone_at, 'gone', r.userid, null, 7
		from relation as r
		union all
		select t.added_at, 'tag_added', t.userid, coalesce(g.name, t.tag_id), 3
		from wecom.follow_tag as t
		left join wecom.tag as g on g.auth_corp_id = p_corp
			and g.tag_id = t.tag_id
		where t.auth_corp_id = p_corp
			and t.external_userid = p_external_userid
		union all
		select t.removed_at, 'tag_removed', t.userid, coalesce(g.name, t.tag_id), 5
		from wecom.follow_tag as t
		left join wecom.tag as g on g.auth_corp_id = p_corp
			and g.tag_id = t.tag_id
		where t.auth_corp_id = p_corp
			and t.external_userid = p_external_userid
		union all
		select x.failed_at, 'transfer_failed', x.userid, x.fail_reason, 6
		from wecom.transfer_failure as x
		where x.auth_corp_id = p_corp
			and x.external_userid = p_external_userid
		union all
		select m.present_at, 'group_present', null, m.chat_id, 4
		from wecom.group_chat_member as m
		where m.auth_corp_id = p_corp
			and m.present_at is not null
			and m.member_id = p_external_userid
			and m.chat_id in (
				select c.chat_id
				from wecom.group_chat_member as c
				where c.auth_corp_id = p_corp
					and c.member_id = p_external_userid
					and c.is_present
				union
				select l.chat_id
				from wecom.group_chat_ledger as l
				where l.auth_corp_id = p_corp
					and l.member_id = p_external_userid
			)
		union all
		select l.at, case l.action when 'join' then 'group_join' else 'group_quit' end, null, l.chat_id, 4
		from wecom.group_chat_ledger as l
		where l.auth_corp_id = p_corp
			and l.member_id = p_external_userid
			and l.action in ('join', 'quit')
	) as t
	where t.at is not null
	order by t.at, t.place, t.userid, t.detail
$$;

comment on function report.customer_timeline(text, text) is 'What happened with a customer, oldest first. type: half, added, readded (the same pair was whole before), deleted_by_staff, deleted_by_customer, transferred, gone (the member let go of a customer who had deleted them), tag_added, tag_removed, transfer_failed, group_present (there when the chat was first seen), group_join, group_quit. userid: the member; null of chats. detail: the channel of an addition, the name of a tag, the reason of a failure, the chat, or listing when no event told of an end.';
