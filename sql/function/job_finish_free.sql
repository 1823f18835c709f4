-- wecom.job_finish_free(p_corp): what was parked, or waits after failures, of a corp whose scope or permissions changed.
--   returns  the earliest due time; null for none
--   tables   wecom.job
--   caller   wecom.job_finish, behind the jobs at hand: kind by kind, each in the order of its keys.  A receiver that holds
--            one of an earlier kind and waits for the corp's own job would close a ring, which ends by repeating the call
create or replace function wecom.job_finish_free(p_corp text)
returns timestamptz
language plpgsql
as $$
declare
	v_kind text;
	v_due_at timestamptz;
begin
	foreach v_kind in array '{chat,chat_list,customer,customer_list,member,member_list,tag}'::text[] loop
		v_due_at := least(v_due_at, (select u.due_at from wecom.job_unpark(p_corp, v_kind, null) as u));
	end loop;
	return v_due_at;
end
$$;

comment on function wecom.job_finish_free(text) is
	'Free what was parked of a corp whose scope or permissions changed; the earliest due time.';
