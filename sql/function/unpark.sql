-- wecom.unpark(p_corp, p_kind, p_target): what was mended may go on at once: parked jobs, and those that wait after failures.
--   p_kind    null: of every kind
--   p_target  null: all of the kind; '' is the job for all of the kind itself
--   returns   how many jobs
--   tables    wecom.job, wecom.corp_due
--   caller    operators
create or replace function wecom.unpark(p_corp text, p_kind text, p_target text default null)
returns integer
language plpgsql
security definer
set search_path = pg_catalog, pg_temp
as $$
declare
	v_free record;
begin
	select u.freed, u.due_at
	into v_free
	from wecom.job_unpark(p_corp, p_kind, p_target) as u;
	if v_free.due_at is not null then
		perform wecom.corp_due_raise(p_corp, v_free.due_at);
	end if;
	return v_free.freed;
end
$$;

comment on function wecom.unpark(text, text, text) is
	'Let parked jobs, and those that wait after failures, go on at once; how many.';
