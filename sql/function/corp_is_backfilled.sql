-- wecom.corp_is_backfilled(p_corp): was everything of the corp asked for once before?  Only then is a difference drift.
--   returns  true or false
--   tables   reads wecom.corp
--   caller   the store functions
-- Not in language sql, which would plan anew at every call.
create or replace function wecom.corp_is_backfilled(p_corp text)
returns boolean
language plpgsql
stable
as $$
begin
	return exists (
		select
		from wecom.corp as c
		where c.auth_corp_id = p_corp
			and c.backfilled_at is not null
	);
end
$$;

comment on function wecom.corp_is_backfilled(text) is
	'Was everything of the corp asked for once before?';
