-- wecom.follow_plan(p_corp, p_pairs, p_begun_us): what a pull that shows pairs of members and customers does to each.
--   p_pairs  as for wecom.follow_pulled, where the rules are
--   returns  array of the follow_user objects with external_userid and
--     action      new: the pair was never known; next: a new period; renew: the same, and the one before ends with its begin;
--                 update
--     period      the row to be written
--     is_lost     the customer has deleted the member: it stays so
--     over_us     of a new period: the customer ended it, as was told before; over_event_id: by which event
--     takes_time  createtime is when the relation began
--   tables   reads wecom.follow, wecom.customer, wecom.pull
--   caller   wecom.follow_pulled
create or replace function wecom.follow_plan(p_corp text, p_pairs jsonb, p_begun_us bigint)
returns jsonb
language plpgsql
as $$
declare
	v_answer jsonb;
begin
	with clock as (
		select timestamptz 'epoch' + p_begun_us * interval '1 microsecond' as begun_at,
			timestamptz 'epoch' + (p_begun_us - 2000000) * interval '1 microsecond' as seen_at
	), given as materialized (
		select distinct on (g.external_userid, g.follow_user->>'userid')
			g.external_userid, g.follow_user->>'userid' as userid, g.follow_user,
			timestamptz 'epoch' + (g.follow_user->>'create_us')::bigint * interval '1 microsecond' as create_at,
			timestamptz 'epoch' + (g.follow_user->>'told_us')::bigint * interval '1 microsecond' as told_at
		from rows from (jsonb_to_recordset(p_pairs) as (external_userid text, follow_user jsonb)) with ordinality
			as g (external_userid, follow_user, n)
		order by g.external_userid, g.follow_user->>'userid', g.n
	), known as (
		select g.*, l.period, l.status, l.added_at, l.lost_at,
			coalesce(l.lost_by_absence, false) as lost_by_absence, l.gone_at, l.before_lost_at, l.lost_event_id,
			l.customer_lost_at, l.customer_lost_event_id,
			greatest(l.seen_at, c.seen_at, p.begun_at) > k.begun_at as is_older,
			l.lost_at <= k.seen_at as is_loss_seen,
			l.gone_at > k.seen_at as is_gone_later,
			abs(extract(epoch from g.told_at - g.create_at)) <= 5 as is_told
		from given as g
		cross join clock as k
		-- one by one: joined, all customers of the corp were hashed while little was known of their number
		left join lateral (
			select h.seen_at from wecom.customer as h
			where h.auth_corp_id = p_corp and h.external_userid = g.external_userid
			limit 1) as c on true
		left join lateral (
			select h.begun_at from wecom.pull as h
			where h.auth_corp_id = p_corp and h.kind = 'customer_list' and h.target = g.userid
			limit 1
		) as p on true
		left join lateral (
			select f.period, f.status, f.added_at, f.lost_at, f.lost_by_absence, f.gone_at, f.seen_at,
				f.lost_event_id, f.customer_lost_at, f.customer_lost_event_id,
				lead(f.lost_at) over (order by f.period desc) as before_lost_at
			from wecom.follow as f
			where f.auth_corp_id = p_corp and f.external_userid = g.external_userid and f.userid = g.userid
			order by f.period desc
			limit 1
		) as l on true
	), decided as (
		select k.*, case
				when k.is_older then null
				when k.period is null then 'new'
				when k.lost_at is not null and (k.create_at > k.lost_at
					or (k.create_at = k.lost_at and k.status <> 'deleted_by_customer'
						and (k.is_loss_seen or k.lost_by_absence))) then 'next'
				when k.status = 'deleted_by_customer' and k.gone_at is null and k.create_at <= k.lost_at
					and k.is_newer then 'renew'
				when k.status = 'deleted_by_customer' then case when k.is_gone_later then null else 'update' end
				when k.lost_at is not null then case when k.is_loss_seen then 'update' end
				when k.status = 'active' and k.is_newer then 'renew'
				else 'update'
			end as action
		from (select o.*, o.create_at > o.added_at + interval '10 seconds'
			or (o.is_told and least(o.create_at, o.told_at) > o.added_at) as is_newer from known as o) as k
	)
	select coalesce(jsonb_agg(d.follow_user || jsonb_build_object(
		'external_userid', d.external_userid,
		'action', d.action,
		'period', coalesce(d.period, 0) + (d.action <> 'update')::integer,
		'is_lost', d.action = 'update' and d.status = 'deleted_by_customer',
		'over_us', (extract(epoch from case
			when d.action = 'renew' then d.lost_at
			when d.action = 'next' and d.customer_lost_at >= d.create_at then d.customer_lost_at
			end) * 1000000)::bigint,
		'over_event_id', case when d.action = 'renew' then d.lost_event_id else d.customer_lost_event_id end,
		'takes_time', d.create_at is not null and (d.action <> 'update' or d.added_at is null or d.status = 'half'
			or (d.status <> 'deleted_by_customer' and d.create_at >= coalesce(d.before_lost_at, '-infinity')
				and d.create_at between d.added_at - interval '1 minute' and d.added_at + interval '10 seconds'))
	)), '[]')
	into v_answer
	from decided as d where d.action is not null;
	return v_answer;
end
$$;

comment on function wecom.follow_plan(text, jsonb, bigint) is
	'What a pull that shows pairs of members and customers does to each of them.';
