-- wecom.corp_due_raise(p_corp, p_due_at): see to it that the corp is looked at by p_due_at.
--   returns  nothing
--   tables   wecom.corp_due
--   caller   whoever wrote a waiting job; last in its transaction
-- Written only when the time moves earlier, for a busy corp must have no hot row.  The look takes FOR KEY SHARE, which
-- the daemon's FOR UPDATE waits for before it recomputes the row: see migrate/0002_queue.sql.
create or replace function wecom.corp_due_raise(p_corp text, p_due_at timestamptz)
returns void
language plpgsql
as $$
begin
	perform
	from wecom.corp_due as d
	where d.auth_corp_id = p_corp
		and d.due_at <= p_due_at
	for key share;
	if found then
		return;
	end if;

	insert into wecom.corp_due as d (auth_corp_id, due_at)
	values (p_corp, p_due_at)
	on conflict (auth_corp_id) do update
	set due_at = excluded.due_at
	where d.due_at > excluded.due_at;
end
$$;

comment on function wecom.corp_due_raise(text, timestamptz) is
	'Move a corp''s next due time earlier if it is later.';
