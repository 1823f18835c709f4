-- What the SQL tests share, in a schema of its own: pgTAP and a maker of ingest elements.

create schema tap;
create extension pgtap schema tap;

-- One element of wecom.ingest's p_events.  p_content stands for the content: the same one gives the same hash.
create function tap.item(p_content text, p_members jsonb default '{}')
returns jsonb
language sql
as $$
	select jsonb_build_object(
		'id', md5(p_content)::uuid,
		'hash', encode(sha256(convert_to(p_content, 'UTF8')), 'hex'),
		'time_s', 1772000000,
		'received_us', 1772000001000000,
		'route', 'command',
		'info_type', 'change_external_chat',
		'change_type', 'update',
		'body', jsonb_build_object('Content', p_content),
		'job_kind', null,
		'job_target', null,
		'due_us', null,
		'secret_kind', null,
		'secret_name', null,
		'secret_sealed', null
	) || p_members
$$;

-- An element that calls for the pull of a chat, p_due_s seconds after its time.
create function tap.chat(p_content text, p_chat text, p_due_s integer default 3, p_members jsonb default '{}')
returns jsonb
language sql
as $$
	select tap.item(p_content, jsonb_build_object('job_kind', 'chat', 'job_target', p_chat,
		'due_us', (1772000000 + p_due_s) * 1000000::bigint) || p_members)
$$;

-- The time at which such a pull is due.
create function tap.due(p_due_s integer)
returns timestamptz
language sql
as $$
	select to_timestamp(1772000000 + p_due_s)
$$;

create function tap.ingest(p_corp text, variadic p_items jsonb[])
returns text
language sql
as $$
	select wecom.ingest(p_corp, to_jsonb(p_items))
$$;

-- The queue, told in one line each.  Times are seconds after tap.due(0).

-- A corp that has the app, in a given state.
create function tap.corp(p_corp text, p_state text default 'active')
returns void
language sql
as $$
	insert into wecom.corp (auth_corp_id, suite_id, state, cancelled_at)
	values (p_corp, 's', p_state, case when p_state = 'cancelled' then tap.due(0) end)
$$;

create function tap.us(p_s numeric)
returns bigint
language sql
as $$
	select ((1772000000 + p_s) * 1000000)::bigint
$$;

-- The jobs that a claim gives, each with the number of its events; null when the lease is lost.
create function tap.claim(p_corp text, p_s numeric, p_limit integer default 16, p_owner text default 'd1', p_fence bigint default 1)
returns text
language sql
as $$
	select case when a.j is not null then coalesce((
		select string_agg(format('%s/%s e%s', c.v->>'kind', c.v->>'target', jsonb_array_length(c.v->'events')), ', ' order by c.n)
		from jsonb_array_elements(a.j) with ordinality as c (v, n)
	), '-') end
	from (select wecom.job_claim(p_corp, p_owner, p_fence, tap.us(p_s), p_limit) as j offset 0) as a
$$;

-- A result that settles all events that wait for the job.
create function tap.result(p_corp text, p_job text, p_outcome text, p_members jsonb default '{}')
returns jsonb
language sql
as $$
	select jsonb_build_object('kind', split_part(p_job, '/', 1), 'target', split_part(p_job, '/', 2), 'outcome', p_outcome,
		'due_us', null, 'error', null, 'data', null, 'begun_us', null, 'raise', '[]'::jsonb, 'counts', '{}'::jsonb, 'events', (
			select coalesce(jsonb_agg(jsonb_build_array(e.event_id, (extract(epoch from e.due_at) * 1000000)::bigint)), '[]')
			from wecom.event as e
			where e.auth_corp_id = p_corp
				and e.job_kind = split_part(p_job, '/', 1)
				and e.job_target = split_part(p_job, '/', 2)
				and e.state = 'new'
		)) || p_members
$$;

create function tap.finish(p_corp text, p_s numeric, variadic p_results jsonb[])
returns jsonb
language sql
as $$
	select wecom.job_finish(p_corp, 'd1', 1, tap.us(p_s), to_jsonb(p_results))
$$;

-- What a store function answers, without the figures that it has counted anew.
create function tap.told(p_answer jsonb)
returns jsonb
language sql
as $$
	select nullif(case when r.raise is null then p_answer - 'raise' else p_answer || jsonb_build_object('raise', r.raise) end, '{}')
	from (
		select jsonb_agg(j.v order by j.n) as raise
		from jsonb_array_elements(p_answer->'raise') with ordinality as j (v, n)
		where j.v->>0 <> 'rollup'
	) as r
$$;

