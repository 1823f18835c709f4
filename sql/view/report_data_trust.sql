create or replace view report.data_trust as
select
	c.auth_corp_id,
	d.day,
	d.info_type,
	d.received,
	d.duplicates,
	d.out_of_order,
	d.gaps,
	d.repaired,
	d.repair_p50_s,
	d.repair_p95_s,
	d.stale_pulls,
	d.parked,
	d.backlog,
	d.drift
from (
	select x.auth_corp_id from wecom.corp as x
	union
	select 'suite:' || x.suite_id from wecom.corp as x
	union
	select x.auth_corp_id from wecom.event_close as x
) as c
cross join lateral report.data_trust_of(c.auth_corp_id) as d;

comment on view report.data_trust is 'How far the data can be trusted: what arrived, what was missing or late, what was found to differ, by day and type of event.';
comment on column report.data_trust.auth_corp_id is 'The corp, or suite:<suite_id> for what concerns the suite.';
comment on column report.data_trust.day is 'Day in the corp''s time zone of the time inside the event, and on which a gap was found; of out_of_order, stale_pulls and drift the day (UTC) on which they were counted. 1970-01-01: events without a usable time.';
comment on column report.data_trust.info_type is 'InfoType, or MsgType on the data route; empty: none.';
comment on column report.data_trust.received is 'Events, repeats not counted.';
comment on column report.data_trust.duplicates is 'Deliveries of these beyond the first.';
comment on column report.data_trust.out_of_order is 'Member events of group chats that arrived before one that was earlier.';
comment on column report.data_trust.gaps is 'Gaps found in the version chains of group chats: an event was missing.';
comment on column report.data_trust.repaired is 'Of gaps, those that a pull has closed.';
comment on column report.data_trust.repair_p50_s is 'Median of the seconds from the arrival of the event that showed the gap to its repair.';
comment on column report.data_trust.repair_p95_s is 'The same for the 95th percentile.';
comment on column report.data_trust.stale_pulls is 'Answers of WeCom that were older than what was known, and not stored.';
comment on column report.data_trust.parked is 'Events of the day whose work waits for a person.';
comment on column report.data_trust.backlog is 'Events of the day whose work is still to be done.';
comment on column report.data_trust.drift is 'What a full reconcile found to differ from the mirror; ideally 0.';
