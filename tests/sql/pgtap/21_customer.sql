-- wecom.customer_store and wecom.customer_list_store: who follows whom since when, in whatever order it is told.
begin;
set local search_path = tap, pg_catalog;
select no_plan();

create function pg_temp.us(p_s numeric) returns bigint language sql as $$ select ((1772000000 + p_s) * 1000000)::bigint $$;
create function pg_temp.s(p_at timestamptz) returns bigint language sql as $$ select extract(epoch from p_at)::bigint - 1772000000 $$;
create function pg_temp.mark(p_mark text, p_at numeric, p_userid text default 'u1', p_state text default null)
returns jsonb language sql as $$
	select jsonb_build_object('userid', p_userid, 'mark', p_mark, 'at_us', pg_temp.us(p_at), 'state', p_state,
		'reason', case when p_mark = 'transfer_fail' then 'customer_refused' end, 'event_id', md5(p_mark || p_at || p_userid)::uuid)
$$;
create function pg_temp.follower(p_create numeric, p_more jsonb default '{}', p_userid text default 'u1') returns jsonb language sql as $$
	select jsonb_build_object('userid', p_userid, 'remark', 'r', 'description', '', 'create_us', pg_temp.us(p_create), 'tags', '[]'::jsonb, 'add_way', 1,
		'oper_userid', p_userid, 'state', null, 'remark_corp_name', null, 'wechat_channels', null) || p_more
$$;
create function pg_temp.marks(p_customer text, variadic p_marks jsonb[]) returns jsonb language sql as $$
	select wecom.object_store('c1', 'customer', p_customer, jsonb_build_object('begun_us', null, 'marks', to_jsonb(p_marks)), null, pg_temp.us(5000), false)
$$;
create function pg_temp.pull(p_customer text, p_begun numeric, variadic p_followers jsonb[] default '{}') returns jsonb language sql as $$
	select wecom.object_store('c1', 'customer', p_customer, jsonb_build_object('begun_us', pg_temp.us(p_begun),
		'external_contact', jsonb_build_object('external_userid', p_customer, 'name', 'Name', 'type', 1, 'gender', 0),
		'follow_user', to_jsonb(p_followers), 'absence', null, 'marks', '[]'::jsonb), null, pg_temp.us(5000), false)
$$;
create function pg_temp.page(p_userid text, p_begun numeric, p_customer text, p_follower jsonb,
	p_is_reconcile boolean default false)
returns jsonb
language sql
as $$
	select wecom.object_store('c1', 'customer_list', p_userid, jsonb_build_object('userid', p_userid, 'begun_us', pg_temp.us(p_begun), 'pairs',
		jsonb_build_array(jsonb_build_object('external_contact', jsonb_build_object('external_userid', p_customer, 'name', 'Name', 'type', 1, 'gender', 0),
		'follow_user', p_follower))), null, pg_temp.us(5000), p_is_reconcile)
$$;
create function pg_temp.listed(p_userid text, p_begun numeric, p_seen text[], p_unlicensed boolean default false,
	p_is_reconcile boolean default false)
returns jsonb language sql as $$
	select wecom.object_store('c1', 'customer_list', p_userid, jsonb_build_object('userid', p_userid, 'begun_us', pg_temp.us(p_begun), 'complete', true,
		'seen', to_jsonb(p_seen), 'unlicensed', p_unlicensed), null, pg_temp.us(5000), p_is_reconcile)
$$;
-- status half added lost gone, ~ for an end that no event told; one word for each period
create function pg_temp.periods(p_customer text, p_userid text default 'u1') returns text language sql as $$
	select string_agg(format('%s h%s a%s l%s%s%s', status, pg_temp.s(half_at), pg_temp.s(added_at), case when lost_by_absence then '~' end, pg_temp.s(lost_at),
		' g' || pg_temp.s(gone_at)), ', ' order by period)
	from wecom.follow where auth_corp_id = 'c1' and external_userid = p_customer and userid = p_userid
$$;
create function pg_temp.tags(p_customer text) returns text language sql as $$
	select string_agg(format('%s:%s+%s%s', userid, tag_id, pg_temp.s(added_at), '-' || pg_temp.s(removed_at)), ' ' order by userid, tag_id)
	from wecom.follow_tag where auth_corp_id = 'c1' and external_userid = p_customer
$$;
create function pg_temp.raised(p_answer jsonb) returns text language sql as $$
	select string_agg(concat_ws(' ', v->>0, v->>1, v->>3), ', ' order by v->>1) from jsonb_array_elements(p_answer->'raise') as r (v)
$$;

