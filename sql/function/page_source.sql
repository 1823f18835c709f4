-- wecom.page_source(p_name): where a list of the pages comes from.
--   p_name   name of the list
--   returns  source: the from clause, in which $1 is the corp, $2 and $3 the first and last day; columns: those of its file;
--            search: those in which q is looked for; sorting: those by which it is sorted unless told otherwise
--   tables   reads the catalog
--   errors   22023 invalid_parameter_value: there is no such list
--   caller   wecom.page_query
-- Texts of ours alone: what a reader sends is compared with them, or a parameter.
create or replace function wecom.page_source(p_name text, out source text, out columns text[], out search text[],
	out sorting text)
language plpgsql
stable
as $$
begin
	select s.source, (
			select array_agg(a.name order by a.n)
			from pg_catalog.pg_proc as f
			cross join lateral unnest(f.proargnames) with ordinality as a (name, n)
			where f.oid = to_regproc('wecom.' || coalesce(s.like_list, 'csv_' || s.name))
		), string_to_array(s.search, ' '), s.sorting
	into source, columns, search, sorting
	from (values
		('channels', null, 'state', '-adds',
			'report.channel_state as t where t.auth_corp_id = $1'),
		('staff', null, 'userid', '-net',
			'report.staff_ranking($1, $2, $3) as t where true'),
		('groups', null, 'chat_id name owner', '-members',
			'report.group_list as t where t.auth_corp_id = $1'),
		('owners', null, 'owner', '-net',
			'report.owner_ranking($1, $2, $3) as t where true'),
		('duplicates', null, 'external_userid name', '-groups',
			'(select d.external_userid, (select c.name from mirror.customer as c where c.auth_corp_id = '
			'$1 and c.external_userid = d.external_userid) as name, d.groups, d.chat_ids from '
			'report.duplicate_members as d where d.auth_corp_id = $1) as t where true'),
		('group_changes', null, 'chat_id chat_name old new', '-at',
			'(select g.at, g.chat_id, c.name as chat_name, g.field, g.old, g.new, g.event_id from '
			'report.group_changes as g left join mirror.group_chat as c on c.auth_corp_id = $1 and '
			'c.chat_id = g.chat_id where g.auth_corp_id = $1 and g.at >= wecom.page_moment($1, $2) and '
			'g.at < wecom.page_moment($1, $3 + 1)) as t where true'),
		('tag_orders', null, 'scope group_name', '-at',
			'(select o.at, o.scope, g.name as group_name, o.old_order, o.new_order from '
			'report.tag_order_changes as o left join mirror.tag_group as g on g.auth_corp_id = $1 and '
			'g.group_id = o.scope where o.auth_corp_id = $1 and o.at >= wecom.page_moment($1, $2) and '
			'o.at < wecom.page_moment($1, $3 + 1)) as t where true'),
		('losses', null, 'external_userid customer_name userid state', '-lost_at',
			'(select l.external_userid, (select c.name from mirror.customer as c where c.auth_corp_id = '
			'$1 and c.external_userid = l.external_userid) as customer_name, l.userid, l.direction, '
			'l.source, l.state, l.tags, l.added_at, l.lost_at, l.kept_days, l.readded_at from '
			'report.loss_list as l where l.auth_corp_id = $1 and l.lost_at >= wecom.page_moment($1, $2) '
			'and l.lost_at < wecom.page_moment($1, $3 + 1)) as t where true'),
		('transfers', null, 'handover takeover', '-moved',
			'report.transfer as t where t.auth_corp_id = $1'),
		('customers', null, 'external_userid name', 'external_userid',
			'(select c.external_userid, c.name, c.type, c.corp_name, f.followers, f.added_at, f.lost_at, '
			'f.status from mirror.customer as c cross join lateral (select count(*) filter (where '
			'r.status = ''active'') as followers, max(r.added_at) as added_at, max(r.lost_at) as lost_at, '
			'coalesce((array_agg(r.status order by r.status <> ''active'', r.status <> ''half'', r.lost_at '
			'desc))[1], ''none'') as status from mirror.follow as r where r.auth_corp_id = $1 and '
			'r.external_userid = c.external_userid) as f where c.auth_corp_id = $1) as t where true'),
		('customer_daily', null, '', 'day',
			'report.customer_daily as t where t.auth_corp_id = $1 and t.day between $2 and $3'),
		('group_daily', null, '', 'day',
			'report.group_daily as t where t.auth_corp_id = $1 and t.day between $2 and $3'),
		('tags', null, 'tag_name group_name tag_id', '-group_sort_order',
			'report.tag_usage as t where t.auth_corp_id = $1'),
		('trust', null, 'info_type', '-day',
			'report.data_trust as t where t.auth_corp_id = $1 and t.day between $2 and $3'),
		('usage', null, 'api', '-day',
			'report.api_usage as t where t.auth_corp_id = $1 and t.day between $2 and $3'),
		('roster', null, 'member_id name group_nickname', 'join_at',
			'mirror.group_chat_member as t where t.auth_corp_id = $1 and t.chat_id = $5'),
		('ledger', null, 'member_id', '-at',
			'report.group_ledger as t where t.auth_corp_id = $1 and t.chat_id = $5'),
		('ledgers', 'csv_ledger', 'member_id chat_id', '-at',
			'report.group_ledger as t where t.auth_corp_id = $1 and t.at >= wecom.page_moment($1, $2) and'
			' t.at < wecom.page_moment($1, $3 + 1)')
	) as s (name, like_list, search, sorting, source)
	where s.name = p_name;
	if not found then
		raise exception 'there is no such list' using errcode = 'invalid_parameter_value';
	end if;
end
$$;

comment on function wecom.page_source(text) is
	'Where a list of the pages comes from.';
