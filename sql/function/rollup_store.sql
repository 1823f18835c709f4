-- wecom.rollup_store(p_corp, p_target, p_now_us): keep the figures of a day, or have all days kept.
--   p_target  customer:<day>, tag:<day>, group:<day>, owner:<day>, event:<day>; without a day: all; person: people of chats
--   returns   null, or {raise}: the days of all, or what is left to do
--   errors    22023 for another target
--   tables    those of migrate/0007_rollup.sql, wecom.owner_day
--   caller    wecom.object_store
-- Counted here, in the transaction that ends the job: see migrate/0007_rollup.sql.  Planned at each call, by the size that
-- the tables have then.
create or replace function wecom.rollup_store(p_corp text, p_target text, p_now_us bigint)
returns jsonb
language plpgsql
set enable_seqscan = on
set plan_cache_mode = force_custom_plan
as $$
declare
	v_section constant text := split_part(p_target, ':', 1);
	v_day constant date := nullif(split_part(p_target, ':', 2), '');
	v_raise jsonb := '[]';
begin
	if v_section not in ('customer', 'tag', 'group', 'owner', 'event', 'person') then
		raise exception 'there are no figures of %', p_target using errcode = '22023';
	elsif v_day is null and v_section in ('customer', 'tag', 'group', 'owner') then
		select jsonb_agg(jsonb_build_array('rollup', v_section || ':' || u.day, p_now_us, 2) order by u.day)
		into v_raise
		from unnest(wecom.rollup_days(p_corp, v_section)) as u (day);
	elsif v_section = 'customer' then
		perform wecom.rollup_customer(p_corp, v_day);
	elsif v_section = 'tag' then
		perform wecom.rollup_tag(p_corp, v_day);
	elsif v_section = 'group' then
		perform wecom.rollup_group(p_corp, v_day);
		perform wecom.rollup_owner(p_corp, v_day);
	elsif v_section = 'owner' then
		perform wecom.rollup_owner(p_corp, v_day);
	elsif v_section = 'event' and v_day is not null then
		perform wecom.rollup_event(p_corp, v_day, v_day);
	end if;
	if v_section in ('group', 'person') and wecom.rollup_person(p_corp, 500) then
		v_raise := v_raise || jsonb_build_array(jsonb_build_array('rollup', 'person:', p_now_us, 2));
	end if;
	if v_section <> 'person' and wecom.rollup_close(p_corp, p_now_us) then
		v_raise := v_raise || jsonb_build_array(jsonb_build_array('rollup', 'event:', p_now_us + 1000000, 2));
	end if;
	return case when v_raise <> '[]' then jsonb_build_object('raise', v_raise) end;
end
$$;

comment on function wecom.rollup_store(text, text, bigint) is
	'Keep the figures of a day, or have all days kept.';
