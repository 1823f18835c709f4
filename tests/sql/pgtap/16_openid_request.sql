-- wecom.openid_request: what is asked, what is not asked again, who may ask.
begin;
set local search_path = tap, pg_catalog;
select plan(9);

insert into wecom.corp (auth_corp_id, suite_id, state) values ('c1', 's', 'active'), ('gone', 's', 'pending');
update wecom.corp set state = 'cancelled', cancelled_at = now() where auth_corp_id = 'gone';
insert into wecom.openid_map (auth_corp_id, userid, open_userid, state) values
	('c1', 'known', 'woKnown', 'mapped'), ('c1', 'wrong', null, 'invalid'), ('c2', 'new', null, 'wanted');

select is(wecom.openid_request('c1', '{new,other,new,known,wrong}'), 2, 'two are new');
select results_eq($$select userid, state from wecom.openid_map where auth_corp_id = 'c1' order by 1$$,
	$$values ('known', 'mapped'), ('new', 'wanted'), ('other', 'wanted'), ('wrong', 'invalid')$$, 'answers stay');
select results_eq($$select target, state, priority::int from wecom.job where auth_corp_id = 'c1' and kind = 'openid_map'$$,
	$$values ('', 'due', 1)$$, 'one job for all');
select isnt_empty($$select from wecom.corp_due where auth_corp_id = 'c1'$$, 'the corp is looked at');
select is(wecom.openid_request('c1', '{new,known}'), 0, 'nothing is asked twice');
select throws_ok($$select wecom.openid_request('gone', '{a}')$$, '22023', null, 'the corp left');
select throws_ok($$select wecom.openid_request('nobody', '{a}')$$, '22023', null, 'nobody knows the corp');
select throws_ok($$select wecom.openid_request('c1', array['a', ''])$$, '22023', null, 'an empty id');
select throws_ok($$select wecom.openid_request('c1', array['a', repeat('x', 65)])$$, '22023', null, 'an id that is too long');

select * from finish();
rollback;
