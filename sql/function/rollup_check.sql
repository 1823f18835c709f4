-- wecom.rollup_check(p_corp): count everything again that is kept for reports, and tell what differs.
--   returns  no rows when all is exact; else the table, the row that is kept and the one that should be, either null when
--            there is none
--   tables   reads all of migrate/0007_rollup.sql, what wecom.follow keeps of ends, and the data
--   caller   operators, tests
-- Days for which a job waits are not read by reports, and not looked at here.
create or replace function wecom.rollup_check(p_corp text)
returns table (kept_in text, kept jsonb, fresh jsonb)
language plpgsql
stable
security definer
set search_path = pg_catalog, pg_temp
as $$
begin
	return query select c.* from wecom.rollup_check_day(p_corp) as c;
	return query select c.* from wecom.rollup_check_event(p_corp) as c;
	return query select c.* from wecom.rollup_check_group(p_corp) as c;
	return query select c.* from wecom.rollup_check_lost(p_corp) as c;
end
$$;

comment on function wecom.rollup_check(text) is
	'Count everything again that is kept for reports, and tell what differs; no rows when all is exact.';
