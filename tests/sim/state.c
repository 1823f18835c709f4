/* Which parts of the truth are saved.  Never saves what lasts seconds only. */
#include "state.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "record.h"
#include "text.h"
#include "truth_figure.h"

#define FORMAT "wecom-sim truth 1"
#define TEXT(s, m)                                                                                                     \
	{                                                                                                              \
		.name = #m, .type = RECORD_TEXT, .offset = offsetof(struct s, m), .bytes = sizeof(((struct s *)0)->m)  \
	}
#define PLAIN(s, m, t)                                                                                                 \
	{                                                                                                              \
		.name = #m, .type = RECORD_##t, .offset = offsetof(struct s, m)                                        \
	}
#define ARRAY(s, m, t, count, limit)                                                                                   \
	{                                                                                                              \
		.name = #m, .type = RECORD_##t, .offset = offsetof(struct s, m),                                       \
		.bytes = sizeof(((struct s *)0)->m[0]), .n_offset = offsetof(struct s, count), .most = (limit)         \
	}
#define LONGS(s, m)                                                                                                    \
	{                                                                                                              \
		.name = #m, .type = RECORD_LONGS, .offset = offsetof(struct s, m), .most = TRUTH_CHAT_EVENT_N          \
	}
#define INSIDE(s, m, table)                                                                                            \
	{                                                                                                              \
		.name = #m, .type = RECORD_INSIDE, .offset = offsetof(struct s, m), .fields = (table)                  \
	}
#define LIST(s, m, table, ready)                                                                                       \
	{                                                                                                              \
		.name = #m, .type = RECORD_LIST, .offset = offsetof(struct s, m), .fields = (table),                   \
		.prepare = (ready)                                                                                     \
	}

static const struct record_field member_fields[] = {
    TEXT(truth_member, id),
    ARRAY(truth_member, parties, UINTS, parties_n, TRUTH_MEMBER_PARTIES_MAX),
    ARRAY(truth_member, orders, UINTS, parties_n, TRUTH_MEMBER_PARTIES_MAX),
    ARRAY(truth_member, is_leader, BOOLS, parties_n, TRUTH_MEMBER_PARTIES_MAX),
    TEXT(truth_member, leader),
    PLAIN(truth_member, status, INT),
    PLAIN(truth_member, is_licensed, BOOL),
    PLAIN(truth_member, can_follow, BOOL),
    PLAIN(truth_member, gender, INT),
    TEXT(truth_member, position),
    TEXT(truth_member, alias),
    TEXT(truth_member, mobile),
    {0},
};

static const struct record_field party_fields[] = {
    PLAIN(truth_party, id, UINT),
    PLAIN(truth_party, parent, UINT),
    PLAIN(truth_party, order, UINT),
    PLAIN(truth_party, is_root, BOOL),
    {0},
};

static const struct record_field customer_fields[] = {
    TEXT(truth_customer, id),
    TEXT(truth_customer, name),
    PLAIN(truth_customer, type, INT),
    TEXT(truth_customer, corp_name),
    TEXT(truth_customer, position),
    {0},
};

static const struct record_field relation_fields[] = {
    TEXT(truth_relation, user),
    TEXT(truth_relation, customer),
    PLAIN(truth_relation, status, UINT),
    PLAIN(truth_relation, period, UINT),
    PLAIN(truth_relation, half_s, LONG),
    PLAIN(truth_relation, create_s, LONG),
    PLAIN(truth_relation, customer_s, LONG),
    PLAIN(truth_relation, staff_s, LONG),
    PLAIN(truth_relation, half_fate, UINT),
    PLAIN(truth_relation, create_fate, UINT),
    PLAIN(truth_relation, customer_fate, UINT),
    PLAIN(truth_relation, staff_fate, UINT),
    TEXT(truth_relation, remark),
    TEXT(truth_relation, description),
    TEXT(truth_relation, remark_corp_name),
    TEXT(truth_relation, state),
    TEXT(truth_relation, oper),
    PLAIN(truth_relation, add_way, INT),
    ARRAY(truth_relation, tags, TEXTS, tags_n, TRUTH_RELATION_TAGS_MAX),
    PLAIN(truth_relation, has_personal_tag, BOOL),
    {0},
};

