-- wecom.web_metrics(): figures for the operator's monitoring, over all corps.
--   returns  {queue: [{kind, state, jobs, age_s}], corps: {state: n}, sessions, api: [{api, calls, errors, limited, saved}],
--            drift: {kind: n}, checked: {kind: n}, tickets: {suite: age_s}}; api, drift and checked since midnight UTC.
--            age_s: how long the oldest job has been waiting after its time, of those that events called for in corps
--            that are active
--   tables   reads wecom.job, wecom.corp, wecom.session, wecom.api_usage, wecom.counter, wecom.secret
--   caller   wecom-web; all corps
create or replace function wecom.web_metrics()
returns jsonb
language sql
stable
security definer
set search_path = pg_catalog, pg_temp
as $$
	with clock as (
		select clock_timestamp() as now, (clock_timestamp() at time zone 'UTC')::date as day
	), queue as (
		select j.kind, j.state, count(*) as jobs,
			greatest(extract(epoch from max(k.now - j.due_at) filter (
				where j.state = 'due'
					and j.priority = 0
					and (j.auth_corp_id like 'suite:%' or c.auth_corp_id is not null)
			)), 0)::bigint as age_s
		from clock as k
		cross join wecom.job as j
		left join (
			select distinct o.auth_corp_id
			from wecom.corp as o
			where o.state = 'active'
		) as c on c.auth_corp_id = j.auth_corp_id
		group by j.kind, j.state
	), api as (
		select u.api, sum(u.calls) as calls, sum(u.errors) as errors, sum(u.limited) as limited, sum(u.saved) as saved
		from clock as k
		join wecom.api_usage as u on u.day = k.day and u.auth_corp_id is not null
		group by u.api
	), counted as (
		select t.name, sum(t.n) as n
		from clock as k
		join wecom.counter as t on t.day = k.day and t.auth_corp_id is not null
		where t.name like 'drift\_%'
			or t.name like 'checked\_%'
		group by t.name
	)
	select jsonb_build_object(
		'queue', (select coalesce(jsonb_agg(to_jsonb(q) order by q.kind, q.state), '[]') from queue as q),
		'api', (select coalesce(jsonb_agg(to_jsonb(a) order by a.api), '[]') from api as a),
		'drift', (select coalesce(jsonb_object_agg(substr(t.name, 7), t.n), '{}') from counted as t
			where t.name like 'drift\_%'),
		'checked', (select coalesce(jsonb_object_agg(substr(t.name, 9), t.n), '{}') from counted as t
			where t.name like 'checked\_%'),
		'corps', (select coalesce(jsonb_object_agg(s.state, s.n), '{}')
			from (select c.state, count(distinct c.auth_corp_id) as n from wecom.corp as c group by c.state) as s),
		'sessions', (select count(s.auth_corp_id) from wecom.session as s where s.expires_at > k.now),
		'tickets', (select coalesce(jsonb_object_agg(substr(s.auth_corp_id, 7),
				extract(epoch from k.now - s.secret_at)::bigint), '{}')
			from wecom.secret as s
			where s.kind = 'suite_ticket'
				and s.auth_corp_id like 'suite:%'))
	from clock as k
$$;

comment on function wecom.web_metrics() is
	'Figures for the operator''s monitoring, over all corps: queue, API calls, drift, age of tickets.';
