-- A history for the bench of reports, made by a few statements.  psql variables: events, follows, chats, members (in all),
-- days.  Corps bench1 to bench4 have 40, 30, 20 and 10 of a hundred.  Nothing here is random twice: hashes of numbers.

set synchronous_commit = off;
set client_min_messages = warning;
set timezone = 'UTC';

create schema if not exists bench;
-- 0 <= x < p_most, by a number and what it is for
create or replace function bench.pick(p_n bigint, p_salt integer, p_most bigint)
returns bigint
language sql
immutable
as $$ select (hashint8extended(p_n, p_salt) & 9223372036854775807) % p_most $$;
create or replace function bench.corp(p_n bigint)
returns text
language sql
immutable
as $$ select (array['bench1','bench1','bench1','bench1','bench2','bench2','bench2','bench3','bench3','bench4'])[bench.pick(p_n, 1, 10) + 1] $$;

select date_trunc('second', now()) - :days * interval '1 day' as start_at, :days * 86400 as seconds \gset

insert into wecom.corp (auth_corp_id, suite_id, corp_name, state, installed_at, backfilled_at)
select 'bench' || n, 'suite', 'Corp ' || n, 'active', now(), now()
from generate_series(1, 4) as s (n)
on conflict do nothing;

\echo events
select count(wecom.event_partition_create(m, m + interval '1 month')) as partitions
from generate_series(date_trunc('month', :'start_at'::timestamptz), now() - interval '1 month', interval '1 month') as s (m)
where to_regclass('wecom.event_' || to_char(m, 'YYYYMMDD')) is null;
insert into wecom.event (auth_corp_id, event_time, content_hash, event_id, received_at, due_at, deliveries, route, state,
	info_type, change_type, job_kind, job_target, body)
select e.corp, e.at, sha256(int8send(e.n)), '00000000-0000-7000-8000-000000000000', e.at + interval '1 second', e.at,
	1 + (bench.pick(e.n, 2, 20) = 0)::integer, 'command', 'applied', e.type, 'update', 'chat', 'chat1',
	'{"SuiteId": "suite", "AuthCorpId": "bench", "InfoType": "change", "TimeStamp": "1772000000", "ChangeType": "update", "UserID":
	"staff", "ExternalUserID": "wm"}'
from (
	select g.n, bench.corp(g.n) as corp, :'start_at'::timestamptz + (g.n * :seconds / :events) * interval '1 second' as at,
		(array['change_external_chat', 'change_external_chat', 'change_external_contact', 'change_external_contact',
			'change_external_tag', 'change_contact'])[bench.pick(g.n, 4, 6) + 1] as type
	from generate_series(0::bigint, :events - 1) as g (n)
) as e;

\echo relations
-- of a hundred: 75 last, 10 and 8 ended by member and customer, 2 transferred, 5 half; every 20th pair was whole before
create unlogged table bench.follow as
select f.n, bench.corp(f.n) as corp, 'wm' || f.n as customer, 'staff' || bench.pick(f.n, 5, 400) as userid,
	'channel' || bench.pick(f.n, 6, 150) as state,
	:'start_at'::timestamptz + bench.pick(f.n, 7, :seconds) * interval '1 second' as at,
	bench.pick(f.n, 8, 100) as fate, bench.pick(f.n, 9, 20) = 0 as is_again,
	least(bench.pick(f.n, 10, 86400 * 90), bench.pick(f.n, 11, 86400 * 400)) * interval '1 second' as kept
