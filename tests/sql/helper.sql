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
