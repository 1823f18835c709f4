-- wecom.resync(p_corp, p_kind, p_target): read objects again from WeCom, and count what differs as drift.
--   p_kind    chat, chat_list, customer, customer_list, tag, member, member_list, openid_map or corp; null: everything
--   p_target  the object; null: all of the kind
--   returns   how many jobs were raised; of chat, customer and member all are found by reading the list
--   errors    22023 invalid_parameter_value: no such kind, or the corp does not have the app
--   tables    wecom.job, wecom.corp_due; reads wecom.corp
--   caller    operators; the pages
-- A parked job of these goes on.
create or replace function wecom.resync(p_corp text, p_kind text, p_target text default null)
returns integer
language plpgsql
security definer
set search_path = pg_catalog, pg_temp
as $$
declare
	v_now_us constant bigint := (extract(epoch from clock_timestamp()) * 1000000)::bigint;
	v_kinds text[] := array[p_kind];
	v_kind text;
	v_due_at timestamptz;
begin
	perform
	from wecom.corp as c
	where c.auth_corp_id = p_corp
		and c.state <> 'cancelled';
	if not found then
		raise exception 'the corp is not known, or does not have the app any more'
			using errcode = 'invalid_parameter_value';
	end if;
	if p_kind is null then
		v_kinds := '{chat_list,corp,customer_list,member_list,tag}';
	elsif p_kind not in ('chat', 'chat_list', 'corp', 'customer', 'customer_list', 'member', 'member_list', 'openid_map',
		'tag')
	then
		raise exception 'there is nothing of this kind to read again' using errcode = 'invalid_parameter_value',
			hint = 'chat, chat_list, customer, customer_list, tag, member, member_list, openid_map or corp';
	elsif p_kind in ('chat', 'customer', 'member') and coalesce(p_target, '') = '' then
		v_kinds := array[p_kind || '_list'];
	end if;

	-- in the order of keys, and the corp's due row last: see migrate/0002_queue.sql
	foreach v_kind in array v_kinds loop
		v_due_at := least(v_due_at, (
			select u.due_at
			from wecom.job_unpark(p_corp, v_kind, coalesce(p_target, '')) as u
		));
		v_due_at := least(v_due_at, wecom.job_raise_priority(p_corp, jsonb_build_array(jsonb_build_array(v_kind,
			coalesce(p_target, ''), v_now_us, case when coalesce(p_target, '') = '' then 1 else 0 end, true))));
	end loop;
	if v_due_at is not null then
		perform wecom.corp_due_raise(p_corp, v_due_at);
	end if;
	return cardinality(v_kinds);
end
$$;

comment on function wecom.resync(text, text, text) is
	'Read objects again from WeCom: a kind, one object of it, or everything; how many jobs were raised.';
