-- wecom.customer_contact_store(p_corp, p_contacts, p_begun_us): what a pull tells of customers themselves.
--   p_contacts  [{external_userid, name, type, corp_name, position, gender, corp_full_name, external_profile}]; of a
--               customer who is there twice the first counts
--   returns     the customers who differed, new ones too
--   tables      wecom.customer
--   caller      wecom.customer_store, wecom.customer_list_store
-- Absent values overwrite nothing, and gender 0, which a third party is always told, no other gender.  What a later pull
-- told stays.  Rows that do not differ are not written.
create or replace function wecom.customer_contact_store(p_corp text, p_contacts jsonb, p_begun_us bigint)
returns text[]
language plpgsql
as $$
declare
	v_begun_at constant timestamptz := timestamptz 'epoch' + p_begun_us * interval '1 microsecond';
	v_synced_at constant timestamptz := clock_timestamp();
	v_changed text[];
begin
	with written as (
		insert into wecom.customer as c (auth_corp_id, external_userid, name, type, corp_name, position, gender,
			corp_full_name, external_profile, contact_at, synced_at)
		select distinct on (g.external_userid)
			p_corp, g.external_userid, g.name, g.type, g.corp_name, g.position, g.gender, g.corp_full_name,
			nullif(g.external_profile, 'null'), v_begun_at, v_synced_at
		from rows from (
			jsonb_to_recordset(p_contacts) as (external_userid text, name text, type integer, corp_name text,
				position text, gender integer, corp_full_name text, external_profile jsonb)
		) with ordinality as g (external_userid, name, type, corp_name, position, gender, corp_full_name,
			external_profile, n)
		order by g.external_userid, g.n
		on conflict (auth_corp_id, external_userid) do update
		set name = coalesce(excluded.name, c.name),
			type = coalesce(excluded.type, c.type),
			corp_name = coalesce(excluded.corp_name, c.corp_name),
			position = coalesce(excluded.position, c.position),
			gender = coalesce(nullif(excluded.gender, 0), c.gender, 0),
			corp_full_name = coalesce(excluded.corp_full_name, c.corp_full_name),
			external_profile = coalesce(excluded.external_profile, c.external_profile),
			contact_at = excluded.contact_at,
			synced_at = excluded.synced_at,
			absence = null
		where coalesce(greatest(c.contact_at, c.seen_at) <= excluded.contact_at, true)
			and (coalesce(excluded.name, c.name), coalesce(excluded.type, c.type),
				coalesce(excluded.corp_name, c.corp_name), coalesce(excluded.position, c.position),
				coalesce(nullif(excluded.gender, 0), c.gender, 0),
				coalesce(excluded.corp_full_name, c.corp_full_name), coalesce(excluded.external_profile,
					c.external_profile), null::text)
				is distinct from (c.name, c.type, c.corp_name, c.position, coalesce(c.gender, 0),
				c.corp_full_name,
				c.external_profile, c.absence)
		returning c.external_userid
	)
	select coalesce(array_agg(w.external_userid), '{}')
	into v_changed
	from written as w;
	return v_changed;
end
$$;

comment on function wecom.customer_contact_store(text, jsonb, bigint) is
	'Store what a pull tells of customers themselves, by difference; who differed.';