from (
	select (g.n / 5 * 4 + g.n % 4)::bigint as n, g.n as rank
	from generate_series(0::bigint, :follows - 1) as g (n)
	where g.n % 5 < 4
) as f;
-- one customer in four has two members
insert into bench.follow
select n, corp, customer, userid || 'b', state, at + interval '1 day', (fate + 37) % 100, false, kept
from bench.follow
where n % 4 = 0;
insert into wecom.follow (auth_corp_id, external_userid, userid, period, remark, state, add_way, status, half_at, added_at, lost_at)
select f.corp, f.customer, f.userid, 1, 'remark', f.state, 1, 'deleted_by_customer', null, f.at - interval '20 days', f.at - interval '5 days'
from bench.follow as f
where f.is_again
union all
select f.corp, f.customer, f.userid, 1 + f.is_again::integer, 'remark', f.state, 1,
	case when f.fate < 75 or f.at + f.kept > now() then case when f.fate >= 95 then 'half' else 'active' end
		when f.fate < 85 then 'deleted_by_staff' when f.fate < 93 then 'deleted_by_customer' when f.fate < 95 then 'transferred'
		else 'half' end,
	case when f.fate >= 95 then f.at when f.fate < 5 then f.at - interval '1 hour' end,
	case when f.fate < 95 then f.at end,
	case when f.fate >= 75 and f.fate < 95 and f.at + f.kept <= now() then f.at + f.kept end
from bench.follow as f
order by 1, 2, 3;
insert into wecom.customer (auth_corp_id, external_userid, name, type, gender, synced_at)
select distinct on (f.corp, f.customer) f.corp, f.customer, 'Customer ' || f.n, 1, 0, f.at
from bench.follow as f
order by 1, 2;
insert into wecom.tag_group (auth_corp_id, group_id, name, sort_order)
select 'bench' || c, 'group' || n, 'Group ' || n, n
from generate_series(1, 4) as s (c), generate_series(0, 19) as t (n);
insert into wecom.tag (auth_corp_id, tag_id, group_id, name, sort_order)
select 'bench' || c, 'tag' || n, 'group' || n % 20, 'Tag ' || n, n
from generate_series(1, 4) as s (c), generate_series(0, 199) as t (n);
insert into wecom.follow_tag (auth_corp_id, external_userid, userid, tag_id, added_at, removed_at)
select f.corp, f.customer, f.userid, 'tag' || (bench.pick(f.n, 12, 100) + 100 * k), f.at,
	case when f.fate >= 75 and f.fate < 95 and f.at + f.kept <= now() then f.at + f.kept end
from bench.follow as f, generate_series(0, 1) as t (k)
where k = 0 or f.n % 3 = 0
order by 1, 2;
-- what the store of a customer keeps of its ended relations
analyze wecom.follow;
select wecom.follow_lost_keep(f.auth_corp_id, array_agg(distinct f.external_userid))
from wecom.follow as f
where f.lost_at is not null
group by f.auth_corp_id;
insert into wecom.transfer_failure (auth_corp_id, external_userid, userid, failed_at, fail_reason)
select f.corp, f.customer, 'staff' || bench.pick(f.n, 13, 400), f.at + interval '3 days', 'customer_refused'
from bench.follow as f
where f.n % 200 = 0
on conflict do nothing;

\echo chats
insert into wecom.group_chat (auth_corp_id, chat_id, name, owner, created_at, member_version, seen_at, synced_at, dismissed_at)
select bench.corp(g.n), 'chat' || g.n, 'Chat ' || g.n, 'staff' || bench.pick(g.n, 14, 400), g.at, 'v1', now(), now(),
	case when bench.pick(g.n, 15, 50) = 0 then g.at + (now() - g.at) / 2 end
from (
	select n, :'start_at'::timestamptz + bench.pick(n, 16, :seconds) * interval '1 second' as at
	from generate_series(0::bigint, :chats - 1) as s (n)
) as g
order by 1, 2;
-- of ten members four were there at first, six joined; another three of ten came and left
create unlogged table bench.member as
select distinct on (m.corp, m.chat_id, m.member_id) m.*
from (
	select p.n, bench.corp(p.chat) as corp, 'chat' || p.chat as chat_id, p.place, p.end_at,
		case when p.place = 0 then 'staff' || bench.pick(p.chat, 14, 400) else 'wm' || bench.pick(p.n, 17, :follows * 2) end
			as member_id,
		p.at + (p.place >= 20)::integer * bench.pick(p.n, 18, 1000000) / 1000000.0 * (p.end_at - p.at) as at,
		p.place >= 50 as is_gone
	from (
		select c.chat, k.place, c.chat * 65 + k.place as n, c.at,
			case when bench.pick(c.chat, 15, 50) = 0 then c.at + (now() - c.at) / 2 else now() end as end_at
		from (
			select g.n as chat, :'start_at'::timestamptz + bench.pick(g.n, 16, :seconds) * interval '1 second' as at
			from generate_series(0::bigint, :chats - 1) as g (n)
		) as c
		cross join generate_series(0, 64) as k (place)
	) as p
) as m
order by m.corp, m.chat_id, m.member_id, m.place;
insert into wecom.group_chat_member (auth_corp_id, chat_id, member_id, type, name, join_at, join_scene, is_present, left_at,
	present_at)
