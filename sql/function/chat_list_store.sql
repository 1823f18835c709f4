-- wecom.chat_list_store(p_corp, p_data, p_begun_us, p_now_us, p_is_reconcile): the list of group chats.
--   p_data   a page {chats: [{chat_id, status}]}; at the end {complete: true, listed: [chat_id, …]}
--   returns  {raise}: chats to be pulled one by one
--   tables   reads wecom.group_chat, wecom.corp
--   caller   wecom.object_store
-- A list says nothing of a chat but that it can be read.  Pulled are: chats never read, or not since the corp left and came
-- back, as nobody told what happened meanwhile; those that could not be read before; in a full reconcile all that are listed;
-- and at the end those that should be listed and are not, as only an answer about the chat itself tells why.  Those that are
-- known not to be readable are listed when they are again, but for those that were dissolved meanwhile: a full reconcile asks
-- for them, too.  Those pulled later than the list was made need nothing.  A dismissal is final.
create or replace function wecom.chat_list_store(p_corp text, p_data jsonb, p_begun_us bigint, p_now_us bigint,
	p_is_reconcile boolean)
returns jsonb
language sql
as $$
	with listed as (
		select distinct c.chat_id
		from jsonb_to_recordset(coalesce(nullif(p_data->'chats', 'null'), '[]')) as c (chat_id text)
	), wanted as (
		select l.chat_id
		from listed as l
		left join wecom.group_chat as g on g.auth_corp_id = p_corp
			and g.chat_id = l.chat_id
		where g.dismissed_at is null
			and (p_is_reconcile or g.seen_at is null or g.absence is not null or g.seen_at < (
				select max(c.returned_at)
				from wecom.corp as c
				where c.auth_corp_id = p_corp
			))
		union all
		select g.chat_id
		from wecom.group_chat as g
		where (p_data->>'complete')::boolean
			and jsonb_typeof(p_data->'listed') = 'array'
			and g.auth_corp_id = p_corp
			and g.dismissed_at is null
			and (g.absence is null or p_is_reconcile)
			and coalesce(g.seen_at, g.version_at, '-infinity')
				<= timestamptz 'epoch' + (p_begun_us - 2000000) * interval '1 microsecond'
			and not exists (
				select
				from jsonb_array_elements_text(p_data->'listed') as l (chat_id)
				where l.chat_id = g.chat_id
			)
	)
	select jsonb_build_object('raise',
		jsonb_agg(jsonb_build_array('chat', w.chat_id, p_now_us, 1) order by w.chat_id))
	from wanted as w
	having count(*) > 0
$$;

comment on function wecom.chat_list_store(text, jsonb, bigint, bigint, boolean) is
	'Which chats a page or the end of the list of chats calls for.';
