-- wecom.web_install(p_corp, p_name, p_sealed_hex, p_now_us): an installation from the pages brought an auth code: keep it, and
-- have it exchanged by the same job as that of a create_auth.
--   p_corp        suite:<suite_id>
--   p_name        16 hexadecimal digits that stand for the code
--   p_sealed_hex  the code, sealed for its row (corp, "auth_code", name)
--   p_now_us      microseconds since 1970
--   returns       whether the code is new
--   errors        22023 invalid_parameter_value: no suite, or no such name
--   tables        wecom.secret, wecom.job, wecom.corp_due
--   caller        wecom-web
create or replace function wecom.web_install(p_corp text, p_name text, p_sealed_hex text, p_now_us bigint)
returns boolean
language plpgsql
security definer
set search_path = pg_catalog, pg_temp
as $$
declare
	v_now constant timestamptz := timestamptz 'epoch' + p_now_us * interval '1 microsecond';
	v_is_new boolean;
	v_due_at timestamptz;
begin
	if (p_corp like 'suite:_%' and p_name ~ '^[0-9a-f]{16}$' and p_sealed_hex is not null) is not true then
		raise exception 'an auth code needs a suite and a name of 16 hexadecimal digits'
			using errcode = 'invalid_parameter_value';
	end if;
	-- in the order of wecom.ingest: secrets, jobs, the corp's due row
	v_is_new := wecom.secret_keep(p_corp, jsonb_build_array(jsonb_build_object(
		'secret_kind', 'auth_code',
		'secret_name', p_name,
		'secret_sealed', p_sealed_hex,
		'time_s', p_now_us / 1000000))) > 0;
	if v_is_new then
		v_due_at := wecom.job_raise(p_corp, array['corp'], array['code:' || p_name], array[v_now]);
	end if;
	if v_due_at is not null then
		perform wecom.corp_due_raise(p_corp, v_due_at);
	end if;
	return v_is_new;
end
$$;

comment on function wecom.web_install(text, text, text, bigint) is
	'Keep the auth code of an installation from the pages, and have it exchanged.';