select m.corp, m.chat_id, m.member_id, case when m.place = 0 then 1 else 2 end, 'Name', m.at, 3, not m.is_gone,
	case when m.is_gone then m.at + (m.end_at - m.at) / 2 end, case when m.place < 20 then m.at end
from bench.member as m;
insert into wecom.group_chat_ledger (auth_corp_id, entry_id, chat_id, at, member_id, action, scene, origin, event_id)
select x.corp, md5(x.n::text || x.action)::uuid, x.chat_id, x.at, x.member_id, x.action, x.scene, 'event', md5(x.n::text)::uuid
from (
	select m.corp, m.n, m.chat_id, m.at, m.member_id, 'join' as action, case when m.n % 2 = 0 then 0 else 3 end as scene
	from bench.member as m
	where m.place >= 20
	union all
	select m.corp, m.n, m.chat_id, m.at + (m.end_at - m.at) / 2, m.member_id, 'quit', (m.n % 2)::integer
	from bench.member as m
	where m.is_gone
) as x
order by x.corp, x.at;

\echo what the reconciler keeps besides
insert into wecom.gap (auth_corp_id, chat_id, found_at, repaired_at)
select bench.corp(g.n), 'chat' || g.n, :'start_at'::timestamptz + bench.pick(g.n, 19, :seconds) * interval '1 second',
	:'start_at'::timestamptz + (bench.pick(g.n, 19, :seconds) + bench.pick(g.n, 20, 60)) * interval '1 second'
from generate_series(0::bigint, :chats - 1) as g (n);
insert into wecom.counter (auth_corp_id, day, name, n)
select 'bench' || c, d::date, k, 5
from generate_series(1, 4) as s (c), generate_series(:'start_at'::timestamptz, now(), interval '1 day') as t (d),
	unnest('{chat_out_of_order,chat_stale_pull,drift_chat,drift_customer,pull_saved}'::text[]) as u (k);
insert into wecom.api_usage (auth_corp_id, day, api, calls, errors, limited, saved)
select 'bench' || c, d::date, 'api' || k, 5, 1, 0, 3
from generate_series(1, 4) as s (c), generate_series(:'start_at'::timestamptz, now(), interval '1 day') as t (d),
	generate_series(1, 10) as u (k);
insert into wecom.group_chat_change (auth_corp_id, chat_id, at, field, old, new)
select bench.corp(g.n), 'chat' || g.n, :'start_at'::timestamptz + bench.pick(g.n, 21, :seconds) * interval '1 second', 'name',
	'Before', 'After'
from generate_series(0::bigint, :chats - 1) as g (n);
insert into wecom.tag_order_change (auth_corp_id, scope, at, old_order, new_order)
select 'bench' || c, 'group' || n % 20, :'start_at'::timestamptz + n * interval '1 hour', '["tag1", "tag2"]', '["tag2", "tag1"]'
from generate_series(1, 4) as s (c), generate_series(0, 199) as t (n);
insert into wecom.openid_map (auth_corp_id, userid, open_userid, state)
select 'bench' || c, 'user' || n, 'open' || n, 'mapped'
from generate_series(1, 4) as s (c), generate_series(0, 999) as t (n);
select count(wecom.chat_count_keep(c.corp, c.chats, array_fill(true, array[cardinality(c.chats)]),
	array_fill(true, array[cardinality(c.chats)]), 'Asia/Shanghai')::text) as corps_counted
from (
	select g.auth_corp_id as corp, array_agg(g.chat_id order by g.chat_id) as chats
	from wecom.group_chat as g
	group by g.auth_corp_id
) as c;
drop schema bench cascade;
analyze;
