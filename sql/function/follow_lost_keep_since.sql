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
		from wecom.follow as f
		where f.auth_corp_id = p_corp
			and f.lost_at > p_since
			and exists (
				select
				from wecom.follow_tag as t
				where t.auth_corp_id = p_corp
					and t.external_userid = f.external_userid
					and t.userid = f.userid
					and t.removed_at >= p_since
					and t.removed_at < f.lost_at
			)
	);
begin
	perform wecom.follow_lost_keep(p_corp, v_customers);
end
$$;

comment on function wecom.follow_lost_keep_since(text, timestamptz) is
	'Keep what reports tell of ended relations, after tags were deleted.';
