/* Customers and who follows them (protocol sections 15.1 and 15.2). */
#include <string.h>

#include "api_inside.h"

#define USERS_MAX 100
#define LIMIT_MAX 100
#define LIMIT_DEFAULT 50
#define ADD_WAY_CHANNELS 10

/*
 * Whether the API shows the pair at the time the answer is of.  A first period that began, or any that ended, a moment
 * ago is not seen yet by a stale answer.
 */
static bool
is_shown(const struct api_call *call, const struct truth_relation *relation)
{
	int64_t as_of_s = call->as_of_us / 1000000;

	if (truth_is_relation_whole(relation))
		return !call->is_stale || relation->period > 0 || relation->create_s <= as_of_s;
	return call->is_stale && relation->create_s != 0 && relation->staff_s > as_of_s &&
	       relation->create_s <= as_of_s;
}

/* In scope and with the feature, licensed or not. */
static bool
is_visible(const struct truth_corp *corp, const struct truth_member *member)
{
	return member != NULL && truth_is_in_scope(corp, member) && member->can_follow;
}

static void
put_given(struct json_object *to, const char *name, const char *value)
{
	if (value[0] != '\0')
		api_put_text(to, name, value);
}

static struct json_object *
contact_of(const struct truth_customer *customer)
{
	struct json_object *contact = json_object_new_object();

	api_put_text(contact, "external_userid", customer->id);
	api_put_text(contact, "name", customer->name);
	api_put_number(contact, "type", customer->type);
	api_put_number(contact, "gender", 0);
	if (customer->type == 2) {
		put_given(contact, "position", customer->position);
		put_given(contact, "corp_name", customer->corp_name);
		put_given(contact, "corp_full_name", customer->corp_name);
	}
	return contact;
}

/* What get and get_by_user tell alike. */
static struct json_object *
follower_of(const struct truth_relation *relation)
{
	struct json_object *follower = json_object_new_object();
	struct json_object *channels;

	api_put_text(follower, "userid", relation->user);
	api_put_text(follower, "remark", relation->remark);
	api_put_text(follower, "description", relation->description);
	api_put_number(follower, "createtime", relation->create_s);
	put_given(follower, "remark_corp_name", relation->remark_corp_name);
	api_put_number(follower, "add_way", relation->add_way);
	put_given(follower, "oper_userid", relation->oper);
	put_given(follower, "state", relation->state);
	if (relation->add_way == ADD_WAY_CHANNELS) {
		channels = json_object_new_object();
		api_put_text(channels, "nickname", "视频号");
		api_put_number(channels, "source", 1);
		json_object_object_add(follower, "wechat_channels", channels);
	}
	return follower;
}

static void
put_tags(const struct truth_corp *corp, const struct truth_relation *relation, struct json_object *follower)
{
	struct json_object *tags = api_put_array(follower, "tags");

	for (size_t i = 0; i < relation->tags_n; i++) {
		struct truth_group *group = NULL;
		const struct truth_tag *tag = truth_find_tag(corp, relation->tags[i], &group);
		struct json_object *entry;

		if (tag == NULL)
			continue;
		entry = json_object_new_object();
		api_put_text(entry, "group_name", group->name);
		api_put_text(entry, "tag_name", tag->name);
		api_put_text(entry, "tag_id", tag->id);
		api_put_number(entry, "type", 1);
		json_object_array_add(tags, entry);
	}
	if (relation->has_personal_tag) {
		struct json_object *entry = json_object_new_object();

		api_put_text(entry, "group_name", "");
		api_put_text(entry, "tag_name", "个人标签");
		api_put_number(entry, "type", 2);
		json_object_array_add(tags, entry);
	}
}

int
api_customer_follow_user_list(struct api_call *call, struct json_object *answer)
{
	struct json_object *users = api_put_array(answer, "follow_user");

	for (size_t i = 0; i < call->corp->members.n; i++) {
		const struct truth_member *member = list_at(&call->corp->members, i);

		if (is_visible(call->corp, member))
			json_object_array_add(users, json_object_new_string(member->id));
	}
	return 0;
}

/* Errcode of asking for a member's customers. */
static int
check_member(const struct truth_corp *corp, const char *id)
{
	const struct truth_member *member = truth_find_member(corp, id);

	if (member == NULL || !truth_is_in_scope(corp, member))
		return 60111;
	if (!member->can_follow)
		return 84074;
	return truth_is_licensed(corp, member) ? 0 : 701008;
}

