-- wecom.tag_marks_raise(p_corp, p_before, p_now_us): the jobs that tags call for which have lost their customers.
--   p_before  wecom.tag_marks before the store
--   returns   as wecom.rollup_raise; null for none
--   tables    reads wecom.tag_day, wecom.tag, wecom.follow_tag
--   caller    wecom.object_store
-- Days of theirs that are not kept wait for a job already.
create or replace function wecom.tag_marks_raise(p_corp text, p_before text[], p_now_us bigint)
returns jsonb
language sql
stable
as $$
	with lost as materialized (
		select u.id
		from unnest(wecom.tag_marks(p_corp)) as u (id)
		except
		select b.id
		from unnest(p_before) as b (id)
	)
	select wecom.rollup_raise('tag', (
		select array_agg(distinct k.day)
		from wecom.tag_day as k
		where k.auth_corp_id = p_corp
			and k.tag_id in (select l.id from lost as l)
	), p_now_us)
	where exists (select from lost)
$$;

comment on function wecom.tag_marks_raise(text, text[], bigint) is
	'The jobs that tags call for which have lost their customers.';
