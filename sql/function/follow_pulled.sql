-- wecom.follow_pulled(p_corp, p_pairs, p_begun_us): store pairs of members and customers that a pull shows.
--   p_pairs  [{external_userid, follow_user: {userid, remark, description, create_us, tags: [tag_id, …], add_way, oper_userid,
--            state, remark_corp_name, wechat_channels}}]; of a pair that is there twice the first counts
--   returns  external_userids of the pairs in which something changed
--   tables   wecom.follow, and by wecom.follow_tag_pulled wecom.follow_tag; reads wecom.customer, wecom.pull
--   caller   wecom.customer_store, wecom.customer_list_store
-- An answer shows everything until two seconds before its begin (seen); WeCom goes on showing a member whom the customer
-- deleted.  By the pair's latest period, end and begin by their times:
--   pulled later by another job           nothing: newer never gives way to older
--   none                                  a new period
--   createtime later than its end         a new period (of the same second only when the end is seen, or was only proved
--                                         by a listing); ended again, if the customer's deletion was told before
--   ended by the customer                 attributes; nothing when the member let go later than seen
--   ended by the member, later than seen  nothing
--   ended by the member, seen             goes on: it had not ended
--   half or active                        active; attributes
-- An active one whose createtime is more than ten seconds later, or later and told by an event of its own (told_us, which the
-- caller adds), ended before, unseen: it ends then, and a new one begins.  So did one that the customer ended after that
-- createtime: the end is the new one's.
-- Absent attributes overwrite nothing inside a period.  Rows that do not differ are not written.
create or replace function wecom.follow_pulled(p_corp text, p_pairs jsonb, p_begun_us bigint)
returns text[]
language plpgsql
as $$
declare
	v_begun_at constant timestamptz := timestamptz 'epoch' + p_begun_us * interval '1 microsecond';
	v_plan jsonb := wecom.follow_plan(p_corp, p_pairs, p_begun_us);
	v_changed text[];
begin
	perform wecom.follow_before(p_corp, v_plan, v_begun_at);
	with wanted as (
		select u.external_userid, u.userid, u.period, u.action,
			coalesce(u.remark, f.remark) as remark,
			coalesce(u.description, f.description) as description,
			coalesce(u.state, f.state) as state,
			coalesce(u.add_way, f.add_way) as add_way,
			coalesce(u.oper_userid, f.oper_userid) as oper_userid,
			coalesce(u.remark_corp_name, f.remark_corp_name) as remark_corp_name,
			coalesce(nullif(u.wechat_channels, 'null'), f.wechat_channels) as wechat_channels,
			case when u.over_us is not null then 'deleted_by_customer' when u.is_lost then f.status else 'active' end
				as status,
			case when u.takes_time then timestamptz 'epoch' + u.create_us * interval '1 microsecond' else f.added_at
				end as added_at,
			case when u.over_us is not null then timestamptz 'epoch' + u.over_us * interval '1 microsecond'
				when u.is_lost then f.lost_at end as lost_at,
			coalesce(u.is_lost and f.lost_by_absence, false) as lost_by_absence,
			f.half_at, f.half_event_id, f.added_event_id,
			case when u.over_us is not null then u.over_event_id else f.lost_event_id end as lost_event_id, f as old
		from jsonb_to_recordset(v_plan) as u (external_userid text, userid text, period integer, action text,
			create_us bigint, is_lost boolean, takes_time boolean, remark text, description text, state text,
			add_way integer, oper_userid text, remark_corp_name text, wechat_channels jsonb, over_us bigint,
			over_event_id uuid)
		left join lateral (
			select h.*
			from wecom.follow as h
			where h.auth_corp_id = p_corp
				and h.external_userid = u.external_userid
				and h.userid = u.userid
				and h.period = u.period
			limit 1		-- one by one, by the key: see wecom.follow_plan
		) as f on true
	), stored as (
		insert into wecom.follow as f (auth_corp_id, external_userid, userid, period, remark, description, state, add_way,
			oper_userid, remark_corp_name, wechat_channels, status, half_at, added_at, lost_at, lost_by_absence,
			half_event_id, added_event_id, lost_event_id, seen_at)
		select p_corp, w.external_userid, w.userid, w.period, w.remark, w.description, w.state, w.add_way,
			w.oper_userid, w.remark_corp_name, w.wechat_channels, w.status, w.half_at, w.added_at, w.lost_at,
			w.lost_by_absence, w.half_event_id, w.added_event_id, w.lost_event_id, v_begun_at
		from wanted as w
		where w.action <> 'update'
			or (w.remark, w.description, w.state, w.add_way, w.oper_userid, w.remark_corp_name, w.wechat_channels,
				w.status,
				w.added_at, w.lost_at, null::timestamptz, null::text)
				is distinct from ((w.old).remark, (w.old).description, (w.old).state, (w.old).add_way,
					(w.old).oper_userid,
				(w.old).remark_corp_name, (w.old).wechat_channels, (w.old).status, (w.old).added_at,
					(w.old).lost_at,
				(w.old).gone_at, (w.old).absence)
		on conflict (auth_corp_id, external_userid, userid, period) do update
		set remark = excluded.remark, description = excluded.description, state = excluded.state,
			add_way = excluded.add_way,
			oper_userid = excluded.oper_userid, remark_corp_name = excluded.remark_corp_name,
			wechat_channels = excluded.wechat_channels, status = excluded.status, added_at = excluded.added_at,
			lost_at = excluded.lost_at, lost_by_absence = excluded.lost_by_absence, gone_at = null,
				gone_event_id = null,
			absence = null, seen_at = excluded.seen_at
		returning f.external_userid
	)
	select array_agg(s.external_userid)
	into v_changed
	from stored as s;
	return coalesce(v_changed, '{}') || wecom.follow_tag_pulled(p_corp, v_plan, v_begun_at);
end
$$;

comment on function wecom.follow_pulled(text, jsonb, bigint) is
	'Store pairs of members and customers that a pull shows; the customers of those in which something changed.';
