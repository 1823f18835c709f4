-- wecom.follow_before(p_corp, p_plan, p_begun_at): what a pull makes of the periods before those that it begins.
--   p_plan   as wecom.follow_plan gives it
--   returns  nothing
--   tables   wecom.follow
--   caller   wecom.follow_pulled
-- One that had ended unseen ends when the new one begins.  A deletion by the customer that was told early is the new one's.
create or replace function wecom.follow_before(p_corp text, p_plan jsonb, p_begun_at timestamptz)
returns void
language plpgsql
as $$
begin
	if p_plan @> '[{"action": "renew"}]' then
		update wecom.follow as f
		set status = 'deleted_by_staff',
			lost_at = timestamptz 'epoch' + u.create_us * interval '1 microsecond',
			lost_by_absence = true,
			lost_event_id = null,
			seen_at = p_begun_at
		from jsonb_to_recordset(p_plan) as u (external_userid text, userid text, period integer, action text,
			create_us bigint)
		where u.action = 'renew'
			and f.auth_corp_id = p_corp
			and f.external_userid = u.external_userid
			and f.userid = u.userid
			and f.period = u.period - 1;
	end if;
	update wecom.follow as f
	set customer_lost_at = null, customer_lost_event_id = null
	from jsonb_to_recordset(p_plan) as u (external_userid text, userid text, period integer, over_us bigint)
	where u.over_us is not null
		and f.auth_corp_id = p_corp
		and f.external_userid = u.external_userid
		and f.userid = u.userid
		and f.period = u.period - 1;
end
$$;

comment on function wecom.follow_before(text, jsonb, timestamptz) is
	'What a pull makes of the periods before those that it begins.';
