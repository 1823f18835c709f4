-- wecom.follow_lost_keep(p_corp, p_customers): keep what reports tell of ended relations, after a change of these customers.
--   returns  nothing
--   tables   wecom.follow: lost_tags, readded_at, takeover; reads wecom.follow_tag
--   caller   wecom.object_store, wecom.follow_lost_keep_since
create or replace function wecom.follow_lost_keep(p_corp text, p_customers text[])
returns void
language plpgsql
as $$
declare
	v_new record;
begin
	for v_new in
		select c.id, n.userid, n.period, n.lost_tags, n.readded_at, n.takeover
		from (select distinct u.id from unnest(p_customers) as u (id)) as c
		cross join lateral wecom.follow_lost_of(p_corp, c.id) as n
		order by c.id, n.userid, n.period
	loop
		update wecom.follow as f
		set lost_tags = v_new.lost_tags, readded_at = v_new.readded_at, takeover = v_new.takeover
		where f.auth_corp_id = p_corp
			and f.external_userid = v_new.id
			and f.userid = v_new.userid
			and f.period = v_new.period
			and (f.lost_tags, f.readded_at, f.takeover)
				is distinct from (v_new.lost_tags, v_new.readded_at, v_new.takeover);
	end loop;
end
$$;

comment on function wecom.follow_lost_keep(text, text[]) is
	'Keep what reports tell of ended relations, after a change of their customers.';