int
api_customer_list(struct api_call *call, struct json_object *answer)
{
	const char *user = api_query(call, "userid");
	int code = user == NULL ? api_wrong(call, 40058) : check_member(call->corp, user);
	struct json_object *ids;

	if (code != 0)
		return code;
	ids = api_put_array(answer, "external_userid");
	for (size_t i = 0; i < call->corp->relations.n; i++) {
		const struct truth_relation *relation = list_at(&call->corp->relations, i);

		if (strcmp(relation->user, user) == 0 && is_shown(call, relation))
			json_object_array_add(ids, json_object_new_string(relation->customer));
	}
	return json_object_array_length(ids) == 0 ? 84061 : 0;
}

/* Members that follow the customer; how it looks when there are none to show is in ret_code. */
static struct json_object *
followers_of(struct api_call *call, const char *customer, int *ret_code)
{
	struct json_object *ids = json_object_new_array();

	*ret_code = 40096;
	for (size_t i = 0; i < call->corp->members.n; i++) {
		const struct truth_member *member = list_at(&call->corp->members, i);
		const struct truth_relation *relation = truth_find_relation(call->corp, member->id, customer);

		if (relation == NULL || !is_visible(call->corp, member))
			continue;
		if (!is_shown(call, relation))
			*ret_code = *ret_code == 40096 ? 84061 : *ret_code;
		else if (!truth_is_licensed(call->corp, member))
			*ret_code = 701008;
		else
			json_object_array_add(ids, json_object_new_string(relation->user));
	}
	if (json_object_array_length(ids) > 0)
		*ret_code = 0;
	return ids;
}

static struct json_object *
fresh_followers(struct api_call *call)
{
	int code;

	return followers_of(call, api_query(call, "external_userid"), &code);
}

static void
put_followers(struct api_call *call, const char *customer, struct json_object *ids, struct json_object *answer)
{
	struct json_object *followers = api_put_array(answer, "follow_user");

	for (size_t i = 0; i < json_object_array_length(ids); i++) {
		const char *user = json_object_get_string(json_object_array_get_idx(ids, i));
		const struct truth_relation *relation = truth_find_relation(call->corp, user, customer);
		struct json_object *follower;

		if (relation == NULL || !is_shown(call, relation))
			continue;
		follower = follower_of(relation);
		put_tags(call->corp, relation, follower);
		json_object_array_add(followers, follower);
	}
}

int
api_customer_get(struct api_call *call, struct json_object *answer)
{
	const char *id = api_query(call, "external_userid"), *cursor = api_query(call, "cursor");
	size_t limit = (size_t)api_setting_value(call->api, SETTING_FOLLOWERS_PAGE);
	const struct truth_customer *customer;
	struct json_object *page, *next, *ids;
	int code;

	if (id == NULL)
		return api_wrong(call, 41035);
	customer = truth_find_customer(call->corp, id);
	if (customer == NULL)
		return 40096;
	json_object_put(followers_of(call, id, &code));
	if (code != 0)
		return code;
	page = json_object_new_object();
	code = api_cursor_page(call, cursor, limit, fresh_followers, "ids", page);
	if (code == 0) {
		ids = json_object_object_get(page, "ids");
		json_object_object_add(answer, "external_contact", contact_of(customer));
		put_followers(call, id, ids, answer);
		next = json_object_object_get(page, "next_cursor");
		/* with few followers there is no such member at all */
		if (json_object_get_string_len(next) > 0)
			json_object_object_add(answer, "next_cursor", json_object_get(next));
	}
	json_object_put(page);
	return code;
}

/* Pairs of [user, customer], by member in the order asked for. */
static struct json_object *
fresh_pairs(struct api_call *call)
{
	struct json_object *users = api_array(call, "userid_list");
	struct json_object *pairs = json_object_new_array();

	for (size_t u = 0; u < json_object_array_length(users); u++) {
		const char *user = json_object_get_string(json_object_array_get_idx(users, u));

		if (check_member(call->corp, user) != 0)
			continue;
		for (size_t i = 0; i < call->corp->relations.n; i++) {
			const struct truth_relation *relation = list_at(&call->corp->relations, i);
			struct json_object *pair;

			if (strcmp(relation->user, user) != 0 || !is_shown(call, relation))
				continue;
			pair = json_object_new_array();
			json_object_array_add(pair, json_object_new_string(user));
			json_object_array_add(pair, json_object_new_string(relation->customer));
			json_object_array_add(pairs, pair);
		}
	}
	return pairs;
}

