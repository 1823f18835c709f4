-- wecom.department_store(p_corp, p_departments, p_is_end, p_begun_at): departments the app sees.
--   p_departments  [{id, parentid, order, name}]; at the end the ids of all
--   p_is_end       the list is complete: others are gone
--   returns        how many changed
--   tables         wecom.department
--   caller         wecom.member_list_store
-- Absent values overwrite nothing; of one that is there twice the first counts.  Rows that do not differ are not written.
create or replace function wecom.department_store(p_corp text, p_departments jsonb, p_is_end boolean, p_begun_at timestamptz)
returns bigint
language plpgsql
as $$
declare
	v_changed bigint;
begin
	if p_is_end then
		update wecom.department as d
		set deleted_at = p_begun_at,
			seen_at = p_begun_at
		where d.auth_corp_id = p_corp
			and d.deleted_at is null
			and coalesce(d.seen_at <= p_begun_at, true)
			and d.department_id not in (
				select u.id::bigint
				from jsonb_array_elements_text(p_departments) as u (id)
			);
		get diagnostics v_changed = row_count;
		return v_changed;
	end if;
	insert into wecom.department as d (auth_corp_id, department_id, parent_id, name, sort_order, seen_at)
	select distinct on (u.id)
		p_corp, u.id, u.parentid, u.name, u."order", p_begun_at
	from rows from (
		jsonb_to_recordset(p_departments) as (id bigint, parentid bigint, name text, "order" bigint)
	) with ordinality as u (id, parentid, name, "order", n)
	order by u.id, u.n
	on conflict (auth_corp_id, department_id) do update
	set parent_id = coalesce(excluded.parent_id, d.parent_id),
		name = coalesce(excluded.name, d.name),
		sort_order = coalesce(excluded.sort_order, d.sort_order),
		deleted_at = null,
		seen_at = excluded.seen_at
	where coalesce(d.seen_at <= excluded.seen_at, true)
		and (coalesce(excluded.parent_id, d.parent_id), coalesce(excluded.name, d.name),
			coalesce(excluded.sort_order, d.sort_order), null::timestamptz)
			is distinct from (d.parent_id, d.name, d.sort_order, d.deleted_at);
	get diagnostics v_changed = row_count;
	return v_changed;
end
$$;

comment on function wecom.department_store(text, jsonb, boolean, timestamptz) is
	'Store departments the app sees, by difference; how many changed.';
