create or replace view mirror.follow_tag as
select
	x.auth_corp_id,
	x.external_userid,
	x.userid,
	x.tag_id,
	x.added_at
from wecom.follow_tag as x
join wecom.follow as f on f.auth_corp_id = x.auth_corp_id
	and f.external_userid = x.external_userid
	and f.userid = x.userid
where x.removed_at is null
	and f.external_userid <> ''	-- for the index of members
	and f.status in ('half', 'active', 'deleted_by_customer')
	and not exists (
		select
		from wecom.follow as l
		where l.auth_corp_id = f.auth_corp_id
			and l.external_userid = f.external_userid
			and l.userid = f.userid
			and l.period > f.period
	);

comment on view mirror.follow_tag is 'Tags of customers, as they are now.';
comment on column mirror.follow_tag.auth_corp_id is 'The corp.';
comment on column mirror.follow_tag.external_userid is 'The customer.';
comment on column mirror.follow_tag.userid is 'The member who gave the tag.';
comment on column mirror.follow_tag.tag_id is 'The tag.';
comment on column mirror.follow_tag.added_at is 'Since when: begin of the pull that found it; begin of the relation when it was there at first sight.';
