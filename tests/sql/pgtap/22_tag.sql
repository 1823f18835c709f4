-- wecom.tag_store: tags and their groups, by marks and by listings of three scopes.
begin;
set local search_path = tap, pg_catalog;
select no_plan();

create function pg_temp.us(p_s numeric) returns bigint language sql as $$ select ((1772000000 + p_s) * 1000000)::bigint $$;
create function pg_temp.s(p_at timestamptz) returns bigint language sql as $$ select extract(epoch from p_at)::bigint - 1772000000 $$;
create function pg_temp.tag(p_id text, p_order bigint, p_more jsonb default '{}') returns jsonb language sql as $$
	select jsonb_build_object('id', p_id, 'name', 'n' || p_id, 'create_us', pg_temp.us(-100), 'order', p_order, 'deleted', null) || p_more
$$;
create function pg_temp.grp(p_id text, p_order bigint, p_more jsonb, variadic p_tags jsonb[]) returns jsonb language sql as $$
	select jsonb_build_object('group_id', p_id, 'group_name', 'N' || p_id, 'create_us', pg_temp.us(-100), 'order', p_order, 'deleted', null, 'tags', to_jsonb(p_tags)) || p_more
$$;
create function pg_temp.pull(p_begun numeric, p_scope text, p_id text, p_groups jsonb, p_is_reconcile boolean default false, p_more jsonb default '{}') returns jsonb language sql as $$
	select wecom.object_store('c1', 'tag', case p_scope when 'all' then '' else p_scope || ':' || p_id end,
		jsonb_build_object('begun_us', pg_temp.us(p_begun), 'scope', p_scope, 'id', p_id, 'groups', p_groups, 'gone', false, 'marks', '[]'::jsonb) || p_more,
		null, pg_temp.us(5000), p_is_reconcile)
$$;
create function pg_temp.deleted(p_type text, p_id text, p_at numeric) returns jsonb language sql as $$
	select wecom.object_store('c1', 'tag', 'x', jsonb_build_object('begun_us', null, 'groups', null, 'gone', false, 'scope', 'tag', 'id', p_id,
		'marks', jsonb_build_array(jsonb_build_object('type', p_type, 'id', p_id, 'at_us', pg_temp.us(p_at)))), null, pg_temp.us(5000), false)
$$;
create function pg_temp.tags() returns text language sql as $$
	select string_agg(format('%s(%s)=%s%s', tag_id, group_id, sort_order, '-' || pg_temp.s(deleted_at)), ' ' order by tag_id) from wecom.tag where auth_corp_id = 'c1'
$$;
create function pg_temp.groups() returns text language sql as $$
	select string_agg(format('%s=%s%s', group_id, sort_order, '-' || pg_temp.s(deleted_at)), ' ' order by group_id) from wecom.tag_group where auth_corp_id = 'c1'
$$;
create function pg_temp.orders() returns text language sql as $$
	select string_agg(format('%s@%s %s>%s', scope, pg_temp.s(at), old_order, new_order), '; ' order by at, scope) from wecom.tag_order_change where auth_corp_id = 'c1'
$$;
create function pg_temp.held() returns text language sql as $$
	select string_agg(tag_id || coalesce('-' || pg_temp.s(removed_at), ''), ' ' order by tag_id) from wecom.follow_tag where auth_corp_id = 'c1'
$$;

-- all
select is(pg_temp.pull(100, 'all', '', jsonb_build_array(
	pg_temp.grp('g1', 10, '{}', pg_temp.tag('a', 4294967295), pg_temp.tag('b', 2), pg_temp.tag('c', 1), pg_temp.tag('a', 7)),
	pg_temp.grp('g2', 20, '{}', pg_temp.tag('d', 0)), pg_temp.grp('g2', 99, '{}', pg_temp.tag('d', 9)))), null, 'a first listing');
select is(pg_temp.groups(), 'g1=10 g2=20', 'groups, the first of each');
select is(pg_temp.tags(), 'a(g1)=4294967295 b(g1)=2 c(g1)=1 d(g2)=0', 'tags, the first of each, with orders up to 2^32-1');
select is(pg_temp.orders(), null, 'a first listing reorders nothing');
select is((select format('%s %s', name, pg_temp.s(created_at)) from mirror.tag where tag_id = 'b'), 'nb -100', 'name and creation');
insert into wecom.follow_tag (auth_corp_id, external_userid, userid, tag_id, added_at) select 'c1', 'x', 'u', t, due(0) from unnest('{a,b,c,d}'::text[]) as u (t);