-- marks alone
select pg_temp.marks('a', pg_temp.mark('half', 10, 'u1', 'st'));
select is(pg_temp.periods('a'), 'half h10 a l', 'half');
select pg_temp.marks('a', pg_temp.mark('half', 12));
select is(pg_temp.periods('a'), 'half h10 a l', 'half again: nothing');
select pg_temp.marks('a', pg_temp.mark('added', 9));
select is(pg_temp.periods('a'), 'half h10 a l', 'added before it: another relation''s');
select pg_temp.marks('a', pg_temp.mark('added', 20));
select is(pg_temp.periods('a'), 'active h10 a20 l', 'half becomes whole: one relation');
select is((select state from mirror.follow where external_userid = 'a'), 'st', 'with the channel it came by');
select pg_temp.marks('a', pg_temp.mark('added', 25));
select is(pg_temp.periods('a'), 'active h10 a20 l', 'added again: the pull tells');
select pg_temp.marks('m', pg_temp.mark('added', 20), pg_temp.mark('half', 21));
select is(pg_temp.periods('m'), 'active h a20 l', 'half after it was whole: nothing');
select pg_temp.marks('a', pg_temp.mark('deleted_by_staff', 19));
select is(pg_temp.periods('a'), 'active h10 a20 l', 'an end before its begin is another''s');
select pg_temp.marks('a', pg_temp.mark('deleted_by_staff', 20));
select is(pg_temp.periods('a'), 'deleted_by_staff h10 a20 l20', 'an end within the second of its begin counts');
select pg_temp.marks('a', pg_temp.mark('added', 20));
select is(pg_temp.periods('a'), 'deleted_by_staff h10 a20 l20', 'an event that comes twice is applied once, in its second, too');
select pg_temp.marks('a', pg_temp.mark('deleted_by_staff', 40));
select is(pg_temp.periods('a'), 'deleted_by_staff h10 a20 l20', 'lost already');
select pg_temp.marks('a', pg_temp.mark('added', 50));
select is(pg_temp.periods('a'), 'deleted_by_staff h10 a20 l20, active h a50 l', 'added again: a new period, the old one stays');
select pg_temp.marks('a', pg_temp.mark('deleted_by_customer', 45));
select is(pg_temp.periods('a'), 'deleted_by_staff h10 a20 l20, active h a50 l', 'an end before the new period is not its end');
select pg_temp.marks('a', pg_temp.mark('transferred', 60), pg_temp.mark('half', 70));
select is(pg_temp.periods('a'), 'deleted_by_staff h10 a20 l20, transferred h a50 l60, half h70 a l', 'moved away; half again');
select is((select format('%s %s', status, pg_temp.s(half_at)) from mirror.follow where external_userid = 'a'), 'half 70', 'the view shows the latest period');
select pg_temp.marks('b', pg_temp.mark('deleted_by_customer', 30));
select is(pg_temp.periods('b'), 'deleted_by_customer h a l30', 'an end of which the begin was not told is kept');
select pg_temp.marks('b', pg_temp.mark('transfer_fail', 31), pg_temp.mark('transfer_fail', 31), pg_temp.mark('transfer_fail', 32, 'u2'));
select is((select string_agg(format('%s %s %s', userid, fail_reason, pg_temp.s(failed_at)), ', ' order by userid) from mirror.transfer_failure),
	'u1 customer_refused 31, u2 customer_refused 32', 'failed transfers');
select throws_ok($$select pg_temp.marks('b', pg_temp.mark('odd', 1))$$, '22023', null, 'an unknown mark is told');
select is((select count(*) from mirror.customer), 0::bigint, 'events alone tell nothing of customers');
select is(wecom.job_state('c1', 'customer', 'a'), '{"halves": 1, "seen_us": 0}', 'the state');

-- the addition is told after the deletion that ended it
create function pg_temp.came(p_order integer, p_mark jsonb) returns jsonb language sql as $$
	select p_mark || jsonb_build_object('event_id', lpad(p_order::text, 32, '0')::uuid)
