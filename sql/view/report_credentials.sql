create or replace view report.credentials as
select
	c.auth_corp_id,
	extract(epoch from now() - (
		select max(s.secret_at)
		from wecom.secret as s
		where s.auth_corp_id = 'suite:' || c.suite_id
			and s.kind = 'suite_ticket'
	))::bigint as suite_ticket_age_s,
	t.expires_at as token_expires_at,
	c.state
from wecom.corp as c
left join wecom.token as t on t.auth_corp_id = c.auth_corp_id
	and t.kind = 'access_token';

comment on view report.credentials is 'How fresh what opens the API is, corp by corp.';
comment on column report.credentials.auth_corp_id is 'The corp.';
comment on column report.credentials.suite_ticket_age_s is 'Seconds since the time of the newest suite_ticket, which comes every 10 minutes and is good for 30; null when none ever came.';
comment on column report.credentials.token_expires_at is 'End of the corp''s access token; null when none is held.';
comment on column report.credentials.state is 'State of the corp: pending, active, suspended or cancelled.';