-- Figures of reports.  A time of the corps' days: '26 23:50' is in February 2026, in Asia/Shanghai.
create function tap.at(p_at text)
returns timestamptz
language sql
as $$
	select ('2026-02-' || p_at || '+08')::timestamptz
$$;

create function tap.at_us(p_at text)
returns bigint
language sql
as $$
	select (extract(epoch from tap.at(p_at)) * 1000000)::bigint
$$;

-- Store as a job does that is finished on 1 March, the jobs that it calls for included.
create function tap.put(p_corp text, p_kind text, p_target text, p_data jsonb)
returns void
language plpgsql
as $$
declare
	v_answer constant jsonb := wecom.object_store(p_corp, p_kind, p_target, p_data, null, tap.at_us('28 23:00'), false);
begin
	if v_answer ? 'raise' then
		perform wecom.job_raise_priority(p_corp, v_answer->'raise');
	end if;
end
$$;

-- What the jobs of figures do: all that wait are done; how many.
create function tap.keep(p_corp text)
returns integer
language plpgsql
as $$
declare
	v_target text;
	v_answer jsonb;
	v_done integer := 0;
begin
	loop
		delete from wecom.job as j
		where j.auth_corp_id = p_corp
			and j.kind = 'rollup'
			and j.target = (select min(m.target) from wecom.job as m where m.auth_corp_id = p_corp and m.kind = 'rollup')
		returning j.target
		into v_target;
		exit when v_target is null;
		v_answer := wecom.object_store(p_corp, 'rollup', v_target, '{}', null, tap.at_us('28 23:00'), false);
		if v_answer ? 'raise' then
			perform wecom.job_raise_priority(p_corp, v_answer->'raise');
		end if;
		v_done := v_done + 1;
	end loop;
	return v_done;
end
$$;

create function tap.jobs(p_corp text)
returns text
language sql
as $$
	select coalesce(string_agg(format('%s/%s %s +%s', kind, target, state, extract(epoch from due_at - tap.due(0))::numeric(12,1)::text), ', '
		order by kind, target), '-')
	from wecom.job where auth_corp_id = p_corp
$$;

create function tap.events(p_corp text)
returns text
language sql
as $$
	select coalesce(string_agg(format('%s %s', body->>'Content', state), ', ' order by body->>'Content'), '-')
	from wecom.event where auth_corp_id = p_corp
$$;

-- When the corp is looked at next, and from when its jobs are read; never: not before something is raised.
create function tap.next_due(p_corp text)
returns text
language sql
as $$
	select case when due_at = 'infinity' then 'never'
		else format('+%s%s', extract(epoch from due_at - tap.due(0))::numeric(12,0)::text,
			' from +' || extract(epoch from waiting_from - tap.due(0))::numeric(12,0)::text)
		end
	from wecom.corp_due where auth_corp_id = p_corp
$$;

-- In a test's transaction: the store function answers what the data says, and keeps what it was called with.
create function tap.fake_stores()
returns void
language plpgsql
as $body$
begin
	create temp table stored (kind text, target text, data jsonb, begun_us bigint, now_us bigint, is_reconcile boolean);
	grant all on stored to wecom_owner;
	set local client_min_messages = warning;
	drop function if exists wecom.object_store(text, text, text, jsonb, bigint, bigint, boolean);
	create function wecom.object_store(p_corp text, p_kind text, p_target text, p_data jsonb, p_begun_us bigint, p_now_us bigint,
		p_is_reconcile boolean)
	returns jsonb language plpgsql as $$
	begin
		insert into pg_temp.stored values (p_kind, p_target, p_data, p_begun_us, p_now_us, p_is_reconcile);
		if p_kind = 'purge' then
			return wecom.purge_store(p_corp, p_data, p_now_us);
		end if;
		return p_data->'answer';
	end $$;
	create or replace function wecom.chat_store(p_corp text, p_chats text[], p_datas jsonb[], p_begun_us bigint[], p_now_us bigint,
		p_reconciles boolean[])
	returns jsonb[] language sql as $$
		select array_agg(wecom.object_store(p_corp, 'chat', u.chat, u.data, u.begun_us, p_now_us, u.is_reconcile) order by u.n)
		from unnest(p_chats, p_datas, p_begun_us, p_reconciles) with ordinality as u (chat, data, begun_us, is_reconcile, n)
	$$;
	drop function if exists wecom.job_state(text, text, text);
	create function wecom.job_state(p_corp text, p_kind text, p_target text)
	returns jsonb language sql as $$ select jsonb_build_object('seen_us', 0, 'of', p_kind || '/' || p_target) $$;
end
$body$;
