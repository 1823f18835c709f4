-- wecom.rollup_days(p_corp, p_section): the days of which a section has anything to tell.
--   p_section  customer, tag, group or owner
--   returns    the days of the data, and those that are kept
--   tables     reads the data of the section and what is kept of it
--   caller     wecom.rollup_live, wecom.rollup_store, wecom.rollup_check
-- One step by the indexes for each day, however much happened on it.
create or replace function wecom.rollup_days(p_corp text, p_section text)
returns date[]
language plpgsql
stable
as $$
declare
	v_section constant text := case p_section when 'owner' then 'group' else p_section end;
	v_zone constant text := wecom.corp_zone(p_corp);
	v_at timestamptz := '-infinity';
	v_days date[] := '{-infinity}';
begin
	loop
		case v_section
		when 'customer' then
			v_at := least(
				(select min(f.added_at) from wecom.follow as f where f.auth_corp_id = p_corp
					and f.added_at >= v_at),
				(select min(f.half_at) from wecom.follow as f where f.auth_corp_id = p_corp
					and f.half_at >= v_at),
				(select min(f.lost_at) from wecom.follow as f where f.auth_corp_id = p_corp
					and f.lost_at >= v_at));
		when 'tag' then
			v_at := (select min(t.added_at) from wecom.follow_tag as t where t.auth_corp_id = p_corp
				and t.added_at >= v_at);
		when 'group' then
			v_at := least(
				(select min(g.created_at) from wecom.group_chat as g where g.auth_corp_id = p_corp
					and g.created_at >= v_at),
				(select min(g.dismissed_at) from wecom.group_chat as g where g.auth_corp_id = p_corp
					and g.dismissed_at >= v_at),
				(select min(l.at) from wecom.group_chat_ledger as l where l.auth_corp_id = p_corp
					and l.at >= v_at));
		end case;
		exit when v_at is null;
		v_days := v_days || (v_at at time zone v_zone)::date;
		v_at := ((v_at at time zone v_zone)::date + 1)::timestamp at time zone v_zone;
	end loop;
	return array(
		select distinct d.day
		from (
			select u.day
			from unnest(v_days) as u (day)
			union all
			select k.day from wecom.customer_day as k where v_section = 'customer' and k.auth_corp_id = p_corp
			union all
			select k.day from wecom.staff_day as k where v_section = 'customer' and k.auth_corp_id = p_corp
			union all
			select k.day from wecom.channel_day as k where v_section = 'customer' and k.auth_corp_id = p_corp
			union all
			select k.day from wecom.loss_day as k where v_section = 'customer' and k.auth_corp_id = p_corp
			union all
			select k.day from wecom.tag_day as k where v_section = 'tag' and k.auth_corp_id = p_corp
			union all
			select k.day from wecom.group_day as k where v_section = 'group' and k.auth_corp_id = p_corp
			union all
			select k.day from wecom.owner_day as k where v_section = 'group' and k.auth_corp_id = p_corp
			union all
			select u.day
			from wecom.chat_count as c
			cross join lateral unnest(c.present_days) as u (day)
			where v_section = 'group'
				and c.auth_corp_id = p_corp
		) as d
		order by d.day
	);
end
$$;

comment on function wecom.rollup_days(text, text) is
	'The days of which a section has anything to tell.';
