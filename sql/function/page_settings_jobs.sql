-- wecom.page_settings_jobs(p_corp): the corp's queue.
--   returns  {kinds: [{kind, due, leased, parked, oldest_due_at}], parked: [{kind, target, attempts, last_error}]}
--   tables   reads mirror.job
--   caller   wecom.page_settings
create or replace function wecom.page_settings_jobs(p_corp text)
returns jsonb
language sql
stable
as $$
	select jsonb_build_object(
		'kinds', (
			select coalesce(jsonb_agg(to_jsonb(k) order by k.kind), '[]')
			from (
				select j.kind, count(*) filter (where j.state = 'due') as due,
					count(*) filter (where j.state = 'leased') as leased,
					count(*) filter (where j.state = 'parked') as parked,
					min(j.due_at) filter (where j.state = 'due') as oldest_due_at
				from mirror.job as j
				where j.auth_corp_id = p_corp
				group by j.kind
			) as k
		),
		'parked', (
			select coalesce(jsonb_agg(to_jsonb(p) order by p.kind, p.target), '[]')
			from (
				select j.kind, j.target, j.attempts, j.last_error
				from mirror.job as j
				where j.auth_corp_id = p_corp
					and j.state = 'parked'
				order by j.kind, j.target
				limit 200
			) as p
		))
$$;

comment on function wecom.page_settings_jobs(text) is
	'The corp''s queue, for the page of settings.';
