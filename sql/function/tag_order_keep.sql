-- wecom.tag_order_keep(p_corp, p_before, p_at): keep in which scopes the order changed.
--   p_before  wecom.tag_order before the change
--   returns   nothing
--   tables    wecom.tag_order_change; reads wecom.tag_group, wecom.tag
--   caller    wecom.tag_store
-- New and deleted ones change a list and no order: those that are in both lists are compared.
create or replace function wecom.tag_order_keep(p_corp text, p_before jsonb, p_at timestamptz)
returns void
language sql
as $$
	with now as materialized (
		select wecom.tag_order(p_corp) as orders
	), before as materialized (
		select b.scope, i.id, i.n
		from now as w
		cross join jsonb_each(p_before) as b (scope, ids)
		cross join lateral jsonb_array_elements_text(b.ids) with ordinality as i (id, n)
		where b.ids is distinct from w.orders->b.scope
	), after as materialized (
		select a.scope, i.id, i.n
		from now as w
		cross join lateral jsonb_each(w.orders) as a (scope, ids)
		cross join lateral jsonb_array_elements_text(a.ids) with ordinality as i (id, n)
		where a.ids is distinct from p_before->a.scope
	), place as (
		-- a full join is hashed, however little is known of the sizes
		select coalesce(b.scope, a.scope) as scope, b.n as n_before, a.n as n_after
		from before as b
		full join after as a on a.scope = b.scope
			and a.id = b.id
	), reordered as (
		select r.scope
		from (
			select p.scope, p.n_after, lag(p.n_after) over (partition by p.scope
				order by p.n_before) as n_after_before
			from place as p
			where p.n_before is not null
				and p.n_after is not null
		) as r
		group by r.scope
		having bool_or(r.n_after < r.n_after_before)
	)
	insert into wecom.tag_order_change as c (auth_corp_id, scope, at, old_order, new_order)
	select p_corp, r.scope, p_at, p_before->r.scope, w.orders->r.scope
	from reordered as r
	cross join now as w
	on conflict (auth_corp_id, scope, at) do nothing
$$;

comment on function wecom.tag_order_keep(text, jsonb, timestamptz) is
	'Keep in which scopes the order of tags or groups changed.';
