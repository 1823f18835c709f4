-- wecom.secret_read(p_corp, p_kind, p_name): a sealed secret.
--   returns  {sealed, secret_us}: hexadecimal, and the time of the event that brought it; null when there is none
--   tables   reads wecom.secret
--   caller   wecom-sync
create or replace function wecom.secret_read(p_corp text, p_kind text, p_name text)
returns jsonb
language sql
stable
security definer
set search_path = pg_catalog, pg_temp
as $$
	select jsonb_build_object(
		'sealed', encode(s.sealed, 'hex'),
		'secret_us', (extract(epoch from s.secret_at) * 1000000)::bigint)
	from wecom.secret as s
	where s.auth_corp_id = p_corp
		and s.kind = p_kind
		and s.name = p_name
$$;

comment on function wecom.secret_read(text, text, text) is
	'A sealed secret with the time of the event that brought it.';
