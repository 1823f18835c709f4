-- wecom.corp_due_raise(p_corp, p_due_at): see to it that the corp is looked at by p_due_at.
--   returns  nothing; null for a time asks for nothing
--   errors   40001 when others wrote the row a thousand times before we could
--   tables   wecom.corp_due
--   caller   whoever wrote a waiting job; last in its transaction
-- Written only when the time moves earlier, for a busy corp must have no hot row.  The look takes FOR KEY SHARE, which
-- the daemon's FOR UPDATE waits for before it recomputes the row: see migrate/0002_queue.sql.  Only a row that is due in
-- time is looked at so: two that share one that is not could not move it.
create or replace function wecom.corp_due_raise(p_corp text, p_due_at timestamptz)
returns void
language plpgsql
as $$
declare
	v_turn bigint;
begin
	if p_due_at is null then
		return;
	end if;
	for v_try in 1..1000 loop
		-- the last in the index: see migrate/0009_queue.sql
		perform
		from wecom.corp_due as d
		where d.auth_corp_id = p_corp
			and d.turn = (
				select l.turn
				from wecom.corp_due as l
				where l.auth_corp_id = p_corp
				order by l.turn desc
				limit 1
			)
			and d.due_at <= p_due_at
		for key share;
		if found then
			return;
		end if;

		select d.turn
		into v_turn
		from wecom.corp_due as d
		where d.auth_corp_id = p_corp
		order by d.turn desc
		limit 1;
		if v_turn is null then
			-- the corp's first: whoever else makes it waits here, and then finds it
			perform pg_advisory_xact_lock(hashtextextended(p_corp, 0));
			insert into wecom.corp_due as d (auth_corp_id, turn, due_at)
			select p_corp, 0, p_due_at
			where not exists (select from wecom.corp_due as l where l.auth_corp_id = p_corp);
		else
			update wecom.corp_due as d
			set due_at = p_due_at,
				turn = d.turn + 1
			where d.auth_corp_id = p_corp
				and d.turn = v_turn
				and d.due_at > p_due_at;
		end if;
		-- else it was written meanwhile: looked at again
		if found then
			return;
		end if;
	end loop;
	raise exception 'the due row of a corp changes all the time' using errcode = 'serialization_failure';
end
$$;

comment on function wecom.corp_due_raise(text, timestamptz) is
	'Move a corp''s next due time earlier if it is later.';
