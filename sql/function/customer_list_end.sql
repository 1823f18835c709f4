-- wecom.customer_list_end(p_corp, p_userid, p_seen, p_is_unlicensed, p_begun_us): a member's customers are listed to the end.
--   p_seen           external_userids that were listed
--   p_is_unlicensed  WeCom left the member out for want of a licence
--   returns          external_userids of the pairs that are proved to be no more
--   tables           wecom.follow, wecom.follow_tag; reads wecom.customer
--   caller           wecom.customer_list_store
-- Not listed, and there by the begin of the listing less the settling time: an active relation was ended by the member at
-- the begin of the listing, no event told when; a customer who had deleted the member was let go of, too.
-- A customer pulled since the listing began is left to that pull.
-- Without a licence nothing is proved: the pairs are marked, so that no pull of theirs asks for this listing again.
create or replace function wecom.customer_list_end(p_corp text, p_userid text, p_seen jsonb, p_is_unlicensed boolean,
	p_begun_us bigint)
returns text[]
language plpgsql
as $$
declare
	v_begun_at constant timestamptz := timestamptz 'epoch' + p_begun_us * interval '1 microsecond';
	v_seen_at constant timestamptz := v_begun_at - interval '2 seconds';
	v_missing text[];
begin
	select array_agg(f.external_userid)
	into v_missing
	from wecom.follow as f
	left join lateral (
		select h.seen_at
		from wecom.customer as h
		where h.auth_corp_id = p_corp
			and h.external_userid = f.external_userid
		limit 1
	) as c on true
	where f.auth_corp_id = p_corp
		and f.userid = p_userid
		and f.external_userid <> ''	-- by the index of members
		and ((f.status = 'active' and coalesce(f.added_at, '-infinity') <= v_seen_at)
			or (f.status = 'deleted_by_customer' and f.gone_at is null and f.lost_at <= v_seen_at))
		and coalesce(greatest(f.seen_at, c.seen_at) <= v_begun_at, true)
		and f.external_userid not in (select s.external_userid
			from jsonb_array_elements_text(p_seen) as s (external_userid))
		and not exists (
			select
			from wecom.follow as l
			where l.auth_corp_id = p_corp
				and l.external_userid = f.external_userid
				and l.userid = p_userid
				and l.period > f.period
		);
	if p_is_unlicensed then
		update wecom.follow as f
		set absence = 'no_licence'
		where f.auth_corp_id = p_corp
			and f.userid = p_userid
			and f.external_userid = any (v_missing)
			and f.status in ('active', 'deleted_by_customer')
			and f.absence is null;
		return '{}';
	end if;
	update wecom.follow as f
	set status = case when f.status = 'active' then 'deleted_by_staff' else f.status end,
		lost_at = coalesce(f.lost_at, v_begun_at),
		lost_by_absence = f.status = 'active' or f.lost_by_absence,
		gone_at = case when f.status = 'deleted_by_customer' then v_begun_at end,
		absence = null,
		seen_at = v_begun_at
	where f.auth_corp_id = p_corp
		and f.userid = p_userid
		and f.external_userid = any (v_missing)
		and (f.status = 'active' or (f.status = 'deleted_by_customer' and f.gone_at is null));
	update wecom.follow_tag as t
	set removed_at = v_begun_at
	where t.auth_corp_id = p_corp
		and t.userid = p_userid
		and t.external_userid = any (v_missing)
		and coalesce(t.removed_at, 'infinity') = 'infinity';	-- by the key, not by the index of tags that are given
	return coalesce(v_missing, '{}');
end
$$;

comment on function wecom.customer_list_end(text, text, jsonb, boolean, bigint) is
	'A member''s customers are listed to the end: mark the relations that are proved to be no more.';
