/* Members and departments as a third party sees them (protocol sections 12.6, 14 and 16). */
#include <stdio.h>
#include <string.h>

#include "api_inside.h"

#define AUTH_LIMIT_MAX 1000
#define CONVERT_MAX 1000
#define PLAIN_PREFIX "plain."

static void
add_number(struct json_object *array, int64_t value)
{
	json_object_array_add(array, json_object_new_int64(value));
}

static void
add_text(struct json_object *array, const char *value)
{
	json_object_array_add(array, json_object_new_string(value));
}

static void
put_given(struct json_object *to, const char *name, const char *value)
{
	if (value[0] != '\0')
		api_put_text(to, name, value);
}

/* Name is the id, and what an ordinary third party may not read is absent. */
static struct json_object *
short_member(const struct truth_corp *corp, const struct truth_member *member)
{
	unsigned int parties[TRUTH_MEMBER_PARTIES_MAX];
	size_t places[TRUTH_MEMBER_PARTIES_MAX];
	size_t n = truth_visible_parties(corp, member, parties, places);
	struct json_object *object = json_object_new_object();
	struct json_object *departments;

	api_put_text(object, "userid", member->id);
	api_put_text(object, "name", member->id);
	departments = api_put_array(object, "department");
	for (size_t i = 0; i < n; i++)
		add_number(departments, parties[i]);
	api_put_text(object, "open_userid", member->id);
	return object;
}

static void
put_places(const struct truth_corp *corp, const struct truth_member *member, struct json_object *object)
{
	unsigned int parties[TRUTH_MEMBER_PARTIES_MAX];
	size_t places[TRUTH_MEMBER_PARTIES_MAX];
	size_t n = truth_visible_parties(corp, member, parties, places);
	bool has_leaders = truth_has_permission(corp, TRUTH_ARCH_BASE);
	struct json_object *orders = api_put_array(object, "order");
	struct json_object *leads = has_leaders ? api_put_array(object, "is_leader_in_dept") : NULL;

	for (size_t i = 0; i < n; i++) {
		add_number(orders, member->orders[places[i]]);
		if (leads != NULL)
			add_number(leads, member->is_leader[places[i]]);
	}
	if (n > 0)
		api_put_number(object, "main_department", parties[0]);
	if (truth_has_permission(corp, TRUTH_ARCH_LEADER)) {
		struct json_object *leaders = api_put_array(object, "direct_leader");

		if (member->leader[0] != '\0')
			add_text(leaders, member->leader);
	}
}

static struct json_object *
long_member(const struct truth_corp *corp, const struct truth_member *member)
{
	struct json_object *object = short_member(corp, member);
	char gender[8];

	put_places(corp, member, object);
	api_put_number(object, "status", member->status);
	if (corp->level != 3)
		return object;
	/* a string here and a number with customers: the documents differ, and clients meet both */
	snprintf(gender, sizeof(gender), "%d", member->gender);
	api_put_text(object, "gender", gender);
	put_given(object, "position", member->position);
	put_given(object, "alias", member->alias);
	put_given(object, "mobile", member->mobile);
	return object;
}

int
api_user_get(struct api_call *call, struct json_object *answer)
{
	const char *id = api_query(call, "userid");
	const struct truth_member *member;
	struct json_object *object;

	if (id == NULL)
		return api_wrong(call, 40058);
	member = truth_find_member(call->corp, id);
	if (member == NULL || !truth_is_in_scope(call->corp, member))
		return 60111;
	object = long_member(call->corp, member);
	json_object_object_foreach(object, name, value)
	{
		json_object_object_add(answer, name, json_object_get(value));
	}
	json_object_put(object);
	return 0;
}

/* The department a listing asks for; mode 1 has no such listings. */
static int
find_party(struct api_call *call, const char *parameter, unsigned int *ret_id)
{
	int64_t id;

	if (call->corp->auth_mode == 1)
		return 60011;
	if (!api_number(call, parameter, &id))
		return api_wrong(call, 40058);
	if (id < 1 || id > UINT32_MAX || truth_find_party(call->corp, (unsigned int)id) == NULL)
		return 60003;
	if (!truth_is_party_visible(call->corp, (unsigned int)id))
		return 60011;
	*ret_id = (unsigned int)id;
	return 0;
}

static bool
is_of_party(const struct truth_corp *corp, const struct truth_member *member, unsigned int id)
{
	unsigned int parties[TRUTH_MEMBER_PARTIES_MAX];
	size_t places[TRUTH_MEMBER_PARTIES_MAX];
	size_t n = truth_visible_parties(corp, member, parties, places);

	for (size_t i = 0; i < n; i++) {
		if (parties[i] == id)
			return true;
	}
	return false;
}

static int
list_members(struct api_call *call, struct json_object *answer,
    struct json_object *(*describe)(const struct truth_corp *corp, const struct truth_member *member), double most)
{
	struct json_object *users;
	unsigned int id = 0;
	int code = find_party(call, "department_id", &id);

	if (code != 0)
		return code;
	users = api_put_array(answer, "userlist");
	for (size_t i = 0; i < call->corp->members.n; i++) {
		const struct truth_member *member = list_at(&call->corp->members, i);

		if (is_of_party(call->corp, member, id) && truth_is_in_scope(call->corp, member))
			json_object_array_add(users, describe(call->corp, member));
	}
	return (double)json_object_array_length(users) > most ? 45029 : 0;
}

int
api_user_list(struct api_call *call, struct json_object *answer)
{
	return list_members(call, answer, long_member, api_setting_value(call->api, SETTING_LIST_MAX));
}

int
api_user_simplelist(struct api_call *call, struct json_object *answer)
{
	return list_members(call, answer, short_member, 1e9);
}

