create or replace view report.corp as
select
	c.auth_corp_id,
	wecom.corp_zone(c.auth_corp_id) as time_zone,
	(now() at time zone wecom.corp_zone(c.auth_corp_id))::date as today
from (
	select distinct x.auth_corp_id
	from wecom.corp as x
) as c;

comment on view report.corp is 'Corps of which there are reports, and how their days are counted.';
comment on column report.corp.auth_corp_id is 'The corp.';
comment on column report.corp.time_zone is 'Time zone in which its days are counted.';
comment on column report.corp.today is 'The day it is there now.';
