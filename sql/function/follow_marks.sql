-- wecom.follow_marks(p_corp, p_customers, p_follows, p_tags, p_now_us): the jobs that a change of relations calls for.
--   p_customers …  as wecom.follow_marks_before gave them
--   returns        as wecom.rollup_raise; null for none
--   tables         reads wecom.follow, wecom.follow_tag
--   caller         wecom.object_store
-- Of tags the days since when they are and were there, and those of other members who gave the customer the same tag.
create or replace function wecom.follow_marks(p_corp text, p_customers text[], p_follows wecom.follow[],
	p_tags wecom.follow_tag[], p_now_us bigint)
returns jsonb
language plpgsql
stable
as $$
declare
	v_tag_days date[];
begin
	with now as materialized (
		select t.external_userid, t.userid, t.tag_id, t.added_at, t.removed_at is null as is_there
		from (select distinct u.id from unnest(p_customers) as u (id)) as c
		cross join lateral (
			select r.*
			from wecom.follow_tag as r
			where r.auth_corp_id = p_corp
				and r.external_userid = c.id
			order by r.userid, r.tag_id
		) as t
	), changed as materialized (
		select coalesce(n.external_userid, o.external_userid) as external_userid, coalesce(n.tag_id, o.tag_id) as tag_id,
			array[o.added_at, n.added_at] as times
		from now as n
		full join unnest(p_tags) as o on o.external_userid = n.external_userid
			and o.userid = n.userid
			and o.tag_id = n.tag_id
		where (n.added_at, n.is_there) is distinct from (o.added_at, o.removed_at is null)
	), moment as (
		select t.at
		from changed as c
		cross join lateral unnest(c.times) as t (at)
		union
		select n.added_at
		from (
			select distinct d.external_userid, d.tag_id
			from changed as d
		) as c
		join now as n on n.external_userid = c.external_userid
			and n.tag_id = c.tag_id
	)
	select array_agg(distinct (m.at at time zone z.zone)::date)
	into v_tag_days
	from moment as m
	cross join (select wecom.corp_zone(p_corp) as zone offset 0) as z;
	return nullif(
		coalesce(wecom.rollup_raise('customer', wecom.follow_marks_days(p_corp, p_customers, p_follows), p_now_us), '[]')
		|| coalesce(wecom.rollup_raise('tag', v_tag_days, p_now_us), '[]'), '[]');
end
$$;

comment on function wecom.follow_marks(text, text[], wecom.follow[], wecom.follow_tag[], bigint) is
	'The jobs that a change of relations calls for.';
