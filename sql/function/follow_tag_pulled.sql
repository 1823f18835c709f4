-- wecom.follow_tag_pulled(p_corp, p_plan, p_begun_at): the tags of pairs that a pull shows.
--   p_plan   as wecom.follow_plan gives it
--   returns  external_userids of the pairs whose tags changed
--   tables   wecom.follow_tag; reads wecom.tag
--   caller   wecom.follow_pulled
-- A tag that the corp deleted later than the answer can know is not taken from it.  Tags that are there when a pair is
-- seen for the first time count from its begin, others from the begin of the pull that found them.
create or replace function wecom.follow_tag_pulled(p_corp text, p_plan jsonb, p_begun_at timestamptz)
returns text[]
language plpgsql
as $$
declare
	v_answer text[];
begin
	with pair as materialized (
		select u.external_userid, u.userid, u.tags,
			case when u.action = 'new'
				then coalesce(timestamptz 'epoch' + u.create_us * interval '1 microsecond', p_begun_at)
				else p_begun_at end as added_at
		from jsonb_to_recordset(p_plan) as u (external_userid text, userid text, action text, create_us bigint,
			tags jsonb)
		where jsonb_typeof(u.tags) = 'array'
	), given as materialized (
		select distinct p.external_userid, p.userid, t.tag_id, p.added_at
		from pair as p
		cross join lateral jsonb_array_elements_text(p.tags) as t (tag_id)
		where not exists (
			select
			from wecom.tag as d
			where d.auth_corp_id = p_corp
				and d.tag_id = t.tag_id
				and d.deleted_at > p_begun_at - interval '2 seconds'
		)
	), held as materialized (
		select p.external_userid, p.userid, t.tag_id
		from pair as p
		cross join lateral (
			select h.tag_id, h.removed_at
			from wecom.follow_tag as h
			where h.auth_corp_id = p_corp
				and h.external_userid = p.external_userid
				and h.userid = p.userid
			offset 0	-- keeps the look-up by primary key for each pair
		) as t
		where t.removed_at is null
	), difference as materialized (
		-- a full join is hashed, however little is known of the sizes
		select coalesce(g.external_userid, h.external_userid) as external_userid, coalesce(g.userid, h.userid) as userid,
			coalesce(g.tag_id, h.tag_id) as tag_id, g.added_at, g.tag_id is not null as is_given
		from given as g
		full join held as h on h.external_userid = g.external_userid
			and h.userid = g.userid
			and h.tag_id = g.tag_id
		where g.tag_id is null
			or h.tag_id is null
	), written as (
		-- those taken away too, though their rows are there: so each is found by its key
		insert into wecom.follow_tag as t (auth_corp_id, external_userid, userid, tag_id, added_at, removed_at)
		select p_corp, d.external_userid, d.userid, d.tag_id, coalesce(d.added_at, p_begun_at),
			case when not d.is_given then p_begun_at end
		from difference as d
		on conflict (auth_corp_id, external_userid, userid, tag_id) do update
		set added_at = case when excluded.removed_at is null then excluded.added_at else t.added_at end,
			removed_at = excluded.removed_at
	)
	select coalesce(array_agg(d.external_userid), '{}')
	into v_answer
	from difference as d;
	return v_answer;
end
$$;

comment on function wecom.follow_tag_pulled(text, jsonb, timestamptz) is
	'Store the tags of pairs that a pull shows, by difference; the customers of those that changed.';