$$;
select pg_temp.page('u1', 38, 'o1', pg_temp.follower(37));
select pg_temp.marks('o1', pg_temp.mark('deleted_by_customer', 37));
select pg_temp.marks('o1', pg_temp.mark('added', 37));
select is(pg_temp.periods('o1'), 'deleted_by_customer h a37 l37', 'shown, deleted and added in one second: one relation, and it is over');
select pg_temp.marks('o1', pg_temp.mark('added', 37, 'u1', 'other'), pg_temp.mark('deleted_by_customer', 37));
select is(pg_temp.periods('o1'), 'deleted_by_customer h a37 l37', 'repeats change nothing');
select pg_temp.marks('o2', pg_temp.mark('added', 10), pg_temp.mark('deleted_by_staff', 30));
select pg_temp.marks('o2', pg_temp.mark('deleted_by_customer', 40));
select is(pg_temp.periods('o2'), 'deleted_by_staff h a10 l30', 'the customer deletes a member who let go of them: nothing new');
select pg_temp.marks('o2', pg_temp.mark('added', 37, 'u1', 'st'));
select is(pg_temp.periods('o2'), 'deleted_by_staff h a10 l30, deleted_by_customer h a37 l40', 'but of an addition between that is told later it is the end');
select is((select customer_lost_at from wecom.follow where external_userid = 'o2' and period = 1), null, 'and no more of the one before');
select pg_temp.marks('o2', pg_temp.mark('deleted_by_customer', 40));
select pg_temp.pull('o2', 50, pg_temp.follower(37));
select is(pg_temp.periods('o2'), 'deleted_by_staff h a10 l30, deleted_by_customer h a37 l40', 'it stays so');
select pg_temp.marks('o3', pg_temp.mark('added', 10), pg_temp.mark('deleted_by_customer', 30), pg_temp.mark('deleted_by_customer', 40));
select pg_temp.pull('o3', 50, pg_temp.follower(37));
select is(pg_temp.periods('o3'), 'deleted_by_customer h a10 l30, deleted_by_customer h a37 l40', 'the addition was lost, and a pull shows it: it is over, too');
select pg_temp.marks('o3', pg_temp.mark('added', 37));
select is(pg_temp.periods('o3'), 'deleted_by_customer h a10 l30, deleted_by_customer h a37 l40', 'then it comes after all');
select pg_temp.marks('o3', pg_temp.mark('added', 60));
select is(pg_temp.periods('o3'), 'deleted_by_customer h a10 l30, deleted_by_customer h a37 l40, active h a60 l', 'one after it is a new relation');
select pg_temp.marks('o4', pg_temp.mark('added', 10), pg_temp.mark('deleted_by_staff', 30), pg_temp.came(1, pg_temp.mark('deleted_by_customer', 40)));
select pg_temp.marks('o4', pg_temp.came(2, pg_temp.mark('added', 40)));
select is(pg_temp.periods('o4'), 'deleted_by_staff h a10 l30, active h a40 l', 'of one second what arrived first was first: deleted, then added');
select pg_temp.marks('o5', pg_temp.mark('added', 10), pg_temp.mark('deleted_by_staff', 30), pg_temp.came(2, pg_temp.mark('deleted_by_customer', 40)));
select pg_temp.marks('o5', pg_temp.came(1, pg_temp.mark('half', 40)));
select is(pg_temp.periods('o5'), 'deleted_by_staff h a10 l30, deleted_by_customer h40 a l40', 'or half, then deleted');
select pg_temp.marks('o6', pg_temp.mark('half', 10), pg_temp.came(2, pg_temp.mark('deleted_by_customer', 40)));
select pg_temp.marks('o6', pg_temp.came(1, pg_temp.mark('added', 40)));
select is(pg_temp.periods('o6'), 'deleted_by_customer h10 a40 l40', 'half, whole, and deleted in the second in which it became whole');
select pg_temp.marks('o7', pg_temp.mark('half', 10), pg_temp.came(1, pg_temp.mark('deleted_by_customer', 40)));
select pg_temp.marks('o7', pg_temp.came(2, pg_temp.mark('added', 40)));
select is(pg_temp.periods('o7'), 'deleted_by_customer h10 a l40, active h a40 l', 'half, deleted, and added in that second');
select pg_temp.marks('o9', pg_temp.mark('added', 10));
select pg_temp.marks('o9', pg_temp.mark('deleted_by_customer', 25));
select pg_temp.marks('o9', pg_temp.mark('deleted_by_staff', 20));
select is(pg_temp.periods('o9'), 'deleted_by_staff h a10 l20', 'an earlier end comes later');
select pg_temp.marks('o9', pg_temp.mark('added', 22));
select is(pg_temp.periods('o9'), 'deleted_by_staff h a10 l20, deleted_by_customer h a22 l25', 'the other one was of a relation that began between');
select pg_temp.marks('o10', pg_temp.mark('added', 10));
select pg_temp.marks('o10', pg_temp.mark('deleted_by_customer', 25));
select pg_temp.marks('o10', pg_temp.mark('deleted_by_customer', 15));
select pg_temp.marks('o10', pg_temp.mark('added', 22));
select is(pg_temp.periods('o10'), 'deleted_by_customer h a10 l15, deleted_by_customer h a22 l25', 'the same of two by the customer');
select pg_temp.marks('o11', pg_temp.mark('half', 10), pg_temp.mark('added', 20), pg_temp.mark('deleted_by_staff', 30));
select pg_temp.marks('o11', pg_temp.mark('deleted_by_customer', 15));
select is(pg_temp.periods('o11'), 'deleted_by_staff h10 a20 l30', 'an end in the time in which it was half ended nothing that is known');
-- marks that a later pull covers
select pg_temp.pull('o12', 11, pg_temp.follower(10));
select is(pg_temp.raised(pg_temp.marks('o12', pg_temp.mark('deleted_by_staff', 20))), 'rollup customer:2026-02-25 2', 'an end that no pull knows yet: nothing to judge');
select pg_temp.pull('o12', 73);
select is(pg_temp.raised(pg_temp.marks('o12', pg_temp.mark('added', 50))), 'rollup customer:2026-02-25 2, customer o12 0', 'a relation begins by an event that comes after a pull which did not show it: it is looked at again');
select pg_temp.pull('o12', 80);
select is(pg_temp.raised(pg_temp.marks('o12', pg_temp.mark('added', 79))), null, 'one that the pull could not show yet is not');
select is(pg_temp.raised(pg_temp.marks('o12', pg_temp.mark('deleted_by_staff', 15))), 'rollup customer:2026-02-25 2, customer o12 0', 'an end moves to an earlier time');
select is(pg_temp.raised(pg_temp.marks('o12', pg_temp.mark('deleted_by_staff', 15))), null, 'once');
delete from wecom.follow where external_userid ~ '^o[1-9][0-9]*$';
delete from wecom.customer where external_userid ~ '^o[1-9][0-9]*$';

-- each order of one relation's events ends alike
create function pg_temp.orders(p_name text, p_steps text[]) returns table (n text, result text) language plpgsql as $$
declare
	v_order text[];
	v_rank integer := 0;
	v_step text;
begin
	for v_order in
		with recursive o (steps, rest) as (
			select '{}'::text[], p_steps
			union all
			select o.steps || u.s, array_remove(o.rest, u.s) from o, unnest(o.rest) as u (s)
		)
		select steps from o where rest = '{}'
	loop
		v_rank := v_rank + 1;
		foreach v_step in array v_order loop
			execute replace(v_step, 'X', quote_literal(p_name || v_rank));
		end loop;
		n := array_to_string(v_order, '; ');
		result := pg_temp.periods(p_name || v_rank) || coalesce(' / ' || pg_temp.tags(p_name || v_rank), '');
		return next;
	end loop;
