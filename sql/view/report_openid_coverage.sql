create or replace view report.openid_coverage as
select
	c.auth_corp_id,
	coalesce(o.mapped, 0) as mapped,
	coalesce(o.unmapped, 0) as unmapped,
	coalesce(o.invalid, 0) as invalid,
	(
		select max(b.frozen_until)
		from wecom.openid_budget as b
		where b.auth_corp_id = c.auth_corp_id
			and b.frozen_until > now()
	) as frozen_until
from report.corp as c
left join (
	select x.auth_corp_id,
		count(*) filter (where x.state = 'mapped') as mapped,
		count(*) filter (where x.state = 'wanted') as unmapped,
		count(*) filter (where x.state = 'invalid') as invalid
	from wecom.openid_map as x
	group by x.auth_corp_id
) as o on o.auth_corp_id = c.auth_corp_id;

comment on view report.openid_coverage is 'User ids in the corp''s own form, and how many are translated to open_userids.';
comment on column report.openid_coverage.auth_corp_id is 'The corp.';
comment on column report.openid_coverage.mapped is 'Ids whose open_userid is known.';
comment on column report.openid_coverage.unmapped is 'Ids that were given and are still to be asked for.';
comment on column report.openid_coverage.invalid is 'Ids that WeCom does not know; they are not asked for again.';
comment on column report.openid_coverage.frozen_until is 'Nothing is asked before, for too many ids were wrong; null: not frozen.';