-- no difference
create temp table before as select string_agg(ctid::text, ' ' order by tag_id) as t, (select string_agg(ctid::text, ' ' order by group_id) from wecom.tag_group) as g from wecom.tag;
select pg_temp.pull(110, 'all', '', jsonb_build_array(pg_temp.grp('g1', 10, '{"group_name": null}', pg_temp.tag('a', 4294967295, '{"name": null, "create_us": null}'), pg_temp.tag('b', 2), pg_temp.tag('c', 1)),
	pg_temp.grp('g2', 20, '{}', pg_temp.tag('d', 0, '{"deleted": false, "order": null}'))));
select is(string_agg(ctid::text, ' ' order by tag_id), (select t from before), 'without a difference, or absent: no tag is written') from wecom.tag;
select is(string_agg(ctid::text, ' ' order by group_id), (select g from before), 'nor group') from wecom.tag_group;

-- shuffle of one group, then of the groups
select pg_temp.pull(120, 'group', 'g1', jsonb_build_array(pg_temp.grp('g1', 10, '{}', pg_temp.tag('c', 9), pg_temp.tag('a', 5), pg_temp.tag('b', 4))));
select is(pg_temp.tags(), 'a(g1)=5 b(g1)=4 c(g1)=9 d(g2)=0', 'a shuffle changes orders');
select is((select count(*) from wecom.tag where created_at is null), 0::bigint, 'in place');
select is(pg_temp.orders(), 'g1@120 ["a", "b", "c"]>["c", "a", "b"]', 'the reorder is kept: larger first');
select pg_temp.pull(130, 'all', '', jsonb_build_array(pg_temp.grp('g1', 30, '{}', pg_temp.tag('c', 90), pg_temp.tag('a', 50), pg_temp.tag('b', 40)), pg_temp.grp('g2', 20, '{}', pg_temp.tag('d', 3))));
select is(pg_temp.orders(), 'g1@120 ["a", "b", "c"]>["c", "a", "b"]; @130 ["g2", "g1"]>["g1", "g2"]', 'of groups, too; other numbers in the same order are no reorder');
select is(pg_temp.held(), 'a b c d', 'no relation loses a tag by it');

-- new and deleted tags are no reorder
select pg_temp.pull(140, 'group', 'g1', jsonb_build_array(pg_temp.grp('g1', 30, '{}', pg_temp.tag('e', 95), pg_temp.tag('c', 90), pg_temp.tag('b', 40))));
select is(pg_temp.tags(), 'a(g1)=50-140 b(g1)=40 c(g1)=90 d(g2)=3 e(g1)=95', 'absent from its group''s listing: deleted; other groups are not concerned');
select is(pg_temp.held(), 'a-140 b c d', 'relations lose it');
select is((select count(*) from wecom.tag_order_change), 2::bigint, 'no reorder');
select pg_temp.pull(150, 'group', 'g1', '[]');
select matches(pg_temp.tags(), 'b\(g1\)=40 c', 'a group''s listing without the group says nothing');
select pg_temp.pull(151, 'tag', 'b', jsonb_build_array(pg_temp.grp('g1', 30, '{}', pg_temp.tag('b', 41, '{"name": "B"}'))));
select is(pg_temp.tags(), 'a(g1)=50-140 b(g1)=41 c(g1)=90 d(g2)=3 e(g1)=95', 'one tag''s answer says nothing of the others');
select pg_temp.pull(152, 'tag', 'e', jsonb_build_array(pg_temp.grp('g1', 30, '{}', pg_temp.tag('e', 95, '{"deleted": true}'))));
select matches(pg_temp.tags(), 'e\(g1\)=95-152', 'deleted, as the answer says');
select pg_temp.pull(153, 'tag', 'e', jsonb_build_array(pg_temp.grp('g1', 30, '{}', pg_temp.tag('e', 95, '{"deleted": true}'))));
select matches(pg_temp.tags(), 'e\(g1\)=95-152', 'since the first time');

