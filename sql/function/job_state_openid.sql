-- wecom.job_state_openid(p_corp): which ids are to be asked of userid_to_openuserid, and what is left of the day's budget.
--   returns  {wanted: at most 1000 userids, errors_today, frozen_us: 0 for not}
--   tables   reads wecom.openid_map, wecom.openid_budget
--   caller   wecom.job_state
create or replace function wecom.job_state_openid(p_corp text)
returns jsonb
language sql
stable
as $$
	select jsonb_build_object(
		'wanted', coalesce((
			select jsonb_agg(w.userid)
			from (
				select o.userid
				from wecom.openid_map as o
				where o.auth_corp_id = p_corp
					and o.state = 'wanted'
				order by o.userid
				limit 1000
			) as w
		), '[]'),
		'errors_today', coalesce(sum(b.errors) filter (where b.day = (now() at time zone 'Asia/Shanghai')::date), 0),
		'frozen_us', coalesce((extract(epoch from max(b.frozen_until)) * 1000000)::bigint, 0))
	from wecom.openid_budget as b
	where b.auth_corp_id = p_corp
$$;

comment on function wecom.job_state_openid(text) is
	'Which ids are to be asked of userid_to_openuserid, and what is left of the day''s budget of errors.';
