-- wecom.object_store(p_corp, p_kind, p_target, p_data, p_begun_us, p_now_us, p_is_reconcile): store what a job brought.
--   p_data          what the kind's store function takes
--   p_begun_us      begin of the pull by WeCom's clock, microseconds since 1970; null: the data says it, or no pull was made
--   p_now_us        WeCom's clock
--   p_is_reconcile  asked for by a full reconcile or a person: what differs is drift
--   returns         null, or {raise: [[kind, target, due_us, priority], …], counts: {name: n}}, either may be missing
--   errors          22023 for a kind that stores nothing
--   tables          those of the kind
--   caller          wecom.job_finish_store
-- Whatever is looked for has a key; a table that was empty when it was looked at last must not be read from end to end.
-- A plan made anew for each call costs more than the call (1.5 ms against 0.3 for a roster of 40).
create or replace function wecom.object_store(p_corp text, p_kind text, p_target text, p_data jsonb, p_begun_us bigint,
	p_now_us bigint, p_is_reconcile boolean)
returns jsonb
language plpgsql
set enable_seqscan = off
set jit = off
set plan_cache_mode = force_generic_plan
as $$
declare
	v_begun_us constant bigint := nullif(coalesce((p_data->>'begun_us')::bigint, p_begun_us), 0);
	v_before record;	-- what figures of reports hang on: see migrate/0007_rollup.sql
	v_tags text[];
	v_answer jsonb;
	v_marks jsonb;
begin
	case p_kind
	when 'chat' then
		return (wecom.chat_store(p_corp, array[p_target], array[p_data], array[v_begun_us], p_now_us,
			array[p_is_reconcile]))[1];
	when 'chat_list' then
		return wecom.chat_list_store(p_corp, p_data, v_begun_us, p_now_us, p_is_reconcile);
	when 'customer' then
		v_before := wecom.follow_marks_before(p_corp, p_kind, p_target, p_data);
		v_answer := wecom.customer_store(p_corp, p_target, p_data, v_begun_us, p_now_us, p_is_reconcile);
		perform wecom.follow_lost_keep(p_corp, v_before.customers);
		v_marks := wecom.follow_marks(p_corp, v_before.customers, v_before.follows, v_before.tags, p_now_us);
	when 'customer_list' then
		v_before := wecom.follow_marks_before(p_corp, p_kind, p_target, p_data);
		v_answer := wecom.customer_list_store(p_corp, p_target, p_data, v_begun_us, p_now_us, p_is_reconcile);
		perform wecom.follow_lost_keep(p_corp, v_before.customers);
		v_marks := wecom.follow_marks(p_corp, v_before.customers, v_before.follows, v_before.tags, p_now_us);
	when 'tag' then
		v_tags := wecom.tag_marks(p_corp);
		v_answer := wecom.tag_store(p_corp, p_data, v_begun_us, p_is_reconcile);
		perform wecom.follow_lost_keep_since(p_corp, timestamptz 'epoch' + least(v_begun_us, (
			select min((m.v->>'at_us')::bigint)
			from jsonb_array_elements(coalesce(nullif(p_data->'marks', 'null'), '[]')) as m (v)
		)) * interval '1 microsecond');
		v_marks := wecom.tag_marks_raise(p_corp, v_tags, p_now_us);
	when 'member' then
		return wecom.member_store(p_corp, p_target, p_data, v_begun_us, p_now_us, p_is_reconcile);
	when 'member_list' then
		return wecom.member_list_store(p_corp, p_data, v_begun_us, p_now_us, p_is_reconcile);
	when 'openid_map' then
		return wecom.openid_store(p_corp, p_data, p_now_us);
	when 'corp' then
		return wecom.corp_store(p_corp, p_data, p_now_us);
	when 'purge' then
		return wecom.purge_store(p_corp, p_data, p_now_us);
	when 'rollup' then
		return wecom.rollup_store(p_corp, p_target, p_now_us);
	else
		raise exception 'nothing can be stored for jobs of kind %', p_kind using errcode = '22023';
	end case;
	if v_marks is null then
		return v_answer;
	end if;
	return coalesce(v_answer, '{}') || jsonb_build_object('raise', coalesce(v_answer->'raise', '[]') || v_marks);
end
$$;

comment on function wecom.object_store(text, text, text, jsonb, bigint, bigint, boolean) is
	'Store what a job brought, by its kind; the jobs to raise and what to count.';