-- marks
select pg_temp.deleted('tag', 'c', 200);
select pg_temp.deleted('tag', 'c', 190);
select pg_temp.deleted('tag', 'c', 195);
select matches(pg_temp.tags(), 'c\(g1\)=90-190 ', 'deleted by event: the earliest counts');
select pg_temp.pull(191, 'all', '', jsonb_build_array(pg_temp.grp('g1', 30, '{}', pg_temp.tag('b', 41), pg_temp.tag('c', 90)), pg_temp.grp('g2', 20, '{}', pg_temp.tag('d', 3))));
select matches(pg_temp.tags(), 'c\(g1\)=90-190 ', 'an answer that cannot know of it does not revive it');
select pg_temp.pull(192.5, 'all', '', jsonb_build_array(pg_temp.grp('g1', 30, '{}', pg_temp.tag('b', 41), pg_temp.tag('c', 90)), pg_temp.grp('g2', 20, '{}', pg_temp.tag('d', 3))));
select matches(pg_temp.tags(), 'c\(g1\)=90 d', 'one that can does');
select pg_temp.deleted('tag', 'never', 200);
select pg_temp.deleted('tag_group', 'nogroup', 200);
select is((select count(*) from mirror.tag where tag_id = 'never') + (select count(*) from mirror.tag_group where group_id = 'nogroup'), 0::bigint, 'what is known by its deletion alone is not shown');
select pg_temp.pull(201, 'all', '', jsonb_build_array(pg_temp.grp('g1', 30, '{}', pg_temp.tag('b', 41), pg_temp.tag('c', 90), pg_temp.tag('never', 1)), pg_temp.grp('g2', 20, '{}', pg_temp.tag('d', 3)), pg_temp.grp('nogroup', 1, '{}', pg_temp.tag('inside', 1))));
select is((select string_agg(tag_id || '-' || pg_temp.s(deleted_at), ' ' order by tag_id) from wecom.tag where tag_id in ('never', 'inside')), 'inside-200 never-200',
	'nor brought in by an older answer, nor a tag of such a group');
update wecom.follow_tag set removed_at = null;
select pg_temp.deleted('tag_group', 'g1', 300);
select is(pg_temp.groups(), 'g1=30-300 g2=20 nogroup=-200', 'a group deleted');
select pg_temp.deleted('tag_group', 'g1', 302);
select is(pg_temp.groups(), 'g1=30-300 g2=20 nogroup=-200', 'since the earliest time');
select is((select string_agg(tag_id || '-' || pg_temp.s(deleted_at), ' ' order by tag_id) from wecom.tag where group_id = 'g1'), 'a-140 b-300 c-300 e-152', 'takes its tags with it; what was deleted before stays dated');
select is(pg_temp.held(), 'a b-300 c-300 d', 'and out of relations');
select pg_temp.pull(301, 'all', '', jsonb_build_array(pg_temp.grp('g1', 30, '{}', pg_temp.tag('b', 41)), pg_temp.grp('g2', 20, '{}', pg_temp.tag('d', 3))));
select is((select count(*) from mirror.tag where deleted_at is null), 1::bigint, 'a stale listing revives neither');

-- absent from all
select pg_temp.pull(400, 'all', '', jsonb_build_array(pg_temp.grp('g3', 5, '{}', pg_temp.tag('f', 1))));
select is(pg_temp.groups(), 'g1=30-300 g2=20-400 g3=5 nogroup=-200', 'absent from all: deleted');
select matches(pg_temp.tags(), 'd\(g2\)=3-400', 'with its tags');
select pg_temp.pull(410, 'group', 'g4', jsonb_build_array(pg_temp.grp('g4', 6, jsonb_build_object('create_us', pg_temp.us(409)), pg_temp.tag('h', 1, jsonb_build_object('create_us', pg_temp.us(409))))));
select pg_temp.pull(410.5, 'all', '', jsonb_build_array(pg_temp.grp('g3', 5, '{}', pg_temp.tag('f', 1))));
select matches(pg_temp.groups(), 'g4=6 nogroup', 'not one made too late for the answer');
select matches(pg_temp.tags(), 'h\(g4\)=1 ', 'nor its tags');

-- gone
select pg_temp.pull(500, 'group', 'g4', null, false, '{"gone": true, "groups": null}');
select matches(pg_temp.groups(), 'g4=6-500 nogroup', 'an error code that means it deletes a group');
select matches(pg_temp.tags(), 'h\(g4\)=1-500', 'with its tags');
select pg_temp.pull(510, 'tag', 'f', null, false, '{"gone": true, "groups": null}');
select matches(pg_temp.tags(), 'f\(g3\)=1-510', 'or a tag');

-- answers stored in another order than they were asked for
select pg_temp.pull(600, 'all', '', jsonb_build_array(pg_temp.grp('g5', 5, '{}', pg_temp.tag('i', 1), pg_temp.tag('j', 2))));
select pg_temp.pull(620, 'group', 'g5', jsonb_build_array(pg_temp.grp('g5', 5, '{}', pg_temp.tag('i', 3), pg_temp.tag('j', 2))));
insert into wecom.pull (auth_corp_id, kind, target, begun_at) values ('c1', 'tag', 'group:g5', to_timestamp(1772000620));
select pg_temp.pull(610, 'all', '', jsonb_build_array(pg_temp.grp('g5', 9, '{}', pg_temp.tag('i', 1), pg_temp.tag('j', 9)), pg_temp.grp('g6', 1, '{}', pg_temp.tag('k', 1))));
select is((select string_agg(tag_id || '=' || sort_order, ' ' order by tag_id) from mirror.tag where deleted_at is null), 'i=3 j=2 k=1', 'an older listing of all leaves what a later one of a group told');
insert into wecom.pull (auth_corp_id, kind, target, begun_at) values ('c1', 'tag', '', to_timestamp(1772000630));
select pg_temp.pull(625, 'group', 'g6', jsonb_build_array(pg_temp.grp('g6', 1, '{}', pg_temp.tag('k', 7))));
select is((select sort_order from mirror.tag where tag_id = 'k'), 1::bigint, 'and an older one of a group what a later one of all told');
delete from wecom.pull;

