-- wecom.follow_mark_begin(p_corp, p_customer, p_userid, p_mark, p_at, p_state, p_event_id): a relation began, or became whole.
--   p_mark   half or added
--   p_state  the channel it came by; null: not told
--   returns  true when something changed
--   tables   wecom.follow, wecom.follow_tag
--   caller   wecom.follow_mark
-- By the pair's latest period:
--   none, or lost at that time or before    a new period; tags of the one before end
--   lost in the same second, and begun      the event's own period, of which the end was told first: when its begin is not
--                                           known, or is that second as a pull showed it, or it was half and the addition
--                                           arrived before the end
--   half, and it is added later             becomes active
--   begin not told, and nothing contradicts  the time is filled in: the event came late
--   else                                    nothing: newer things are known, or the pull that belongs to it will tell
-- A new period is over at once when the customer's deletion arrived before the event of its begin (customer_lost_at).
create or replace function wecom.follow_mark_begin(p_corp text, p_customer text, p_userid text, p_mark text, p_at timestamptz,
	p_state text, p_event_id uuid)
returns boolean
language plpgsql
as $$
declare
	v_is_half constant boolean := p_mark = 'half';
	v_last wecom.follow;
	v_is_own boolean;
	v_is_over boolean;
	v_has_room boolean;
begin
	select f.* into v_last
	from wecom.follow as f
	where f.auth_corp_id = p_corp
		and f.external_userid = p_customer
		and f.userid = p_userid
	order by f.period desc
	limit 1;
	v_is_own := v_last.lost_at = p_at
		and case
			when v_last.added_at is not null then v_last.added_at = p_at and v_last.added_event_id is null
			when v_last.half_at is not null then not v_is_half and p_event_id < v_last.lost_event_id
			else true
		end;
	if v_last.period is null or (v_last.lost_at <= p_at and not coalesce(v_is_own, false)) then
		v_is_over := coalesce(v_last.customer_lost_at > p_at
			or (v_last.customer_lost_at = p_at and p_event_id < v_last.customer_lost_event_id), false);
		insert into wecom.follow as f (auth_corp_id, external_userid, userid, period, state, status, half_at, added_at,
			half_event_id, added_event_id, lost_at, lost_event_id)
		values (p_corp, p_customer, p_userid, coalesce(v_last.period, 0) + 1, p_state,
			case when v_is_over then 'deleted_by_customer' when v_is_half then 'half' else 'active' end,
			case when v_is_half then p_at end, case when not v_is_half then p_at end,
			case when v_is_half then p_event_id end, case when not v_is_half then p_event_id end,
			case when v_is_over then v_last.customer_lost_at end,
			case when v_is_over then v_last.customer_lost_event_id end);
		if v_is_over then
			update wecom.follow as f
			set customer_lost_at = null, customer_lost_event_id = null
			where f.auth_corp_id = p_corp
				and f.external_userid = p_customer
				and f.userid = p_userid
				and f.period = v_last.period;
		end if;
		perform wecom.follow_tag_end(p_corp, p_customer, p_userid, p_at);
		return true;
	end if;

	-- does the time lie inside this period, as far as is known?
	select (v_last.lost_at is null or v_last.lost_at >= p_at)
		and not exists (
			select
			from wecom.follow as f
			where f.auth_corp_id = p_corp
				and f.external_userid = p_customer
				and f.userid = p_userid
				and f.period < v_last.period
				and f.lost_at > p_at
		)
	into v_has_room;
	if not v_has_room
			or (v_is_half and (v_last.half_at is not null or v_last.added_at < p_at))
			or (not v_is_half and ((v_last.added_at is not null and not coalesce(v_is_own, false))
				or v_last.half_at > p_at)) then
		return false;
	end if;
	update wecom.follow as f
	set status = case when f.status = 'half' and not v_is_half then 'active' else f.status end,
		state = coalesce(f.state, p_state),
		half_at = case when v_is_half then p_at else f.half_at end,
		half_event_id = case when v_is_half then p_event_id else f.half_event_id end,
		added_at = case when v_is_half then f.added_at else p_at end,
		added_event_id = case when v_is_half then f.added_event_id else p_event_id end
	where f.auth_corp_id = p_corp
		and f.external_userid = p_customer
		and f.userid = p_userid
		and f.period = v_last.period;
	return true;
end
$$;

comment on function wecom.follow_mark_begin(text, text, text, text, timestamptz, text, uuid) is
	'A relation began or became whole; true when something changed.';