static const struct record_field transfer_fields[] = {
    TEXT(truth_transfer, handover),
    TEXT(truth_transfer, takeover),
    TEXT(truth_transfer, customer),
    PLAIN(truth_transfer, status, INT),
    PLAIN(truth_transfer, at_s, LONG),
    PLAIN(truth_transfer, fate, UINT),
    {0},
};

static const struct record_field present_fields[] = {
    TEXT(truth_present, id),
    PLAIN(truth_present, is_staff, BOOL),
    TEXT(truth_present, name),
    TEXT(truth_present, nickname),
    PLAIN(truth_present, join_s, LONG),
    PLAIN(truth_present, join_scene, INT),
    TEXT(truth_present, inviter),
    {0},
};

static const struct record_field chat_state_fields[] = {
    PLAIN(truth_chat_state, since_us, LONG),
    TEXT(truth_chat_state, name),
    TEXT(truth_chat_state, owner),
    TEXT(truth_chat_state, notice),
    TEXT(truth_chat_state, version),
    PLAIN(truth_chat_state, is_dismissed, BOOL),
    ARRAY(truth_chat_state, admins, TEXTS, admins_n, TRUTH_ADMINS_MAX),
    LIST(truth_chat_state, roster, present_fields, NULL),
    {0},
};

static const struct record_field count_fields[] = {
    LONGS(truth_chat_count, made),
    LONGS(truth_chat_count, lost),
    LONGS(truth_chat_count, delivered),
    PLAIN(truth_chat_count, repeated, LONG),
    PLAIN(truth_chat_count, partial, LONG),
    PLAIN(truth_chat_count, plain_member, LONG),
    PLAIN(truth_chat_count, plain_other, LONG),
    TEXT(truth_chat_count, plain_version),
    {0},
};

static const struct record_field chat_fields[] = {
    TEXT(truth_chat, id),
    PLAIN(truth_chat, create_s, LONG),
    PLAIN(truth_chat, dismiss_s, LONG),
    INSIDE(truth_chat, now, chat_state_fields),
    TEXT(truth_chat, left),
    PLAIN(truth_chat, fates, BYTES),
    PLAIN(truth_chat, create_fate, UINT),
    PLAIN(truth_chat, dismiss_fate, UINT),
    INSIDE(truth_chat, count, count_fields),
    {0},
};

static const struct record_field tag_fields[] = {
    TEXT(truth_tag, id),
    TEXT(truth_tag, name),
    PLAIN(truth_tag, order, UINT),
    PLAIN(truth_tag, create_s, LONG),
    PLAIN(truth_tag, delete_s, LONG),
    {0},
};

static const struct record_field group_fields[] = {
    TEXT(truth_group, id),
    TEXT(truth_group, name),
    PLAIN(truth_group, order, UINT),
    PLAIN(truth_group, create_s, LONG),
    PLAIN(truth_group, delete_s, LONG),
    LIST(truth_group, tags, tag_fields, NULL),
    {0},
};

static const struct record_field day_fields[] = {
    PLAIN(truth_day, day, LONG),
    {.name = "n", .type = RECORD_LONGS, .offset = offsetof(struct truth_day, n), .most = FIGURE_N},
    {0},
};

static const struct record_field admin_fields[] = {
    TEXT(truth_admin, id),
    PLAIN(truth_admin, auth_type, INT),
    {0},
};

static void
prepare_chat(void *item)
{
	struct truth_chat *chat = item;

	list_init(&chat->now.roster, sizeof(struct truth_present));
	list_init(&chat->past, sizeof(struct truth_chat_state));
	list_init(&chat->fates, sizeof(unsigned char));
}

static void
prepare_group(void *item)
{
	list_init(&((struct truth_group *)item)->tags, sizeof(struct truth_tag));
}

static void
prepare_corp(void *item)
{
	truth_init_corp(item);
}

