/* The views of the mirror: what is asked, and what ought to come.  Design section 5 names the columns. */
#include "compare_expect.h"

#define EPOCH(column) "extract(epoch from " column ")::text"

static bool
is_installed(const struct truth_corp *corp)
{
	return corp->state == TRUTH_INSTALLED;
}

struct compare_row *
compare_expect_key(
    struct compare *compare, const struct truth_corp *corp, const char *key, enum compare_presence presence)
{
	struct compare_row *row = compare_expect(compare, corp);

	compare_set(compare, row, 1, "%s", key);
	row->presence = presence;
	return row;
}

void
compare_any_from(struct compare_row *row, size_t column)
{
	for (; column < COMPARE_COLUMNS_MAX; column++)
		compare_any(row, column);
}

static void
expect_corp(struct compare *compare, const struct truth_corp *corp)
{
	struct compare_row *row = compare_expect(compare, corp);

	row->presence = corp->state == TRUTH_NOT_INSTALLED ? COMPARE_MAY : COMPARE_MUST;
	compare_set(compare, row, 1, "%s", is_installed(corp) ? "active" : "cancelled");
	compare_set(compare, row, 2, "%s", corp->name);
	compare_set(compare, row, 3, "%u", corp->agent);
	compare_set(compare, row, 4, "%d", corp->auth_mode);
	compare_set(compare, row, 5, "%s", is_installed(corp) ? "false" : "true");
	if (!is_installed(corp)) {
		compare_any(row, 2);
		compare_any(row, 3);
		compare_any(row, 4);
	}
	if (corp->permanent_code[0] == TRUTH_SUSPENDED)
		row->fields[1].also = "|suspended|";
}

/* Any of an installed corp; none of one that left, but the event that says so. */
static void
expect_nothing(struct compare *compare, const struct truth_corp *corp)
{
	(void)compare;
	(void)corp;
}

static bool
is_anything_ignored(const struct truth_corp *corp, const char *const *values)
{
	(void)corp;
	(void)values;
	return true;
}

const struct compare_view compare_views[] = {
    {"corp", {"auth_corp_id", "state", "corp_name", "agent_id", "auth_mode", "is_cancelled"}, 1,
	"select auth_corp_id, state, corp_name, agent_id::text, auth_mode::text, (cancelled_at is not null)::text "
	"from mirror.corp where auth_corp_id not like 'suite:%'",
	expect_corp, NULL},
    {"customer", {"auth_corp_id", "external_userid", "name", "type", "corp_name", "position"}, 2,
	"select auth_corp_id, external_userid, name, type::text, corp_name, position from mirror.customer",
	compare_expect_customers, NULL},
    {"follow",
	{"auth_corp_id", "external_userid", "userid", "status", "remark", "description", "state", "add_way", "added_at",
	    "lost_at"},
	3,
	"select auth_corp_id, external_userid, userid, status, remark, description, state, add_way::text, " EPOCH(
	    "added_at") ", " EPOCH("lost_at") " from mirror.follow",
	compare_expect_follows, NULL},
    {"follow_tag", {"auth_corp_id", "external_userid", "userid", "tag_id"}, 4,
	"select auth_corp_id, external_userid, userid, tag_id from mirror.follow_tag", compare_expect_follow_tags,
	compare_is_tag_ignored},
    {"transfer_failure", {"auth_corp_id", "external_userid", "userid", "failed_at", "fail_reason"}, 4,
	"select auth_corp_id, external_userid, userid, " EPOCH(
	    "failed_at") ", fail_reason from mirror.transfer_failure",
	compare_expect_failures, NULL},
    {"group_chat",
	{"auth_corp_id", "chat_id", "is_dismissed", "name", "owner", "notice", "created_at", "member_version"}, 2,
	"select auth_corp_id, chat_id, (dismissed_at is not null)::text, name, owner, notice, " EPOCH(
	    "created_at") ", member_version from mirror.group_chat",
	compare_expect_chats, NULL},
    {"group_chat_admin", {"auth_corp_id", "chat_id", "userid"}, 3,
	"select auth_corp_id, chat_id, userid from mirror.group_chat_admin", compare_expect_chat_admins,
	compare_is_chat_admin_ignored},
    {"group_chat_member",
	{"auth_corp_id", "chat_id", "member_id", "type", "name", "group_nickname", "join_at", "join_scene", "invitor"},
	3,
	"select auth_corp_id, chat_id, member_id, type::text, name, group_nickname, " EPOCH(
	    "join_at") ", join_scene::text, invitor from mirror.group_chat_member",
	compare_expect_chat_members, compare_is_chat_row_ignored},
    {"tag_group", {"auth_corp_id", "group_id", "is_deleted", "name", "sort_order", "created_at"}, 2,
	"select auth_corp_id, group_id, (deleted_at is not null)::text, name, sort_order::text, " EPOCH(
	    "created_at") " from mirror.tag_group",
	compare_expect_groups, NULL},
    {"tag", {"auth_corp_id", "tag_id", "is_deleted", "group_id", "name", "sort_order", "created_at"}, 2,
	"select auth_corp_id, tag_id, (deleted_at is not null)::text, group_id, name, sort_order::text, " EPOCH(
	    "created_at") " from mirror.tag",
	compare_expect_tags, NULL},
    {"member",
	{"auth_corp_id", "userid", "in_scope", "name", "main_department", "departments", "position", "status",
	    "open_userid"},
	2,
	"select auth_corp_id, userid, in_scope::text, name, main_department::text, "
	"(select string_agg(d::text, ',' order by d) from unnest(departments) as d), "
	"position, status::text, open_userid from mirror.member",
	compare_expect_members, compare_is_member_ignored},
    {"department", {"auth_corp_id", "department_id", "parent_id", "sort_order", "has_own_name"}, 2,
	"select auth_corp_id, department_id::text, parent_id::text, sort_order::text, "
	"(coalesce(name, '') in ('', department_id::text))::text from mirror.department",
	compare_expect_departments, NULL},
    {"job", {"auth_corp_id", "kind", "target"}, 3,
	"select auth_corp_id, kind, target from mirror.job where auth_corp_id not like 'suite:%'", expect_nothing,
	is_anything_ignored},
    {"event", {"auth_corp_id", "event_id"}, 2,
	"select e.auth_corp_id, e.event_id::text from mirror.event as e join mirror.corp as c using (auth_corp_id) "
	"where c.cancelled_at is not null and e.event_at < c.cancelled_at and e.received_at < c.cancelled_at "
	"and e.info_type <> 'cancel_auth'",
	expect_nothing, is_anything_ignored},
};
const size_t compare_views_n = sizeof(compare_views) / sizeof(compare_views[0]);
