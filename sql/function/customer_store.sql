-- wecom.customer_store(p_corp, p_customer, p_data, p_begun_us, p_now_us, p_is_reconcile): a customer, all members who follow
-- them, and what events said of those.
--   p_data   {external_contact, follow_user: [as for wecom.follow_pulled] or null, absence, marks: [as for wecom.follow_mark]}
--   returns  {raise, counts}, either may be missing
--   tables   wecom.customer, wecom.follow, wecom.follow_tag, wecom.transfer_failure; reads wecom.member
--   caller   wecom.object_store
-- Marks first, in their order, then what the pull shows.  A late one that began a period, or moved an end to an earlier time,
-- is judged by WeCom when a pull that covers it was there before: that could not know how to take what it showed.
-- An active member whom the whole answer does not show (or who is not told of because there is no answer) has not left:
-- without a licence or a view of the member WeCom says the same.  Their own listing can prove it, and is asked for, unless
-- it is known to be silent for want of a licence, or the member to be out of view.
create or replace function wecom.customer_store(p_corp text, p_customer text, p_data jsonb, p_begun_us bigint, p_now_us bigint,
	p_is_reconcile boolean)
returns jsonb
language plpgsql
as $$
declare
	v_begun_at constant timestamptz := timestamptz 'epoch' + p_begun_us * interval '1 microsecond';
	v_synced_at constant timestamptz := clock_timestamp();
	v_marks constant jsonb := coalesce(nullif(p_data->'marks', 'null'), '[]');
	v_contact constant jsonb := nullif(p_data->'external_contact', 'null');
	v_has_answer constant boolean := coalesce(jsonb_typeof(p_data->'follow_user') = 'array', false);
	v_changed text[] := '{}';
	v_before wecom.follow[];
	v_raise jsonb;
begin
	if p_begun_us is null then
		v_before := array(
			select f
			from wecom.follow as f
			where f.auth_corp_id = p_corp
				and f.external_userid = p_customer
				and f.userid in (select m.v->>'userid' from jsonb_array_elements(v_marks) as m (v))
		);
	end if;
	perform wecom.follow_mark(p_corp, p_customer, m.mark)
	from jsonb_array_elements(v_marks) with ordinality as m (mark, n)
	order by m.n;
	if p_begun_us is null then
		perform
		from wecom.customer as c
		join wecom.follow as f on f.auth_corp_id = c.auth_corp_id
			and f.external_userid = c.external_userid
		left join unnest(v_before) as b on b.userid = f.userid
			and b.period = f.period
		where c.auth_corp_id = p_corp
			and c.external_userid = p_customer
			and f.userid in (select m.v->>'userid' from jsonb_array_elements(v_marks) as m (v))
			and ((b.userid is null and coalesce(f.added_at, f.half_at, f.lost_at) <= c.seen_at - interval '3 seconds')
				or (f.lost_at < b.lost_at and f.lost_at <= c.seen_at - interval '3 seconds'));
		return case when found then jsonb_build_object('raise',
			jsonb_build_array(jsonb_build_array('customer', p_customer, p_now_us, 0))) end;
	end if;

	if v_has_answer then
		select wecom.follow_pulled(p_corp, coalesce(jsonb_agg(jsonb_build_object('external_userid', p_customer,
			'follow_user', f.v || jsonb_build_object('told_us', (
				select max((m.v->>'at_us')::bigint)
				from jsonb_array_elements(v_marks) as m (v)
				where m.v->>'userid' = f.v->>'userid'
					and m.v->>'mark' in ('half', 'added')
			))) order by f.n), '[]'), p_begun_us)
		into v_changed
		from jsonb_array_elements(p_data->'follow_user') with ordinality as f (v, n);
	end if;
	if v_contact is not null then
		v_changed := v_changed || wecom.customer_contact_store(p_corp, jsonb_build_array(v_contact
			|| jsonb_build_object('external_userid', p_customer)), p_begun_us);
	end if;
	update wecom.customer as c
	set seen_at = case when v_has_answer then v_begun_at else c.seen_at end,
		synced_at = v_synced_at,
		absence = p_data->>'absence'
	where c.auth_corp_id = p_corp
		and c.external_userid = p_customer
		and coalesce(c.seen_at <= v_begun_at, true);
	if coalesce(p_data->>'absence', '') <> 'no_licence' then
		v_raise := wecom.customer_store_missing(p_corp, p_customer, p_data->'follow_user', p_begun_us, p_now_us);
	end if;
	return jsonb_strip_nulls(jsonb_build_object(
		'raise', v_raise,
		'counts', case when p_is_reconcile and jsonb_array_length(v_marks) = 0 and wecom.corp_is_backfilled(p_corp)
			then jsonb_build_object('checked_customer', 1, 'drift_customer',
				(cardinality(v_changed) > 0)::integer) end));
end
$$;

comment on function wecom.customer_store(text, text, jsonb, bigint, bigint, boolean) is
	'Store a customer, the members who follow them, and what events said of those.';
