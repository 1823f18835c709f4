-- wecom.job_has_events(p_corp, p_kind, p_target): does an event wait for the job?
--   returns  true when one does
--   tables   reads wecom.event
--   caller   wecom.job_drop
create or replace function wecom.job_has_events(p_corp text, p_kind text, p_target text)
returns boolean
language sql
stable
as $$
	select exists (
		select
		from wecom.event as e
		where e.auth_corp_id = p_corp
			and e.job_kind = p_kind
			and e.job_target = p_target
			and e.state = 'new'
	)
$$;

comment on function wecom.job_has_events(text, text, text) is
	'Does an event wait for the job?';
