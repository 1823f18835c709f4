-- wecom.delete_alert_least(): how many relations a member must end on one day to be pointed out.
--   returns  the setting delete_alert; 10 when it is no number
--   tables   reads wecom.setting
--   caller   report.staff_ranking
create or replace function wecom.delete_alert_least()
returns integer
language sql
stable
security definer
set search_path = pg_catalog, pg_temp
as $$
	select coalesce((
		select s.value::integer
		from wecom.setting as s
		where s.name = 'delete_alert'
			and s.value ~ '^[0-9]{1,9}$'
	), 10)
$$;

comment on function wecom.delete_alert_least() is
	'How many relations a member must end on one day to be pointed out.';
