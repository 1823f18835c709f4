-- wecom.rollup_live(p_corp, p_section): which days of a section must be counted from the data now.
--   p_section  customer, tag, group, owner or event; days of group are counted by owner, too
--   returns    is_all: nothing that is kept counts; days: those to be counted, all that there are when is_all (of events: null)
--   tables     reads wecom.job
--   caller     the functions of the reports, which must read what is kept in the same statement
create or replace function wecom.rollup_live(p_corp text, p_section text, out is_all boolean, out days date[])
language plpgsql
stable
as $$
begin
	select coalesce(bool_or(split_part(j.target, ':', 2) = ''), false),
		coalesce(array_agg(split_part(j.target, ':', 2)::date) filter (where split_part(j.target, ':', 2) <> ''), '{}')
	into is_all, days
	from wecom.job as j
	where j.auth_corp_id = p_corp
		and j.kind = 'rollup'
		and (split_part(j.target, ':', 1) = p_section
			or (p_section = 'owner' and split_part(j.target, ':', 1) = 'group'));
	if is_all and p_section <> 'event' then
		days := wecom.rollup_days(p_corp, p_section);
	end if;
end
$$;

comment on function wecom.rollup_live(text, text) is
	'Which days of a section must be counted from the data now, because a job waits that keeps them.';
