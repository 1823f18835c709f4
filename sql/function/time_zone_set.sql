-- wecom.time_zone_set(p_corp, p_zone): set the time zone in which reports count days.
--   p_corp   null: of all corps that have none of their own
--   p_zone   name of a zone; null: the corp has none of its own any more
--   returns  nothing
--   errors   22023 invalid_parameter_value: there is no such zone
--   tables   wecom.setting, wecom.chat_count, wecom.event_close, wecom.event_day, wecom.job, wecom.corp_due; reads wecom.corp
--   caller   operators
-- All days are counted from the data until the jobs have kept them anew.
create or replace function wecom.time_zone_set(p_corp text, p_zone text)
returns void
language plpgsql
security definer
set search_path = pg_catalog, pg_temp
as $$
declare
	v_now constant timestamptz := clock_timestamp();
	v_now_us constant bigint := (extract(epoch from v_now) * 1000000)::bigint;
	v_name constant text := 'time_zone' || coalesce(':' || p_corp, '');
	v_corp text;
	v_due_at timestamptz;
begin
	if (p_zone is null and p_corp is null)
			or (p_zone is not null and not exists (select from pg_timezone_names as z where z.name = p_zone)) then
		raise exception 'there is no such time zone' using errcode = 'invalid_parameter_value';
	end if;
	delete from wecom.setting as s
	where s.name = v_name;
	insert into wecom.setting (name, value, meaning)
	select v_name, p_zone, 'Time zone in which reports count days; change it by wecom.time_zone_set.'
	where p_zone is not null;

	for v_corp in
		select distinct c.auth_corp_id
		from wecom.corp as c
		where c.auth_corp_id = coalesce(p_corp, c.auth_corp_id)
		order by 1
	loop
		-- rosters are read when nobody stores them
		perform
		from wecom.chat_count as c
		where c.auth_corp_id = v_corp
		order by c.chat_id
		for update;
		perform wecom.chat_count_keep(v_corp, array_agg(c.chat_id order by c.chat_id), array_agg(false), array_agg(true),
			wecom.corp_zone(v_corp))
		from wecom.chat_count as c
		where c.auth_corp_id = v_corp;
		update wecom.event_close as e
		set closed_to = '-infinity'
		where e.auth_corp_id = v_corp;
		delete from wecom.event_day as d
		where d.auth_corp_id = v_corp;
		v_due_at := wecom.job_raise_priority(v_corp, (
			select jsonb_agg(jsonb_build_array('rollup', u.section || ':', v_now_us, 2))
			from unnest('{customer,tag,group,event}'::text[]) as u (section)
		));
		if v_due_at is not null then
			perform wecom.corp_due_raise(v_corp, v_due_at);
		end if;
	end loop;
end
$$;

comment on function wecom.time_zone_set(text, text) is
	'Set the time zone in which reports count the days of a corp, or of all.';
