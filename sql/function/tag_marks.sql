-- wecom.tag_marks(p_corp): deleted tags that nobody has any more.
--   returns  their ids; those that are new in it after a store have lost their customers by it
--   tables   reads wecom.tag, wecom.follow_tag
--   caller   wecom.object_store, before and after a store of tags
create or replace function wecom.tag_marks(p_corp text)
returns text[]
language sql
stable
as $$
	select array(
		select t.tag_id
		from wecom.tag as t
		where t.auth_corp_id = p_corp
			and t.deleted_at is not null
			and not exists (
				select
				from wecom.follow_tag as f
				where f.auth_corp_id = p_corp
					and f.tag_id = t.tag_id
					and f.removed_at is null
			)
	)
$$;

comment on function wecom.tag_marks(text) is
	'Deleted tags that nobody has any more.';
