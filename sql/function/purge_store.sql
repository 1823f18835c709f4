-- wecom.purge_store(p_corp, p_data, p_now_us): one step of deleting what is held of a corp that left.
--   p_data    {"delete": true}; {"delete": false}: the data stays for now, only the corp's line says that it left;
--             {"back": true}: it had been authorised again before this was known
--   p_now_us  as all stores are called; the times of events and authorisations alone decide
--   returns   {"counts": {"purge_left": n}}: 0 when all is gone, else how many rows this step deleted, at least 1; of one
--             that is back {"raise"}: its chats, which were read before it was away
--   tables    all that have the corp's rows
--   caller    wecom.object_store for kind purge
-- What stays is the corp's line in wecom.corp, which says when it left, and its number in wecom.lease, which must never be
-- given out a second time.  A cancellation older than the authorisation in force deletes nothing.
-- First the events up to the cancellation and the jobs, leased ones too, so that nothing under way writes behind us; the
-- event that cancelled goes last, for a step that broke off is begun again by it.
create or replace function wecom.purge_store(p_corp text, p_data jsonb, p_now_us bigint)
returns jsonb
language plpgsql
as $$
declare
	c_step constant integer := 5000;
	v_left_at timestamptz;
	v_gone bigint := 0;
begin
	if (p_data->>'back')::boolean then
		update wecom.corp as c
		set returned_at = c.authorised_at
		where c.auth_corp_id = p_corp
			and c.state <> 'cancelled'
			and c.returned_at is distinct from c.authorised_at;
		return case when found then
			jsonb_build_object('raise', jsonb_build_array(jsonb_build_array('chat_list', '', p_now_us, 1))) end;
	end if;
	v_left_at := wecom.purge_begin(p_corp);
	if v_left_at is not null and (p_data->>'delete')::boolean then
		v_gone := wecom.purge_events(p_corp, v_left_at, c_step, false);
		v_gone := v_gone + wecom.job_drop(p_corp, timestamptz 'epoch' + p_now_us * interval '1 microsecond', c_step);
		if v_gone = 0 then
			v_gone := wecom.purge_tables(p_corp, c_step);
		end if;
		if v_gone = 0 then
			perform wecom.purge_events(p_corp, v_left_at, c_step, true);
		end if;
	end if;
	return jsonb_build_object('counts', jsonb_build_object('purge_left', v_gone));
end
$$;

comment on function wecom.purge_store(text, jsonb, bigint) is
	'One step of deleting what is held of a corp that left; whether anything is left.';
