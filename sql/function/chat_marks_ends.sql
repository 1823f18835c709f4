-- wecom.chat_marks_ends(p_before, p_created_at, p_dismissed_at, p_is_known, p_zone, p_today): on which days chats began or ended
-- that differ from before.
--   p_before …  as wecom.chat_marks_before gave it, and the same now
--   returns     the days; -infinity: of a begin that was not told
--   caller      wecom.chat_marks
-- A dissolution changes who has left all chats from its day on.
create or replace function wecom.chat_marks_ends(p_before record, p_created_at timestamptz[], p_dismissed_at timestamptz[],
	p_is_known boolean[], p_zone text, p_today date)
returns date[]
language plpgsql
stable
as $$
begin
	return array(
		with chat as (
			select *
			from unnest(p_created_at, p_dismissed_at, p_is_known, p_before.created_at, p_before.dismissed_at,
				p_before.is_known)
				as u (created_at, dismissed_at, is_known, was_created_at, was_dismissed_at, was_known)
		)
		select coalesce((t.at at time zone p_zone)::date, '-infinity')
		from chat as c
		cross join lateral (values (c.created_at, c.is_known), (c.was_created_at, c.was_known)) as t (at, is_there)
		where t.is_there
			and (c.created_at, c.is_known) is distinct from (c.was_created_at, c.was_known)
		union
		select (t.at at time zone p_zone)::date + s.n
		from chat as c
		cross join lateral (values (c.dismissed_at), (c.was_dismissed_at)) as t (at)
		cross join lateral generate_series(0, greatest(0, least(p_today - (t.at at time zone p_zone)::date, 32))) as s (n)
		where t.at is not null
			and c.dismissed_at is distinct from c.was_dismissed_at
	);
end
$$;

comment on function wecom.chat_marks_ends(record, timestamptz[], timestamptz[], boolean[], text, date) is
	'On which days chats began or ended that differ from before.';
