-- wecom.follow_lost_keep_since(p_corp, p_since): wecom.follow_lost_keep after tags were deleted.
--   p_since  the earliest time at which one was
--   returns  nothing
--   tables   as wecom.follow_lost_keep
--   caller   wecom.object_store
-- A deletion that is told late takes the tag from relations that had it when they ended, as was thought then.
create or replace function wecom.follow_lost_keep_since(p_corp text, p_since timestamptz)
returns void
language plpgsql
as $$
declare
	v_customers constant text[] := array(
		select f.external_userid
		from (
			select x.external_userid, x.userid, x.lost_at
			from wecom.follow as x
			where x.auth_corp_id = p_corp
				and x.lost_at > p_since
			order by x.lost_at
			offset 0
		) as f
		cross join lateral (
			-- one by one, by the key
			select
			from (
				select h.removed_at
				from wecom.follow_tag as h
				where h.auth_corp_id = p_corp
					and h.external_userid = f.external_userid
					and h.userid = f.userid
				order by h.tag_id
				offset 0
			) as t
			where t.removed_at >= p_since
				and t.removed_at < f.lost_at
			limit 1
		) as t
	);
begin
	perform wecom.follow_lost_keep(p_corp, v_customers);
end
$$;

comment on function wecom.follow_lost_keep_since(text, timestamptz) is
	'Keep what reports tell of ended relations, after tags were deleted.';
