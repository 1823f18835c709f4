-- report.group_list_of(p_corp): report.group_list of one corp.
create or replace function report.group_list_of(p_corp text)
returns table (chat_id text, name text, owner text, created_at timestamptz, members integer, external integer,
	today_join bigint, today_quit bigint, last_change_at timestamptz, member_version text, sync_state text,
	last_pull_at timestamptz, dismissed_at timestamptz)
language sql
stable
security definer
set search_path = pg_catalog, pg_temp
set jit = off
as $$
	with today as (
		select l.chat_id, count(*) filter (where l.action = 'join') as joined,
			count(*) filter (where l.action = 'quit') as quit
		from wecom.group_chat_ledger as l
		where l.auth_corp_id = p_corp
			and l.at >= (
				select (now() at time zone z.zone)::date::timestamp at time zone z.zone
				from (select wecom.corp_zone(p_corp) as zone) as z
			)
		group by l.chat_id
	), job as (
		select j.target, j.state, j.due_at
		from wecom.job as j
		where j.auth_corp_id = p_corp
			and j.kind = 'chat'
	)
	select g.chat_id, g.name, g.owner, g.created_at,
		case when g.dismissed_at is null then coalesce(c.members, 0) else 0 end,
		case when g.dismissed_at is null then coalesce(c.members - c.staff, 0) else 0 end,
		coalesce(t.joined, 0), coalesce(t.quit, 0), c.last_change_at, g.member_version,
		case
			when g.dismissed_at is not null then 'dismissed'
			when j.state = 'parked' then 'parked'
			when g.absence is not null then g.absence
			when j.state = 'leased' or (j.state is not null and j.due_at is distinct from g.enrich_at) then 'waiting'
			else 'current'
		end,
		g.seen_at, g.dismissed_at
	from wecom.group_chat as g
	left join wecom.chat_count as c on c.auth_corp_id = p_corp
		and c.chat_id = g.chat_id
	left join today as t on t.chat_id = g.chat_id
	left join job as j on j.target = g.chat_id
	where g.auth_corp_id = p_corp
		and (g.seen_at is not null or g.member_version is not null or g.dismissed_at is not null)
$$;

comment on function report.group_list_of(text) is
	'report.group_list of one corp.';