end
$$;
select is(result, 'deleted_by_staff h10 a20 l30', n) from pg_temp.orders('p1', array[
	$$select pg_temp.marks(X, pg_temp.mark('half', 10))$$, $$select pg_temp.marks(X, pg_temp.mark('added', 20))$$,
	$$select pg_temp.marks(X, pg_temp.mark('deleted_by_staff', 30))$$]);
select is(result, 'deleted_by_customer h a20 l30 g40', n) from pg_temp.orders('p2', array[
	$$select pg_temp.marks(X, pg_temp.mark('added', 20))$$, $$select pg_temp.marks(X, pg_temp.mark('deleted_by_customer', 30))$$,
	$$select pg_temp.marks(X, pg_temp.mark('deleted_by_staff', 40))$$]);
select is(result, 'deleted_by_staff h a20 l30', n) from pg_temp.orders('p3', array[
	$$select pg_temp.marks(X, pg_temp.mark('added', 20))$$, $$select pg_temp.marks(X, pg_temp.mark('deleted_by_staff', 30))$$,
	$$select pg_temp.marks(X, pg_temp.mark('deleted_by_customer', 40))$$]);
select is(result, 'deleted_by_customer h a20 l30 g30', n) from pg_temp.orders('p4', array[
	$$select pg_temp.marks(X, pg_temp.mark('added', 20))$$, $$select pg_temp.marks(X, pg_temp.mark('deleted_by_staff', 30))$$,
	$$select pg_temp.marks(X, pg_temp.mark('deleted_by_customer', 30))$$]);
-- with the pull that add events call for, made after all of them
select is(regexp_replace(result, '^.*, (?=active)', ''), 'active h a50 l', n) from pg_temp.orders('p5', array[
	$$select pg_temp.marks(X, pg_temp.mark('added', 20))$$, $$select pg_temp.marks(X, pg_temp.mark('deleted_by_staff', 40))$$,
	$$select pg_temp.marks(X, pg_temp.mark('added', 50)), pg_temp.pull(X, 500, pg_temp.follower(50))$$]);
-- a pull that was made between the events is stored before or after them
select is(result, 'active h10 a20 l', n) from pg_temp.orders('p6', array[
	$$select pg_temp.marks(X, pg_temp.mark('half', 10))$$, $$select pg_temp.marks(X, pg_temp.mark('added', 20))$$,
	$$select pg_temp.pull(X, 500, pg_temp.follower(20))$$]);
select is(result, 'deleted_by_staff h a20 l500', n) from pg_temp.orders('p7', array[
	$$select pg_temp.marks(X, pg_temp.mark('added', 20))$$, $$select pg_temp.marks(X, pg_temp.mark('deleted_by_staff', 500))$$,
	$$select pg_temp.pull(X, 501, pg_temp.follower(20))$$]);
select is(result, 'deleted_by_customer h a20 l30', n) from pg_temp.orders('p8', array[
	$$select pg_temp.marks(X, pg_temp.mark('added', 20))$$, $$select pg_temp.marks(X, pg_temp.mark('deleted_by_customer', 30))$$,
	$$select pg_temp.pull(X, 500, pg_temp.follower(20))$$]);
-- the listing that proves an end, and the late event that tells when it was and whose
select is(result, 'deleted_by_staff h a20 l30', n) from pg_temp.orders('p9', array[
	$$select pg_temp.marks(X, pg_temp.mark('added', 20))$$, $$select pg_temp.marks(X, pg_temp.mark('deleted_by_staff', 30))$$,
	$$select pg_temp.listed('u1', 500, '{}')$$]) where n not like '%listed%added%' and n not like '%staff%listed%added%';

-- a pull
select is(told(pg_temp.pull('d', 100, pg_temp.follower(10, '{"tags": ["t1", "t2", "t1"], "state": "s1"}'), pg_temp.follower(20, '{"remark": "two"}', 'u2'),
	pg_temp.follower(30, '{"remark": "twice"}', 'u2'))), null, 'a pull raises nothing');
select is(pg_temp.periods('d'), 'active h a10 l', 'a follower: active since createtime');
select is(pg_temp.tags('d'), 'u1:t1+10 u1:t2+10', 'tags at first sight count from the begin, each once');
select is((select format('%s %s %s', remark, pg_temp.s(added_at), (select count(*) from mirror.follow where external_userid = 'd')) from mirror.follow where external_userid = 'd' and userid = 'u2'),
	'two 20 2', 'of one that is there twice the first counts');
select is((select format('%s %s %s %s %s', name, type, gender, absence, pg_temp.s(seen_at)) from wecom.customer where external_userid = 'd'), 'Name 1 0  100', 'the customer');
create temp table before as select string_agg(ctid::text, ' ' order by userid, period) as f, (select string_agg(ctid::text, ' ' order by userid, tag_id) from wecom.follow_tag where external_userid = 'd') as t
	from wecom.follow where external_userid = 'd';
select pg_temp.pull('d', 110, pg_temp.follower(10, '{"tags": ["t2", "t1"], "remark": null, "state": null}'), pg_temp.follower(20, '{"remark": "two"}', 'u2'));
select is(string_agg(ctid::text, ' ' order by userid, period), (select f from before), 'without a difference, or absent: no row is written')
	from wecom.follow where external_userid = 'd';
