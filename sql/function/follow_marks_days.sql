-- wecom.follow_marks_days(p_corp, p_customers, p_follows): on which days figures of relations changed.
--   p_follows  the relations of these customers before
--   returns    the days
--   tables     reads wecom.follow
--   caller     wecom.follow_marks
-- Not in language sql, which would plan anew at every call.
-- Of a relation that differs all its days.  Whether another one is an addition again, or the customer's first by a channel,
-- hangs on those before it: of later ones of the same pair the day they became whole; when its begin or channel changed, of
-- later ones of the same customer the days of their begin.
create or replace function wecom.follow_marks_days(p_corp text, p_customers text[], p_follows wecom.follow[])
returns date[]
language plpgsql
stable
as $$
begin
	return (
		with now as materialized (
			select f.external_userid, f.userid, f.period, f.half_at, f.added_at, f.lost_at,
				coalesce(f.state, '') as state,
				f.status
			from (select distinct u.id from unnest(p_customers) as u (id)) as c
			cross join lateral (
				select r.*
				from wecom.follow as r
				where r.auth_corp_id = p_corp
					and r.external_userid = c.id
				order by r.userid, r.period
			) as f
		), changed as materialized (
			select coalesce(n.external_userid, o.external_userid) as external_userid,
				coalesce(n.userid, o.userid) as userid,
				coalesce(n.period, o.period) as period,
				array[o.half_at, o.added_at, o.lost_at, n.half_at, n.added_at, n.lost_at] as times,
				(o.period is not null and num_nonnulls(o.half_at, o.added_at) = 0)
					or (n.period is not null and num_nonnulls(n.half_at, n.added_at) = 0) as is_untold,
				(o.half_at, o.added_at, coalesce(o.state, '')) is distinct from (n.half_at, n.added_at, n.state)
					as is_begin,
				least(o.half_at, o.added_at, n.half_at, n.added_at) as begun_at
			from now as n
			full join unnest(p_follows) as o on o.external_userid = n.external_userid
				and o.userid = n.userid
				and o.period = n.period
			where (o.half_at, o.added_at, o.lost_at, coalesce(o.state, ''), o.status, o.period)
				is distinct from (n.half_at, n.added_at, n.lost_at, n.state, n.status, n.period)
		), moment as (
			select t.at
			from changed as c
			cross join lateral unnest(c.times) as t (at)
			union
			select n.added_at
			from changed as c
			join now as n on n.external_userid = c.external_userid
				and n.userid = c.userid
				and n.period > c.period
			union
			select t.at
			from (
				select b.external_userid, min(coalesce(b.begun_at, '-infinity')) as begun_at
				from changed as b
				where b.is_begin
				group by b.external_userid
			) as c
			join now as n on n.external_userid = c.external_userid
				and (n.added_at >= c.begun_at or n.half_at >= c.begun_at)
			cross join lateral unnest(array[n.half_at, n.added_at]) as t (at)
		)
		select array_agg(distinct d.day)
		from (
			select (m.at at time zone z.zone)::date as day
			from moment as m
			cross join (select wecom.corp_zone(p_corp) as zone offset 0) as z
			where m.at is not null
			union all
			select '-infinity'
			from changed as c
			where c.is_untold
		) as d
	);
end
$$;

comment on function wecom.follow_marks_days(text, text[], wecom.follow[]) is
	'On which days figures of relations changed.';
