-- wecom.customer_store_missing(p_corp, p_customer, p_followers, p_begun_us, p_now_us): whose listings must be asked for,
-- because a pull of a customer does not show members who should be there.
--   p_followers  follow_user of the answer; null: there was none
--   returns      [["customer_list", userid, due_us, 0], …]; null for none
--   tables       reads wecom.follow, wecom.member
--   caller       wecom.customer_store
-- Not in language sql, which would plan anew at every call.
create or replace function wecom.customer_store_missing(p_corp text, p_customer text, p_followers jsonb, p_begun_us bigint,
	p_now_us bigint)
returns jsonb
language plpgsql
as $$
begin
	return (
		select jsonb_agg(jsonb_build_array('customer_list', f.userid, p_now_us, 0) order by f.userid)
		from wecom.follow as f
		left join lateral (
			-- by the key: a plan that is kept could read all members
			select w.in_scope
			from wecom.member as w
			where w.auth_corp_id = p_corp
				and w.userid = f.userid
			limit 1
		) as m on true
		where f.auth_corp_id = p_corp
			and f.external_userid = p_customer
			and (f.status = 'active' or (f.status = 'deleted_by_customer' and f.gone_at is null
				and f.lost_at <= timestamptz 'epoch' + (p_begun_us - 2000000) * interval '1 microsecond'))
			and coalesce(f.added_at, '-infinity')
				<= timestamptz 'epoch' + (p_begun_us - 2000000) * interval '1 microsecond'
			and coalesce(f.seen_at, '-infinity') <= timestamptz 'epoch' + p_begun_us * interval '1 microsecond'
			and f.absence is null
			and coalesce(m.in_scope, true)
			and f.userid not in (
				select s.userid
				from jsonb_to_recordset(case when jsonb_typeof(p_followers) = 'array' then p_followers
					else '[]' end) as s (userid text)
				where s.userid is not null
			)
			and not exists (
				select
				from wecom.follow as l
				where l.auth_corp_id = p_corp
					and l.external_userid = p_customer
					and l.userid = f.userid
					and l.period > f.period
			)
	);
end
$$;

comment on function wecom.customer_store_missing(text, text, jsonb, bigint, bigint) is
	'Which members'' listings a customer''s pull calls for, because it does not show them.';