select is(string_agg(ctid::text, ' ' order by userid, tag_id), (select t from before), 'nor any tag') from wecom.follow_tag where external_userid = 'd';
select pg_temp.pull('d', 120, pg_temp.follower(11, '{"tags": ["t2", "t3"], "remark": "r2", "wechat_channels": {"nickname": "n", "source": 1}}'), pg_temp.follower(20, '{"remark": ""}', 'u2'));
select is((select string_agg(format('%s[%s]%s%s', userid, remark, state, wechat_channels->>'nickname'), ' ' order by userid) from wecom.follow where external_userid = 'd'), 'u1[r2]s1n u2[]', 'attributes change');
select is(pg_temp.periods('d'), 'active h a11 l', 'createtime some seconds later is the same relation');
select pg_temp.marks('o8', pg_temp.mark('added', 10, 'u1', 'first'));
select pg_temp.pull('o8', 30, pg_temp.follower(23));
select is(pg_temp.periods('o8'), 'deleted_by_staff h a10 l~23, active h a23 l', 'thirteen seconds later it is another one');
select is((select state from mirror.follow where external_userid = 'o8'), null, 'which did not come by the first one''s channel');
select pg_temp.marks('o8', pg_temp.mark('deleted_by_customer', 19), pg_temp.mark('added', 23), pg_temp.mark('deleted_by_customer', 25));
select is(pg_temp.periods('o8'), 'deleted_by_customer h a10 l19, deleted_by_customer h a23 l25', 'their events tell more');
delete from wecom.follow where external_userid = 'o8';
delete from wecom.customer where external_userid = 'o8';

-- added, let go of without a word, added again within the minute: its own event and the answer's createtime say so together
create function pg_temp.added_and_pulled(p_customer text, p_told numeric, p_create numeric, p_begun numeric, p_state text)
returns jsonb language sql as $$
	select wecom.object_store('c1', 'customer', p_customer, jsonb_build_object('begun_us', pg_temp.us(p_begun),
		'external_contact', jsonb_build_object('external_userid', p_customer, 'name', 'Name', 'type', 1, 'gender', 0),
		'follow_user', jsonb_build_array(pg_temp.follower(p_create, jsonb_build_object('state', p_state))), 'absence', null,
		'marks', jsonb_build_array(pg_temp.mark('added', p_told, 'u1', p_state))), null, pg_temp.us(5000), false)
$$;
select pg_temp.marks('o13', pg_temp.mark('added', 48, 'u1', 'first'));
select pg_temp.marks('o13', pg_temp.mark('deleted_by_customer', 57));
select is(pg_temp.periods('o13'), 'deleted_by_customer h a48 l57', 'the end comes before the addition that it ended');
select pg_temp.added_and_pulled('o13', 56, 56, 60, 'second');
select is(pg_temp.periods('o13'), 'deleted_by_staff h a48 l~56, deleted_by_customer h a56 l57', 'the one before had ended unseen');
select is((select state from mirror.follow where external_userid = 'o13'), 'second', 'with its own channel');
select pg_temp.marks('o13', pg_temp.mark('deleted_by_customer', 57), pg_temp.mark('added', 56));
select pg_temp.pull('o13', 70, pg_temp.follower(56));
select is(pg_temp.periods('o13'), 'deleted_by_staff h a48 l~56, deleted_by_customer h a56 l57', 'repeats and further pulls change nothing');
select pg_temp.marks('o13', pg_temp.mark('deleted_by_staff', 50));
select is(pg_temp.periods('o13'), 'deleted_by_staff h a48 l50, deleted_by_customer h a56 l57', 'a late event says when');
delete from wecom.follow where external_userid = 'o13';
delete from wecom.customer where external_userid = 'o13';
select pg_temp.added_and_pulled('again', 10, 10, 20, 'first');
select pg_temp.added_and_pulled('again', 46, 46, 60, null);
select is(pg_temp.periods('again'), 'deleted_by_staff h a10 l~46, active h a46 l', 'a new period');
select is((select state from wecom.follow where external_userid = 'again' order by period desc limit 1), null, 'without the channel of the one before');
select pg_temp.added_and_pulled('again', 46, 46, 70, null);
select is(pg_temp.periods('again'), 'deleted_by_staff h a10 l~46, active h a46 l', 'once');
select pg_temp.marks('again', pg_temp.mark('deleted_by_customer', 30));
select is(pg_temp.periods('again'), 'deleted_by_customer h a10 l30, active h a46 l', 'and the event that told of the end may still come');
select pg_temp.added_and_pulled('same', 10, 10, 20, 'first');
select pg_temp.added_and_pulled('same', 46, 10, 60, 'first');
select is(pg_temp.periods('same'), 'active h a10 l', 'an event alone is not enough');
select pg_temp.pull('slow', 20, pg_temp.follower(11));
select pg_temp.added_and_pulled('slow', 12, 11, 60, null);
select is(pg_temp.periods('slow'), 'active h a11 l', 'nor one that is a little later than createtime');
select is(pg_temp.tags('d'), 'u1:t1+10-120 u1:t2+10 u1:t3+120', 'tags by difference, history kept');
select is((select string_agg(tag_id, ',' order by tag_id) from mirror.follow_tag where external_userid = 'd'), 't2,t3', 'the view shows those held');