static struct json_object *
fresh_authorised(struct api_call *call)
{
	struct json_object *items = json_object_new_array();

	for (size_t i = 0; i < call->corp->members.n; i++) {
		const struct truth_member *member = list_at(&call->corp->members, i);
		struct json_object *item;

		if (!truth_is_in_scope(call->corp, member))
			continue;
		item = json_object_new_object();
		api_put_text(item, "open_userid", member->id);
		json_object_array_add(items, item);
	}
	return items;
}

int
api_user_list_member_auth(struct api_call *call, struct json_object *answer)
{
	int64_t limit = AUTH_LIMIT_MAX;

	if (call->corp->auth_mode != 1)
		return 60011;
	if ((api_number(call, "limit", &limit) && limit < 1) || limit > AUTH_LIMIT_MAX)
		return api_wrong(call, 40058);
	return api_cursor_page(
	    call, api_text(call, "cursor"), (size_t)limit, fresh_authorised, "member_auth_list", answer);
}

/* Whether it is `top` or below it; without a top always. */
static bool
is_below(const struct truth_corp *corp, unsigned int id, unsigned int top)
{
	for (size_t steps = 0; top != 0 && id != top && steps <= corp->parties.n; steps++) {
		const struct truth_party *party = truth_find_party(corp, id);

		if (party == NULL || party->parent == 0)
			return false;
		id = party->parent;
	}
	return top == 0 || id == top;
}

/* With the organisation permission the simple list shows all departments, else the visible ones. */
static int
list_parties(struct api_call *call, struct json_object *to, bool is_simple)
{
	bool shows_all = is_simple && truth_has_permission(call->corp, TRUTH_ARCH_BASE);
	unsigned int top = 0;
	int code = call->corp->auth_mode == 1 ? 60011 : 0;

	if (code == 0 && api_query(call, "id") != NULL)
		code = find_party(call, "id", &top);
	for (size_t i = 0; code == 0 && i < call->corp->parties.n; i++) {
		const struct truth_party *party = list_at(&call->corp->parties, i);
		struct json_object *object;
		char name[16];

		if ((!shows_all && !truth_is_party_visible(call->corp, party->id)) ||
		    !is_below(call->corp, party->id, top))
			continue;
		object = json_object_new_object();
		snprintf(name, sizeof(name), "%u", party->id);
		api_put_number(object, "id", party->id);
		if (!is_simple)
			api_put_text(object, "name", name);
		api_put_number(object, "parentid", party->parent);
		api_put_number(object, "order", party->order);
		json_object_array_add(to, object);
	}
	return code;
}

int
api_department_simplelist(struct api_call *call, struct json_object *answer)
{
	return list_parties(call, api_put_array(answer, "department_id"), true);
}

int
api_department_list(struct api_call *call, struct json_object *answer)
{
	return list_parties(call, api_put_array(answer, "department"), false);
}

/* No corp here has member tags: none is allowed, and none is known. */
int
api_member_tag_get(struct api_call *call, struct json_object *answer)
{
	(void)answer;
	return api_query(call, "tagid") == NULL ? api_wrong(call, 40058) : 40068;
}

/* A legacy id is the open one behind "plain."; an open one stays what it is. */
static const struct truth_member *
find_plain(const struct truth_corp *corp, const char *id)
{
	const struct truth_member *member;

	if (strncmp(id, PLAIN_PREFIX, strlen(PLAIN_PREFIX)) == 0)
		id += strlen(PLAIN_PREFIX);
	member = truth_find_member(corp, id);
	return member != NULL && truth_is_in_scope(corp, member) ? member : NULL;
}

/* Too many wrong ids block the call for a day. */
static bool
is_blocked(struct api_call *call, size_t errors_n)
{
	struct api *api = call->api;
	struct api_corp *corp;
	bool was_blocked;

	pthread_mutex_lock(&api->lock);
	corp = api_corp_find(api, call->corp_id);
	if (corp->openid_blocked_until_us != 0 && corp->openid_blocked_until_us <= call->now_us) {
		corp->openid_blocked_until_us = 0;
		corp->openid_errors = 0;
	}
	was_blocked = corp->openid_blocked_until_us != 0;
	corp->openid_errors += errors_n;
	if (!was_blocked && (double)corp->openid_errors > api->setting[SETTING_OPENID_ERRORS])
		corp->openid_blocked_until_us =
		    call->now_us + (int64_t)(api->setting[SETTING_OPENID_BLOCK_SECONDS] * 1e6);
	pthread_mutex_unlock(&api->lock);
	return was_blocked;
}

int
api_userid_to_openuserid(struct api_call *call, struct json_object *answer)
{
	struct json_object *ids = api_array(call, "userid_list");
	size_t n = ids == NULL ? 0 : json_object_array_length(ids);
	struct json_object *found, *invalid;

	if (n == 0 || n > CONVERT_MAX)
		return api_wrong(call, n == 0 ? 40058 : 40063);
	found = api_put_array(answer, "open_userid_list");
	invalid = api_put_array(answer, "invalid_userid_list");
	for (size_t i = 0; i < n; i++) {
		struct json_object *value = json_object_array_get_idx(ids, i);
		const char *id = json_object_is_type(value, json_type_string) ? json_object_get_string(value) : "";
		const struct truth_member *member = find_plain(call->corp, id);
		struct json_object *pair;

		if (member == NULL) {
			add_text(invalid, id);
			continue;
		}
		pair = json_object_new_object();
		api_put_text(pair, "userid", id);
		api_put_text(pair, "open_userid", member->id);
		json_object_array_add(found, pair);
	}
	if (!is_blocked(call, json_object_array_length(invalid)))
		return 0;
	api_count_violation(call, VIOLATION_BLOCKED);
	return 45009;
}
