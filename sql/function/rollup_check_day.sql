-- wecom.rollup_check_day(p_corp): wecom.rollup_check of days of relations, tags and chats.
--   returns  as wecom.rollup_check
--   tables   reads what is kept of these, and the data
--   caller   wecom.rollup_check
create or replace function wecom.rollup_check_day(p_corp text)
returns table (kept_in text, kept jsonb, fresh jsonb)
language plpgsql
stable
as $$
declare
	v_of record;
	v_live record;
	v_days date[];
begin
	for v_of in
		select *
		from (values
			('customer', 'customer_day', 'day'),
			('customer', 'staff_day', 'day,userid'),
			('customer', 'channel_day', 'day,state'),
			('customer', 'loss_day', 'day,userid,state,age'),
			('tag', 'tag_day', 'day,tag_id'),
			('group', 'group_day', 'day'),
			('owner', 'owner_day', 'day,owner')
		) as t (section, name, keys)
	loop
		v_live := wecom.rollup_live(p_corp, v_of.section);
		continue when v_live.is_all;
		v_days := array(
			select u.day
			from unnest(wecom.rollup_days(p_corp, v_of.section)) as u (day)
			where u.day <> all (v_live.days)
		);
		return query execute format('select %2$L, k.v, n.v
			from (select to_jsonb(x) - ''auth_corp_id'' as v, row(%3$s) as key from wecom.%1$I as x
				where x.auth_corp_id = $1 and x.day <> all ($3)) as k
			full join (select to_jsonb(y) as v, row(%3$s) as key from wecom.%4$I($1, $2) as y) as n on n.key = k.key
			where k.v is distinct from n.v', v_of.name, v_of.name, v_of.keys, v_of.name || '_of')
		using p_corp, v_days, v_live.days;
	end loop;
end
$$;

comment on function wecom.rollup_check_day(text) is
	'wecom.rollup_check of days of relations, tags and chats.';
