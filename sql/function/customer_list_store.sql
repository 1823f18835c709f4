-- wecom.customer_list_store(p_corp, p_target, p_data, p_begun_us, p_now_us, p_is_reconcile): the listing of one member's
-- customers.
--   p_target  the member; empty for the list of such members, of which nothing is stored
--   p_data    a page {pairs: [{external_contact, follow_user}]}; at the end {complete: true, seen: [external_userid, …],
--             unlicensed}; userid names the member when p_target does not
--   returns   {counts}
--   tables    wecom.customer, wecom.follow, wecom.follow_tag; reads wecom.event, wecom.member
--   caller    wecom.object_store
-- A complete listing is what proves that a relation ended: see wecom.customer_list_end.  What differs is drift only when
-- no event of that customer waits to tell the same.
create or replace function wecom.customer_list_store(p_corp text, p_target text, p_data jsonb, p_begun_us bigint,
	p_now_us bigint, p_is_reconcile boolean)
returns jsonb
language plpgsql
as $$
declare
	v_userid constant text := coalesce(nullif(p_target, ''), p_data->>'userid');
	v_pairs constant jsonb := coalesce(nullif(p_data->'pairs', 'null'), '[]');
	v_changed text[] := '{}';
	v_drift bigint;
begin
	if v_userid is null or p_begun_us is null then
		return null;
	end if;
	if v_pairs <> '[]' then
		v_changed := wecom.customer_contact_store(p_corp, (
			select jsonb_agg(u.pair->'external_contact' order by u.n)
			from jsonb_array_elements(v_pairs) with ordinality as u (pair, n)
		), p_begun_us);
		v_changed := v_changed || wecom.follow_pulled(p_corp, (
			select jsonb_agg(jsonb_build_object('external_userid', u.pair#>'{external_contact,external_userid}',
				'follow_user', u.pair->'follow_user' || jsonb_build_object('userid', v_userid)) order by u.n)
			from jsonb_array_elements(v_pairs) with ordinality as u (pair, n)
		), p_begun_us);
	end if;
	if (p_data->>'complete')::boolean and jsonb_typeof(p_data->'seen') = 'array' then
		v_changed := v_changed || wecom.customer_list_end(p_corp, v_userid, p_data->'seen',
			coalesce((p_data->>'unlicensed')::boolean, false), p_begun_us);
	end if;
	if not p_is_reconcile or not wecom.corp_is_backfilled(p_corp) then
		return null;
	end if;
	select count(distinct c.external_userid)
	into v_drift
	from unnest(v_changed) as c (external_userid)
	where not exists (
		select
		from wecom.event as e
		where e.auth_corp_id = p_corp
			and e.job_kind = 'customer'
			and e.job_target = c.external_userid
			and e.state = 'new'
	);
	return jsonb_build_object('counts', jsonb_build_object('checked_customer', jsonb_array_length(v_pairs),
		'drift_customer', v_drift));
end
$$;

comment on function wecom.customer_list_store(text, text, jsonb, bigint, bigint, boolean) is
	'Store a page, or the end, of the listing of one member''s customers.';
