-- wecom.tag_day_of(p_corp, p_days): what wecom.tag_day keeps, counted from the tags of relations.
--   returns  rows for the days and tags of which anything is to be told
--   tables   reads wecom.follow_tag
--   caller   wecom.rollup_tag, report.tag_usage_of, wecom.rollup_check
-- A customer who has a tag by several members counts once, where the first of them gave it.
create or replace function wecom.tag_day_of(p_corp text, p_days date[])
returns table (day date, tag_id text, customers integer, added integer)
language sql
stable
as $$
	select b.day, t.tag_id,
		(count(*) filter (where t.removed_at is null and not exists (
			select
			from wecom.follow_tag as o
			where o.auth_corp_id = p_corp
				and o.external_userid = t.external_userid
				and o.tag_id = t.tag_id
				and o.removed_at is null
				and (o.added_at, o.userid) < (t.added_at, t.userid)
		)))::integer,
		count(*)::integer
	from wecom.day_bounds(p_days, wecom.corp_zone(p_corp)) as b
	cross join lateral (
		select x.*
		from wecom.follow_tag as x
		where x.auth_corp_id = p_corp
			and x.added_at >= b.from_at
			and x.added_at < b.to_at
		offset 0
	) as t
	group by b.day, t.tag_id
$$;

comment on function wecom.tag_day_of(text, date[]) is
	'Tags given to customers, by day, counted from the tags of relations.';
