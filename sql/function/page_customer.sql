-- wecom.page_customer(p_corp, p_args): one customer.
--   p_args   external_userid
--   returns  null when nothing is known of that id; {customer (null: told of by events only, so far), follows,
--            tags: [{tag_id, tag_name, userid, added_at}],
--            timeline: [{at, type, userid, detail}], oldest first}
--   errors   22023 invalid_parameter_value, with a sentence
--   tables   reads views of the mirror, report.customer_timeline
--   caller   wecom-web
create or replace function wecom.page_customer(p_corp text, p_args jsonb)
returns jsonb
language plpgsql
stable
as $$
declare
	v_id constant text := wecom.page_id(p_args, 'external_userid');
	v_answer jsonb;
begin
	v_answer := jsonb_build_object(
		'customer', (
			select to_jsonb(c) - 'auth_corp_id'
			from mirror.customer as c
			where c.auth_corp_id = p_corp
				and c.external_userid = v_id
		),
		'follows', (
			select coalesce(jsonb_agg(to_jsonb(f) - 'auth_corp_id' order by f.status <> 'active', f.added_at,
				f.userid), '[]')
			from mirror.follow as f
			where f.auth_corp_id = p_corp
				and f.external_userid = v_id
		),
		'tags', (
			select coalesce(jsonb_agg(jsonb_build_object('tag_id', t.tag_id, 'tag_name', n.name, 'userid', t.userid,
				'added_at', t.added_at) order by t.added_at, t.tag_id, t.userid), '[]')
			from mirror.follow_tag as t
			left join mirror.tag as n on n.auth_corp_id = p_corp
				and n.tag_id = t.tag_id
			where t.auth_corp_id = p_corp
				and t.external_userid = v_id
		),
		'timeline', (
			select coalesce(jsonb_agg(to_jsonb(l) - 'n' order by l.n), '[]')
			from report.customer_timeline(p_corp, v_id) with ordinality as l (at, type, userid, detail, n)
		));
	if v_answer->'customer' = 'null' and v_answer->'follows' = '[]' and v_answer->'timeline' = '[]' then
		return null;
	end if;
	return v_answer;
end
$$;

comment on function wecom.page_customer(text, jsonb) is
	'Page: one customer.';
