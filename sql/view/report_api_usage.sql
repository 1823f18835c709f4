create or replace view report.api_usage as
select
	a.auth_corp_id,
	a.day,
	a.api,
	a.calls,
	a.errors,
	a.limited,
	a.saved
from wecom.api_usage as a;

comment on view report.api_usage is 'API calls made and saved, by corp, day and API.';
comment on column report.api_usage.auth_corp_id is 'The corp the call was made for, or suite:<suite_id>.';
comment on column report.api_usage.day is 'Day of the call (UTC).';
comment on column report.api_usage.api is 'The API''s path, e.g. externalcontact/groupchat/get.';
comment on column report.api_usage.calls is 'Requests sent.';
comment on column report.api_usage.errors is 'Of these, answered by an error or not at all.';
comment on column report.api_usage.limited is 'Of these, refused because there were too many (45009, 45033).';
comment on column report.api_usage.saved is 'Requests not needed, because the event itself or an earlier answer told enough.';
