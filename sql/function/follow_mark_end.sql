-- wecom.follow_mark_end(p_corp, p_customer, p_userid, p_mark, p_at, p_event_id): a relation ended.
--   p_mark   deleted_by_staff, deleted_by_customer or transferred
--   returns  true when something changed
--   tables   wecom.follow, wecom.follow_tag
--   caller   wecom.follow_mark
-- The mark belongs to the latest period that had begun by then; when all are newer it says nothing new, and a pair that
-- was never known gets a period whose begin is not known.  That period's end is, in whatever order events arrive:
--   the earliest mark inside it: who ended the relation, and when (of one second the customer's); it replaces an end that
--   only a listing proved.  A member's mark after the customer's is gone_at: WeCom then shows the pair no more.
--   A customer's mark after the end is customer_lost_at: the end of a period whose begin is told later, if ever.
-- Tags end with what WeCom shows of the pair.
create or replace function wecom.follow_mark_end(p_corp text, p_customer text, p_userid text, p_mark text, p_at timestamptz,
	p_event_id uuid)
returns boolean
language plpgsql
as $$
declare
	v_is_customer constant boolean := p_mark = 'deleted_by_customer';
	v_was_customer boolean;
	v_was wecom.follow;
	v_new wecom.follow;
begin
	select f.* into v_was
	from wecom.follow as f
	where f.auth_corp_id = p_corp
		and f.external_userid = p_customer
		and f.userid = p_userid
		and coalesce(least(f.half_at, f.added_at), '-infinity') <= p_at
	order by f.period desc
	limit 1;
	if not found then
		insert into wecom.follow as f (auth_corp_id, external_userid, userid, period, status, lost_at, lost_event_id)
		select p_corp, p_customer, p_userid, 1, p_mark, p_at, p_event_id
		where not exists (
			select
			from wecom.follow as l
			where l.auth_corp_id = p_corp
				and l.external_userid = p_customer
				and l.userid = p_userid
		);
		return found;
	end if;

	v_new := v_was;
	v_was_customer := v_was.status = 'deleted_by_customer';
	if v_was.added_at > p_at then
		-- of the time in which it was half: it came to be whole all the same
		return false;
	elsif v_was.lost_at is null or p_at < v_was.lost_at or (p_at = v_was.lost_at and v_is_customer and not v_was_customer)
		then
		v_new.status := p_mark;
		v_new.lost_at := p_at;
		v_new.lost_event_id := p_event_id;
		v_new.lost_by_absence := false;
		if v_was_customer and p_at < v_was.lost_at and coalesce(v_was.customer_lost_at < v_was.lost_at, true) then
			-- the later one ended a relation that began between the two
			v_new.customer_lost_at := v_was.lost_at;
			v_new.customer_lost_event_id := v_was.lost_event_id;
		end if;
		if not v_is_customer then
			v_new.gone_at := null;
			v_new.gone_event_id := null;
		elsif v_was.lost_at is not null and not v_was_customer
			-- that the next one had begun says nothing of the member
			and not (v_was.lost_by_absence and exists (select from wecom.follow as n where n.auth_corp_id = p_corp
				and n.external_userid = p_customer and n.userid = p_userid and n.period > v_was.period)) then
			v_new.gone_at := v_was.lost_at;
			v_new.gone_event_id := v_was.lost_event_id;
		end if;
	elsif v_was_customer and not v_is_customer and (v_was.gone_at is null or p_at < v_was.gone_at) then
		v_new.gone_at := p_at;
		v_new.gone_event_id := p_event_id;
	elsif v_was.lost_by_absence and p_at = v_was.lost_at then
		v_new.status := p_mark;
		v_new.lost_event_id := p_event_id;
		v_new.lost_by_absence := false;
	elsif v_is_customer and p_at > v_was.lost_at and coalesce(v_was.customer_lost_at < p_at, true) then
		v_new.customer_lost_at := p_at;
		v_new.customer_lost_event_id := p_event_id;
	else
		return false;
	end if;
	update wecom.follow as f
	set status = v_new.status, lost_at = v_new.lost_at, lost_event_id = v_new.lost_event_id,
		lost_by_absence = v_new.lost_by_absence, gone_at = v_new.gone_at, gone_event_id = v_new.gone_event_id,
		customer_lost_at = v_new.customer_lost_at, customer_lost_event_id = v_new.customer_lost_event_id
	where f.auth_corp_id = p_corp and f.external_userid = p_customer and f.userid = p_userid and f.period = v_was.period;
	if v_new.status <> 'deleted_by_customer' or v_new.gone_at is not null then
		perform wecom.follow_tag_end(p_corp, p_customer, p_userid, p_at, v_was.period);
	end if;
	return true;
end
$$;

comment on function wecom.follow_mark_end(text, text, text, text, timestamptz, uuid) is
	'A relation ended; true when something changed.';
