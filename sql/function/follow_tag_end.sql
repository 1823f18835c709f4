-- wecom.follow_tag_end(p_corp, p_customer, p_userid, p_at, p_period): the tags of a pair end.
--   p_period  only when this is still the pair's latest period; null: in any case
--   returns   nothing
--   tables    wecom.follow_tag
--   caller    wecom.follow_mark_begin, wecom.follow_mark_end
create or replace function wecom.follow_tag_end(p_corp text, p_customer text, p_userid text, p_at timestamptz,
	p_period integer default null)
returns void
language plpgsql
as $$
begin
	update wecom.follow_tag as t
	set removed_at = p_at
	where t.auth_corp_id = p_corp
		and t.external_userid = p_customer
		and t.userid = p_userid
		and coalesce(t.removed_at, 'infinity') = 'infinity'	-- by the key, not by the index of tags that are given
		and not exists (
			select
			from wecom.follow as f
			where f.auth_corp_id = p_corp
				and f.external_userid = p_customer
				and f.userid = p_userid
				and f.period > p_period
		);
end
$$;

comment on function wecom.follow_tag_end(text, text, text, timestamptz, integer) is
	'The tags of a pair of member and customer end.';
