-- wecom.follow_marks_before(p_corp, p_kind, p_target, p_data): the relations and tags that a store may change, before it does.
--   p_kind … p_data  as for wecom.object_store, of kind customer or customer_list
--   returns  the customers, their relations and the tags of these
--   tables   reads wecom.follow, wecom.follow_tag
--   caller   wecom.object_store
create or replace function wecom.follow_marks_before(p_corp text, p_kind text, p_target text, p_data jsonb,
	out customers text[], out follows wecom.follow[], out tags wecom.follow_tag[])
language plpgsql
stable
as $$
begin
	if p_kind = 'customer' then
		customers := array[p_target];
	else
		customers := array(
			select u.pair #>> '{external_contact,external_userid}'
			from jsonb_array_elements(coalesce(nullif(p_data->'pairs', 'null'), '[]')) as u (pair)
		);
		if (p_data->>'complete')::boolean then
			customers := customers || array(
				select f.external_userid
				from wecom.follow as f
				where f.auth_corp_id = p_corp
					and f.userid = coalesce(nullif(p_target, ''), p_data->>'userid')
					and f.external_userid <> ''	-- by the index of members
					and f.status in ('active', 'deleted_by_customer')
					and f.external_userid not in (
						select s.id
						from jsonb_array_elements_text(p_data->'seen') as s (id)
					)
			);
		end if;
	end if;
	-- one by one: for all together a corp's whole index may seem cheaper while little is known of the tables
	select array_agg(f)
	into follows
	from (select distinct u.id from unnest(customers) as u (id)) as c
	cross join lateral (
		select r.*
		from wecom.follow as r
		where r.auth_corp_id = p_corp
			and r.external_userid = c.id
		order by r.userid, r.period
	) as f;
	select array_agg(t)
	into tags
	from (select distinct u.id from unnest(customers) as u (id)) as c
	cross join lateral (
		select r.*
		from wecom.follow_tag as r
		where r.auth_corp_id = p_corp
			and r.external_userid = c.id
		order by r.userid, r.tag_id
	) as t;
end
$$;

comment on function wecom.follow_marks_before(text, text, text, jsonb) is
	'The relations and tags that a store may change, before it does.';