-- older pulls
select pg_temp.pull('d', 115, pg_temp.follower(10, '{"tags": ["t1"], "remark": "old"}'), pg_temp.follower(10, '{}', 'u9'));
select is((select remark from mirror.follow where external_userid = 'd' and userid = 'u1'), 'r2', 'an older pull changes nothing');
select is(pg_temp.tags('d'), 'u1:t1+10-120 u1:t2+10 u1:t3+120', 'no tag');
select is(pg_temp.periods('d', 'u9'), null, 'and brings nobody in');
select pg_temp.page('u1', 119, 'd', pg_temp.follower(10, '{"remark": "old"}'));
select is((select remark from mirror.follow where external_userid = 'd' and userid = 'u1'), 'r2', 'nor does an older page of a listing');
select pg_temp.page('u1', 130, 'd', pg_temp.follower(11, '{"remark": "page", "tags": ["t2", "t3"]}'));
select is((select remark from mirror.follow where external_userid = 'd' and userid = 'u1'), 'page', 'a later page does');
select pg_temp.pull('d', 125, pg_temp.follower(10, '{"remark": "older"}'), pg_temp.follower(20, '{"remark": "newer"}', 'u2'));
select is((select string_agg(remark, ' ' order by userid) from mirror.follow where external_userid = 'd'), 'page newer', 'and stays when a pull before it is stored: each pair by itself');
insert into wecom.pull (auth_corp_id, kind, target, begun_at) values ('c1', 'customer_list', 'u2', to_timestamp(1772000140));
select pg_temp.pull('d', 135, pg_temp.follower(20, '{"remark": "page"}'), pg_temp.follower(20, '{"remark": "older"}', 'u2'));
select is((select string_agg(remark, ' ' order by userid) from mirror.follow where external_userid = 'd'), 'page newer', 'a complete later listing that saw no difference counts, too');
delete from wecom.pull;

-- customers themselves
select wecom.object_store('c1', 'customer', 'e', jsonb_build_object('begun_us', pg_temp.us(100), 'external_contact',
	'{"external_userid": "e", "name": "E", "type": 2, "corp_name": "Co", "position": "boss", "gender": 1, "corp_full_name": "Co Ltd", "external_profile": {"external_attr": []}}'::jsonb, 'follow_user', '[]'::jsonb), null, 1, false);
select pg_temp.pull('e', 110);
select is((select format('%s %s %s %s %s %s %s', name, type, corp_name, position, gender, corp_full_name, external_profile) from wecom.customer where external_userid = 'e'),
	'Name 1 Co boss 1 Co Ltd {"external_attr": []}', 'absent values overwrite nothing, gender 0 no other');
select pg_temp.page('u1', 105, 'e', pg_temp.follower(1, '{}'));
select is((select count(*) from mirror.follow where external_userid = 'e'), 0::bigint, 'a page older than the customer''s pull brings no pair');

-- deleted by the customer: WeCom goes on showing the member
select pg_temp.pull('f', 100, pg_temp.follower(10, '{"tags": ["t1"]}'));
select pg_temp.marks('f', pg_temp.mark('deleted_by_customer', 200));
select pg_temp.pull('f', 300, pg_temp.follower(10, '{"tags": ["t1", "t2"], "remark": "after"}'));
select is(pg_temp.periods('f'), 'deleted_by_customer h a10 l200', 'stays lost');
select is((select remark from mirror.follow where external_userid = 'f'), 'after', 'attributes are still told');
select is((select string_agg(tag_id, ',' order by tag_id) from mirror.follow_tag where external_userid = 'f'), 't1,t2', 'and tags');
select pg_temp.marks('f', pg_temp.mark('deleted_by_staff', 400));
select is(pg_temp.periods('f'), 'deleted_by_customer h a10 l200 g400', 'the member lets go, too');
select is(pg_temp.tags('f'), 'u1:t1+10-400 u1:t2+300-400', 'now the tags end');
select pg_temp.pull('f', 401, pg_temp.follower(10, '{"tags": ["t1", "t2"]}'));
select is(pg_temp.tags('f'), 'u1:t1+10-400 u1:t2+300-400', 'a stale answer does not bring them back');
select pg_temp.pull('f', 500, pg_temp.follower(450, '{"tags": ["t2"]}'));
select is(pg_temp.periods('f'), 'deleted_by_customer h a10 l200 g400, active h a450 l', 'createtime after the end: a new period');
select is(pg_temp.tags('f'), 'u1:t1+10-400 u1:t2+500', 'with tags of its own');

-- deleted by the member
select pg_temp.pull('g', 100, pg_temp.follower(10, '{"tags": ["t1"]}'));
select pg_temp.marks('g', pg_temp.mark('deleted_by_staff', 200));
select is(pg_temp.tags('g'), 'u1:t1+10-200', 'tags end with the relation');
select pg_temp.pull('g', 201, pg_temp.follower(10, '{"tags": ["t1"]}'));
select is(pg_temp.periods('g'), 'deleted_by_staff h a10 l200', 'an answer that cannot know of it changes nothing');
select is(pg_temp.tags('g'), 'u1:t1+10-200', 'no tags either');
select pg_temp.pull('g', 300, pg_temp.follower(10, '{"tags": ["t1"]}'));
select is(pg_temp.periods('g'), 'active h a10 l', 'one that can, and shows the old relation, revives it');
select is(pg_temp.tags('g'), 'u1:t1+300', 'and its tags');
select pg_temp.marks('g', pg_temp.mark('deleted_by_staff', 200));
select is(pg_temp.periods('g'), 'active h a10 l', 'the same event again does not end it again');
select pg_temp.marks('g', pg_temp.mark('transferred', 400));
select pg_temp.pull('g', 401, pg_temp.follower(400, '{}'));
select is(pg_temp.periods('g'), 'transferred h a10 l400', 'createtime in the second of the end, not seen: stale');
select pg_temp.pull('g', 403, pg_temp.follower(400, '{}'));
select is(pg_temp.periods('g'), 'transferred h a10 l400, active h a400 l', 'seen: a new one');
select pg_temp.pull('g', 900, pg_temp.follower(800, '{}'));
select is(pg_temp.periods('g'), 'transferred h a10 l400, deleted_by_staff h a400 l~800, active h a800 l', 'a later createtime: it ended unseen, and began anew');
select pg_temp.marks('g', pg_temp.mark('deleted_by_customer', 700));
select is(pg_temp.periods('g'), 'transferred h a10 l400, deleted_by_customer h a400 l700, active h a800 l', 'the late event says when, and who');