static void
put_pairs(struct api_call *call, struct json_object *pairs, struct json_object *answer)
{
	struct json_object *list = api_put_array(answer, "external_contact_list");

	for (size_t i = 0; i < json_object_array_length(pairs); i++) {
		struct json_object *pair = json_object_array_get_idx(pairs, i);
		const char *user = json_object_get_string(json_object_array_get_idx(pair, 0));
		const char *id = json_object_get_string(json_object_array_get_idx(pair, 1));
		const struct truth_relation *relation = truth_find_relation(call->corp, user, id);
		const struct truth_customer *customer = truth_find_customer(call->corp, id);
		struct json_object *entry, *follower, *tags;

		if (relation == NULL || customer == NULL || !is_shown(call, relation))
			continue;
		follower = follower_of(relation);
		tags = api_put_array(follower, "tag_id");
		for (size_t t = 0; t < relation->tags_n; t++)
			json_object_array_add(tags, json_object_new_string(relation->tags[t]));
		entry = json_object_new_object();
		json_object_object_add(entry, "external_contact", contact_of(customer));
		json_object_object_add(entry, "follow_info", follower);
		json_object_array_add(list, entry);
	}
}

/*
 * A member that may not be asked for spoils the call only when there is no other; those without a licence are named.
 */
static int
check_members(struct api_call *call, struct json_object *users, struct json_object *ret_unlicensed)
{
	size_t good_n = 0;
	int first = 0;

	for (size_t i = 0; i < json_object_array_length(users); i++) {
		struct json_object *value = json_object_array_get_idx(users, i);
		int code;

		if (!json_object_is_type(value, json_type_string))
			return api_wrong(call, 40031);
		code = check_member(call->corp, json_object_get_string(value));
		if (code == 701008)
			json_object_array_add(ret_unlicensed, json_object_get(value));
		if (code == 0)
			good_n++;
		else if (first == 0)
			first = code;
	}
	return good_n > 0 ? 0 : first;
}

static int
batch_page(struct api_call *call, size_t limit, struct json_object *answer)
{
	const char *cursor = api_text(call, "cursor");
	struct json_object *page = json_object_new_object();
	struct json_object *pairs;
	int code = api_cursor_page(call, cursor, limit, fresh_pairs, "pairs", page);

	if (code == 0) {
		pairs = json_object_object_get(page, "pairs");
		put_pairs(call, pairs, answer);
		json_object_object_add(
		    answer, "next_cursor", json_object_get(json_object_object_get(page, "next_cursor")));
		/* as externalcontact/list: nobody at all is an error of its own */
		if (json_object_array_length(pairs) == 0 && (cursor == NULL || cursor[0] == '\0') &&
		    json_object_get_string_len(json_object_object_get(page, "next_cursor")) == 0)
			code = 84061;
	}
	json_object_put(page);
	return code;
}

int
api_customer_batch_get_by_user(struct api_call *call, struct json_object *answer)
{
	struct json_object *users = api_array(call, "userid_list");
	size_t n = users == NULL ? 0 : json_object_array_length(users);
	struct json_object *unlicensed, *failed;
	int64_t limit = LIMIT_DEFAULT;
	int code;

	if (n == 0 || n > USERS_MAX)
		return api_wrong(call, n == 0 ? 40058 : 40063);
	if ((api_number(call, "limit", &limit) && limit < 1) || limit > LIMIT_MAX)
		return api_wrong(call, 40058);
	unlicensed = json_object_new_array();
	code = check_members(call, users, unlicensed);
	if (code == 0)
		code = batch_page(call, (size_t)limit, answer);
	if (code == 0 && json_object_array_length(unlicensed) > 0) {
		failed = json_object_new_object();
		json_object_object_add(failed, "unlicensed_userid_list", json_object_get(unlicensed));
		json_object_object_add(answer, "fail_info", failed);
	}
	json_object_put(unlicensed);
	return code;
}