-- drift
select is(pg_temp.pull(700, 'all', '', jsonb_build_array(pg_temp.grp('g6', 1, '{}', pg_temp.tag('k', 2))), true), null, 'before the first full read nothing is drift');
insert into wecom.corp (auth_corp_id, suite_id, state, backfilled_at) values ('c1', 's', 'active', due(0));
select is(pg_temp.pull(701, 'all', '', jsonb_build_array(pg_temp.grp('g6', 1, '{}', pg_temp.tag('k', 2))), true), '{"counts": {"checked_tag": 1, "drift_tag": 0}}', 'no difference');
select is(pg_temp.pull(702, 'all', '', jsonb_build_array(pg_temp.grp('g6', 3, '{}', pg_temp.tag('k', 3), pg_temp.tag('l', 1))), true), '{"counts": {"checked_tag": 2, "drift_tag": 3}}', 'each difference');
select is(pg_temp.pull(703, 'all', '', '[]', true), '{"counts": {"checked_tag": 0, "drift_tag": 3}}', 'deletions that no event told');
select ingest('c1', item('t', '{"job_kind": "tag", "job_target": "tag:k", "due_us": 1772000003000000}'));
select is(pg_temp.pull(706, 'all', '', jsonb_build_array(pg_temp.grp('g6', 1, '{}', pg_temp.tag('k', 3))), true), '{"counts": {"checked_tag": 1, "drift_tag": 0}}', 'not while events wait');
select is(wecom.job_state('c1', 'tag', 'tag:k'), '{"seen_us": 0}', 'never pulled');
insert into wecom.pull (auth_corp_id, kind, target, begun_at) values ('c1', 'tag', 'tag:k', to_timestamp(1772000001)), ('c1', 'tag', '', to_timestamp(1772000002)), ('c1', 'tag', 'tag:l', to_timestamp(1772000009));
select is(wecom.job_state('c1', 'tag', 'tag:k'), jsonb_build_object('seen_us', pg_temp.us(2)), 'all tags are a pull of each');
delete from wecom.pull;

-- an earlier mark that comes later
select pg_temp.deleted('tag_group', 'gx', 200);
select pg_temp.deleted('tag_group', 'gx', 190);
select is((select pg_temp.s(deleted_at) from wecom.tag_group where group_id = 'gx'), 190::bigint, 'of a group''s times, too, the earliest counts');

-- two corps
select wecom.object_store('c2', 'tag', '', jsonb_build_object('begun_us', pg_temp.us(1), 'scope', 'all', 'id', '', 'groups', '[]'::jsonb), null, 1, false);
select is((select string_agg(tag_id, ' ') from mirror.tag where deleted_at is null), 'k', 'an empty listing of one corp is nothing to another');

-- large
create function pg_temp.timed(p_what text, p_begun numeric, p_groups jsonb) returns text language plpgsql as $$
declare
	v_begin constant timestamptz := clock_timestamp();
begin
	perform pg_temp.pull(p_begun, 'all', '', p_groups);
	return tap.diag(format('%s: %s ms', p_what, round(extract(epoch from clock_timestamp() - v_begin) * 1000)));
end
$$;
create function pg_temp.many(p_k bigint) returns jsonb language sql as $$
	select jsonb_agg(pg_temp.grp('G' || g, g, '{}', variadic (select array_agg(pg_temp.tag('T' || g || '.' || t, (4294967295 - (t * p_k) % 101))) from generate_series(1, 100) as t)))
	from generate_series(1, 100) as g
$$;
select pg_temp.timed('10000 tags', 1000, pg_temp.many(1));
select pg_temp.timed('the same again', 1001, pg_temp.many(1));
select pg_temp.timed('all in another order', 1002, pg_temp.many(7));
select is((select count(*) from mirror.tag where deleted_at is null), 10000::bigint, '10 000 tags go through in one call');
select is((select count(*) from wecom.tag_order_change where at = to_timestamp(1772001002)), 100::bigint, 'and so does their shuffle');

select * from finish();
rollback;
