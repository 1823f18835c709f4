-- wecom.follow_lost_of(p_corp, p_customer): what wecom.follow keeps of ended relations beside their end.
--   returns  for each ended relation of the customer the tags that it had then, when the same two came together again, and
--            of a transferred one who took over: who became the customer's a day before to seven days after, rather by
--            transfer (add_way 202), rather at that time; null while nobody did
--   tables   reads wecom.follow, wecom.follow_tag
--   caller   wecom.follow_lost_keep, wecom.rollup_check_lost
-- Both are read by the customer, in the order of their keys, and judged then: an index of times would take in the whole corp.
create or replace function wecom.follow_lost_of(p_corp text, p_customer text)
returns table (userid text, period integer, lost_tags text[], readded_at timestamptz, takeover text)
language sql
stable
as $$
	with relation as materialized (
		select r.userid, r.period, r.status, r.added_at, r.lost_at, r.add_way
		from wecom.follow as r
		where r.auth_corp_id = p_corp
			and r.external_userid = p_customer
		order by r.userid, r.period
	)
	select f.userid, f.period,
		array(
			select t.tag_id
			from (
				select h.tag_id, h.added_at, h.removed_at
				from wecom.follow_tag as h
				where h.auth_corp_id = p_corp
					and h.external_userid = p_customer
					and h.userid = f.userid
				order by h.tag_id
				offset 0
			) as t
			where t.added_at <= f.lost_at
				and coalesce(t.removed_at >= f.lost_at, true)
			order by t.tag_id
		),
		(
			select min(n.added_at)
			from relation as n
			where n.userid = f.userid
				and n.period > f.period
		),
		case when f.status = 'transferred' then (
			select n.userid
			from relation as n
			where n.userid <> f.userid
				and n.added_at between f.lost_at - interval '1 day' and f.lost_at + interval '7 days'
			order by coalesce(n.add_way = 202, false) desc, abs(extract(epoch from n.added_at - f.lost_at)), n.userid
			limit 1
		) end
	from relation as f
	where f.lost_at is not null
$$;

comment on function wecom.follow_lost_of(text, text) is
	'What is kept of the ended relations of a customer beside their end.';
