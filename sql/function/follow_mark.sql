-- wecom.follow_mark(p_corp, p_customer, p_mark): apply what an event says of a pair of member and customer.
--   p_mark   {userid, mark, at_us, state, reason, event_id}; mark is half, added, deleted_by_staff, deleted_by_customer,
--            transferred or transfer_fail
--   returns  true when something changed
--   errors   22023 for another mark
--   tables   wecom.follow, wecom.follow_tag, wecom.transfer_failure
--   caller   wecom.customer_store, in order of the events
-- A mark is applied once, however often its event comes: the row remembers the event.
create or replace function wecom.follow_mark(p_corp text, p_customer text, p_mark jsonb)
returns boolean
language plpgsql
as $$
declare
	v_userid constant text := p_mark->>'userid';
	v_mark constant text := p_mark->>'mark';
	v_at constant timestamptz := timestamptz 'epoch' + (p_mark->>'at_us')::bigint * interval '1 microsecond';
	v_event_id constant uuid := p_mark->>'event_id';
begin
	if v_mark = 'transfer_fail' then
		insert into wecom.transfer_failure as f (auth_corp_id, external_userid, userid, failed_at, fail_reason)
		values (p_corp, p_customer, v_userid, v_at, p_mark->>'reason')
		on conflict (auth_corp_id, external_userid, userid, failed_at) do nothing;
		return found;
	end if;
	perform
	from wecom.follow as f
	where f.auth_corp_id = p_corp
		and f.external_userid = p_customer
		and f.userid = v_userid
		and v_event_id in (f.half_event_id, f.added_event_id, f.lost_event_id, f.gone_event_id, f.customer_lost_event_id);
	if found then
		return false;
	end if;
	if v_mark in ('half', 'added') then
		return wecom.follow_mark_begin(p_corp, p_customer, v_userid, v_mark, v_at, p_mark->>'state', v_event_id);
	elsif v_mark in ('deleted_by_staff', 'deleted_by_customer', 'transferred') then
		return wecom.follow_mark_end(p_corp, p_customer, v_userid, v_mark, v_at, v_event_id);
	end if;
	raise exception 'unknown mark %', v_mark using errcode = '22023';
end
$$;

comment on function wecom.follow_mark(text, text, jsonb) is
	'Apply what an event says of a pair of member and customer; true when something changed.';