static const struct record_field corp_fields[] = {
    TEXT(truth_corp, id),
    TEXT(truth_corp, name),
    PLAIN(truth_corp, state, UINT),
    PLAIN(truth_corp, install_s, LONG),
    PLAIN(truth_corp, cancel_s, LONG),
    TEXT(truth_corp, permanent_code),
    TEXT(truth_corp, corp_type),
    PLAIN(truth_corp, subject_type, INT),
    PLAIN(truth_corp, agent, UINT),
    PLAIN(truth_corp, auth_mode, INT),
    PLAIN(truth_corp, level, INT),
    PLAIN(truth_corp, permissions, UINT),
    PLAIN(truth_corp, is_license_enforced, BOOL),
    PLAIN(truth_corp, party_last, UINT),
    PLAIN(truth_corp, scope_parties, NUMBERS),
    LIST(truth_corp, scope_users, admin_fields, NULL),
    LIST(truth_corp, admins, admin_fields, NULL),
    LIST(truth_corp, members, member_fields, NULL),
    LIST(truth_corp, parties, party_fields, NULL),
    LIST(truth_corp, customers, customer_fields, NULL),
    LIST(truth_corp, relations, relation_fields, NULL),
    LIST(truth_corp, transfers, transfer_fields, NULL),
    LIST(truth_corp, chats, chat_fields, prepare_chat),
    LIST(truth_corp, groups, group_fields, prepare_group),
    LIST(truth_corp, days, day_fields, NULL),
    {0},
};

static const struct record_field code_fields[] = {
    TEXT(truth_auth_code, code),
    PLAIN(truth_auth_code, corp, LONG),
    PLAIN(truth_auth_code, expires_s, LONG),
    PLAIN(truth_auth_code, is_used, BOOL),
    TEXT(truth_auth_code, permanent_code),
    {0},
};

static const struct record_field random_fields[] = {
    {.name = "state", .type = RECORD_LONGS, .offset = offsetof(struct random, state), .most = 4},
    {0},
};

static const struct record_field truth_fields[] = {
    LIST(truth, corps, corp_fields, prepare_corp),
    LIST(truth, codes, code_fields, NULL),
    TEXT(truth, ticket),
    INSIDE(truth, random, random_fields),
    {0},
};

struct json_object *
state_json(const struct truth *truth)
{
	struct json_object *json = record_save(truth_fields, truth);

	json_object_object_add(json, "format", json_object_new_string(FORMAT));
	return json;
}

bool
state_from_json(struct json_object *json, struct truth *ret_truth, struct fault *fault)
{
	struct json_object *format;
	bool ok;

	truth_init(ret_truth, 0, 0, NULL, true);
	if (!json_object_object_get_ex(json, "format", &format) || strcmp(json_object_get_string(format), FORMAT) != 0)
		return fault_set(fault, "the JSON is no truth of this simulator");
	ok = record_load(truth_fields, json, ret_truth, fault);
	if (ok && ret_truth->corps.n == 0)
		return fault_set(fault, "the truth knows no corp");
	for (size_t i = 0; i < ret_truth->codes.n && ok; i++)
		ok = ((struct truth_auth_code *)list_at(&ret_truth->codes, i))->corp < ret_truth->corps.n ||
		     fault_set(fault, "an auth code belongs to no corp");
	for (size_t i = 0; i < ret_truth->corps.n && ok; i++)
		truth_settle_corp(list_at(&ret_truth->corps, i));
	return ok;
}

static bool
write_all(int fd, const char *bytes, size_t n)
{
	while (n > 0) {
		ssize_t part = write(fd, bytes, n);

		if (part < 0 && errno == EINTR)
			continue;
		if (part <= 0)
			return false;
		bytes += part;
		n -= (size_t)part;
	}
	return true;
}

bool
state_save(const char *path, const struct truth *truth, struct fault *fault)
{
	struct json_object *json = state_json(truth);
	const char *bytes = json_object_to_json_string_ext(json, JSON_C_TO_STRING_PLAIN);
	struct text beside = {0};
	bool ok = false;
	int fd;

	text_printf(&beside, "%s.new", path);
	fd = open(beside.at, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
	if (fd >= 0) {
		ok = write_all(fd, bytes, strlen(bytes)) && fsync(fd) == 0;
		ok = close(fd) == 0 && ok && rename(beside.at, path) == 0;
	}
	if (!ok)
		fault_set(fault, "cannot save the state %.100s: %s", path, strerror(errno));
	text_free(&beside);
	json_object_put(json);
	return ok;
}

bool
state_load(const char *path, struct truth *ret_truth, bool *ret_found, struct fault *fault)
{
	struct json_object *json;
	bool ok;

	*ret_found = access(path, F_OK) == 0;
	if (!*ret_found)
		return true;
	json = json_object_from_file(path);
	if (json == NULL) {
		truth_init(ret_truth, 0, 0, NULL, true);
		return fault_set(fault, "the state %.100s cannot be read as JSON", path);
	}
	ok = state_from_json(json, ret_truth, fault);
	json_object_put(json);
	return ok;
}
