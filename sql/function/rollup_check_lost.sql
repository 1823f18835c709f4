-- wecom.rollup_check_lost(p_corp): wecom.rollup_check of what is kept of ended relations.
--   returns  as wecom.rollup_check
--   tables   reads wecom.follow, wecom.follow_tag
--   caller   wecom.rollup_check
create or replace function wecom.rollup_check_lost(p_corp text)
returns table (kept_in text, kept jsonb, fresh jsonb)
language plpgsql
stable
as $$
begin
	return query
	select 'follow', to_jsonb(f), to_jsonb(n)
	from (
		select distinct x.external_userid
		from wecom.follow as x
		where x.auth_corp_id = p_corp
			and x.lost_at is not null
		offset 0
	) as c
	cross join lateral wecom.follow_lost_of(p_corp, c.external_userid) as n
	cross join lateral (
		select k.external_userid, k.userid, k.period, k.lost_tags, k.readded_at, k.takeover
		from wecom.follow as k
		where k.auth_corp_id = p_corp
			and k.external_userid = c.external_userid
			and k.userid = n.userid
			and k.period = n.period
	) as f
	where (f.lost_tags, f.readded_at, f.takeover) is distinct from (n.lost_tags, n.readded_at, n.takeover);
end
$$;

comment on function wecom.rollup_check_lost(text) is
	'wecom.rollup_check of what is kept of ended relations.';