-- the late end of an older period
select pg_temp.pull('n', 100, pg_temp.follower(10));
select pg_temp.pull('n', 900, pg_temp.follower(800, '{"tags": ["t1"]}'));
select pg_temp.marks('n', pg_temp.mark('deleted_by_staff', 500));
select is(pg_temp.periods('n'), 'deleted_by_staff h a10 l500, active h a800 l', 'the late end of an older period');
select is(pg_temp.tags('n'), 'u1:t1+900', 'takes no tag from the one that lasts');

-- half, pulled
select pg_temp.marks('h', pg_temp.mark('half', 10));
select is(pg_temp.raised(pg_temp.pull('h', 50)), null, 'a half relation is not shown, and not missed');
select is(pg_temp.periods('h'), 'half h10 a l', 'nothing ends');
select pg_temp.pull('h', 100, pg_temp.follower(60));
select is(pg_temp.periods('h'), 'active h10 a60 l', 'shown: it is whole');

-- missing followers
select pg_temp.pull('i', 100, pg_temp.follower(10), pg_temp.follower(10, '{}', 'u2'), pg_temp.follower(99, '{}', 'u3'));
select is(pg_temp.raised(pg_temp.pull('i', 100.5, pg_temp.follower(10))), 'customer_list u2 0', 'who is missing is asked for by the member''s listing, not who came too late for the answer');
select is(pg_temp.periods('i', 'u2'), 'active h a10 l', 'absence is not deletion');
select is(pg_temp.raised(wecom.object_store('c1', 'customer', 'i', jsonb_build_object('begun_us', pg_temp.us(200), 'external_contact', null, 'follow_user', null, 'absence', 'no_relation', 'marks', '[]'::jsonb), null, pg_temp.us(1), false)),
	'customer_list u1 0, customer_list u2 0, customer_list u3 0', 'no relation: all of them');
select is((select absence from wecom.customer where external_userid = 'i'), 'no_relation', 'the absence is kept');
select is(pg_temp.raised(wecom.object_store('c1', 'customer', 'i', jsonb_build_object('begun_us', pg_temp.us(201), 'absence', 'no_licence'), null, pg_temp.us(1), false)),
	null, 'no licence: nothing to be asked');
insert into wecom.member (auth_corp_id, userid, in_scope, synced_at) values ('c1', 'u3', false, now());
select is(pg_temp.raised(wecom.object_store('c1', 'customer', 'i', jsonb_build_object('begun_us', pg_temp.us(202), 'absence', 'out_of_scope'), null, pg_temp.us(1), false)),
	'customer_list u1 0, customer_list u2 0', 'a member out of view cannot be listed');
select pg_temp.pull('i', 210, pg_temp.follower(10), pg_temp.follower(10, '{}', 'u2'), pg_temp.follower(99, '{}', 'u3'));
select is((select absence from wecom.customer where external_userid = 'i'), null, 'an answer takes the absence away');

-- the end of a listing
delete from wecom.follow;
delete from wecom.follow_tag;
select pg_temp.pull(c, 100, pg_temp.follower(10, '{"tags": ["t1"]}')) from unnest('{k1,k2,k3,k4,k5}'::text[]) as u (c);
select pg_temp.marks('k3', pg_temp.mark('deleted_by_customer', 150));
select pg_temp.marks('k6', pg_temp.mark('half', 120));
select pg_temp.marks('k7', pg_temp.mark('added', 299));
select pg_temp.pull('k5', 301, pg_temp.follower(10, '{"tags": ["t1"]}'));
select is(pg_temp.listed('u1', 300, '{k1}', true), null, 'without a licence');
select is((select string_agg(external_userid || ' ' || status || ' ' || coalesce(absence, '-'), ', ' order by external_userid) from wecom.follow),
	'k1 active -, k2 active no_licence, k3 deleted_by_customer no_licence, k4 active no_licence, k5 active -, k6 half -, k7 active -', 'nothing is proved, and it is noted');
select is(pg_temp.raised(pg_temp.pull('k2', 310)), null, 'the listing is not asked for again');
select pg_temp.pull('k4', 311, pg_temp.follower(10, '{"tags": ["t1"]}'));
select is((select absence from wecom.follow where external_userid = 'k4'), null, 'until the pair is shown again');
select is(told(pg_temp.listed('u1', 320, '{k1,k5}')), null, 'with one');
select is((select string_agg(external_userid || ' ' || status || ' ' || coalesce(pg_temp.s(lost_at)::text, '') || case when lost_by_absence then '~' else '' end || coalesce(' ' || pg_temp.s(gone_at), ''), ', ' order by external_userid) from wecom.follow),
	'k1 active , k2 deleted_by_staff 320~, k3 deleted_by_customer 150 320, k4 deleted_by_staff 320~, k5 active , k6 half , k7 deleted_by_staff 320~', 'who is not listed is gone, and who was let go of; half ones are not listed ever');
