-- wecom.job_state_chat(p_corp, p_chat): what the plan of a chat starts from.
--   returns  {known: it was read before, version, version_us, trail, roster: ids present, dismissed, absent: it could not be
--            read the last time, read_us: begin of its latest answer, enrich_us}; null when there is no such chat.
--            The roster of a dissolved chat is not given: nothing is planned for it
--   tables   reads wecom.group_chat, wecom.group_chat_member
--   caller   wecom.job_state
create or replace function wecom.job_state_chat(p_corp text, p_chat text)
returns jsonb
language plpgsql
stable
as $$
begin
	return (select jsonb_build_object(
		'known', g.seen_at is not null or g.member_version is not null,
		'version', g.member_version,
		'version_us', coalesce((extract(epoch from g.version_at) * 1000000)::bigint, 0),
		'trail', coalesce(to_jsonb(g.trail), '[]'),
		'dismissed', g.dismissed_at is not null,
		'absent', g.absence is not null,
		'read_us', coalesce((extract(epoch from g.seen_at) * 1000000)::bigint, 0),
		'enrich_us', coalesce((extract(epoch from g.enrich_at) * 1000000)::bigint, 0),
		'roster', coalesce((
			select jsonb_agg(m.member_id)
			from wecom.group_chat_member as m
			where m.auth_corp_id = p_corp
				and m.chat_id = p_chat
				and coalesce(m.is_present, false)	-- not by the index of those present, which is by member
				and g.dismissed_at is null
		), '[]'))
	from wecom.group_chat as g
	where g.auth_corp_id = p_corp
		and g.chat_id = p_chat);
end
$$;

comment on function wecom.job_state_chat(text, text) is
	'What the plan of a chat starts from.';
