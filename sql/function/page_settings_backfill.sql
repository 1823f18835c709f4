-- wecom.page_settings_backfill(p_corp, p_is_begun): how far the first full read has come.
--   p_is_begun  it has been asked for
--   returns     {done, steps: [{kind, left: jobs, stored: objects}]}; done: begun, and no job of a full read is left
--   tables      reads mirror.job, and the objects
--   caller      wecom.page_settings
create or replace function wecom.page_settings_backfill(p_corp text, p_is_begun boolean)
returns jsonb
language sql
stable
as $$
	with left_over as materialized (
		select split_part(j.kind, '_', 1) as kind, count(*) as n,
			count(*) filter (where j.priority = 1 and j.state <> 'parked') as full_n
		from mirror.job as j
		where j.auth_corp_id = p_corp
			and j.kind in ('chat', 'chat_list', 'customer', 'customer_list', 'member', 'member_list', 'tag')
		group by 1
	)
	select jsonb_build_object(
		'done', p_is_begun and not exists (select from left_over as l where l.full_n > 0),
		'steps', (
			select jsonb_agg(jsonb_build_object('kind', s.kind, 'left', coalesce(l.n, 0), 'stored', s.stored)
				order by s.place)
			from (values
				(1, 'tag', (select count(*) from mirror.tag as t where t.auth_corp_id = p_corp)),
				(2, 'member', (select count(*) from mirror.member as m where m.auth_corp_id = p_corp)),
				(3, 'customer', (select count(*) from mirror.customer as c where c.auth_corp_id = p_corp)),
				(4, 'chat', (select count(*) from mirror.group_chat as g where g.auth_corp_id = p_corp))
			) as s (place, kind, stored)
			left join left_over as l on l.kind = s.kind
		))
$$;

comment on function wecom.page_settings_backfill(text, boolean) is
	'How far the first full read has come, for the page of settings.';