select is((select string_agg(external_userid, ',' order by external_userid) from mirror.follow_tag), 'k1,k5', 'tags end with them');
select pg_temp.marks('k8', pg_temp.mark('added', 399));
select pg_temp.pull('k1', 402, pg_temp.follower(10));
select pg_temp.listed('u1', 400, '{}');
select is((select string_agg(external_userid || ' ' || status, ', ' order by external_userid) from wecom.follow where lost_at is null), 'k1 active, k6 half, k8 active',
	'who began too late for the listing, or was pulled since, is left');
select pg_temp.marks('k2', pg_temp.mark('transferred', 315));
select is(pg_temp.periods('k2'), 'transferred h a10 l315', 'the late event says when and how');
select pg_temp.marks('k4', pg_temp.mark('deleted_by_customer', 316));
select is(pg_temp.periods('k4'), 'deleted_by_customer h a10 l316 g320', 'or that it was the customer first');
select pg_temp.page('u1', 420, 'k5', pg_temp.follower(10));
select is(pg_temp.periods('k5'), 'active h a10 l', 'shown again with the old createtime: it had not ended');
select is(wecom.object_store('c1', 'customer_list', '', '{"complete": true, "seen": []}', 1, 1, false), null, 'a listing of nobody stores nothing');

-- drift
select is(pg_temp.page('u1', 500, 'k1', pg_temp.follower(10, '{"remark": "x"}'), true), null, 'before the first full read nothing is drift');
insert into wecom.corp (auth_corp_id, suite_id, state, backfilled_at) values ('c1', 's', 'active', tap.due(0));
select is(pg_temp.page('u1', 501, 'k1', pg_temp.follower(10, '{"remark": "x"}'), true), '{"counts": {"checked_customer": 1, "drift_customer": 0}}', 'no difference');
select is(told(pg_temp.page('u1', 502, 'k1', pg_temp.follower(10, '{"remark": "y", "tags": ["t4"]}'), true)), '{"counts": {"checked_customer": 1, "drift_customer": 1}}', 'a customer counts once');
select is(told(pg_temp.page('u1', 503, 'k1', pg_temp.follower(10, '{"remark": "z"}'), false)), null, 'nor outside a reconcile');
select ingest('c1', item('edit', '{"job_kind": "customer", "job_target": "k1", "due_us": 1772000003000000}'));
select is(pg_temp.page('u1', 504, 'k1', pg_temp.follower(10, '{"remark": "w"}'), true), '{"counts": {"checked_customer": 1, "drift_customer": 0}}', 'nor what an event that waits would tell');
select is(told(pg_temp.listed('u1', 600, '{k1}', false, true)), '{"counts": {"checked_customer": 0, "drift_customer": 2}}', 'relations that ended unseen are drift');
select is(wecom.object_store('c1', 'customer', 'k1', jsonb_build_object('begun_us', pg_temp.us(700), 'follow_user', jsonb_build_array(pg_temp.follower(10, '{"remark": "v"}'))), null, 1, true),
	'{"counts": {"checked_customer": 1, "drift_customer": 1}}', 'so is what a customer''s own pull finds');
select is(wecom.object_store('c1', 'customer', 'k1', jsonb_build_object('begun_us', pg_temp.us(701), 'follow_user', jsonb_build_array(pg_temp.follower(10, '{"remark": "u"}')),
	'marks', jsonb_build_array(pg_temp.mark('added', 10))), null, 1, true), '{}', 'unless events came with it');

-- two corps
select wecom.object_store('c2', 'customer', 'k1', jsonb_build_object('begun_us', pg_temp.us(1), 'marks', jsonb_build_array(pg_temp.mark('half', 1), pg_temp.mark('transfer_fail', 1))), null, 1, false);
select is((select string_agg(auth_corp_id || ' ' || status, ', ' order by auth_corp_id) from mirror.follow where external_userid = 'k1'), 'c1 active, c2 half', 'two corps are apart');

-- large
create function pg_temp.timed(p_what text, p_kind text, p_target text, p_data jsonb) returns text language plpgsql as $$
declare
	v_begin constant timestamptz := clock_timestamp();
begin
	perform wecom.object_store('c1', p_kind, p_target, p_data, null, pg_temp.us(5000), true);
	return tap.diag(format('%s: %s ms', p_what, round(extract(epoch from clock_timestamp() - v_begin) * 1000)));
end
$$;
create temp table big as select jsonb_build_object('begun_us', pg_temp.us(100), 'external_contact', '{"external_userid": "big"}'::jsonb,
	'follow_user', jsonb_agg(pg_temp.follower(i, '{"tags": ["t1", "t2", "t3"]}', 'm' || i))) as data from generate_series(1, 1000) as i;
select pg_temp.timed('a customer followed by 1000', 'customer', 'big', data) from big;
select pg_temp.timed('the same again', 'customer', 'big', data || jsonb_build_object('begun_us', pg_temp.us(2000))) from big;
select is((select count(*) from mirror.follow where external_userid = 'big'), 1000::bigint, 'a customer followed by 1 000 goes through in one call');
select is((select count(*) from mirror.follow_tag where external_userid = 'big'), 3000::bigint, 'with their tags');

select * from finish();
rollback;
