/* Customer group chats (protocol section 15.3).  These answers may be stale: each chat keeps its past states. */
#include <string.h>

#include "api_inside.h"

#define LIMIT_MAX 1000
#define OWNERS_MAX 100

enum owner_is { OWNER_SEEN, OWNER_UNLICENSED, OWNER_HIDDEN, OWNER_LEFT };

static enum owner_is
look_at_owner(const struct truth_corp *corp, const char *id)
{
	const struct truth_member *member = truth_find_member(corp, id);

	if (member == NULL)
		return OWNER_LEFT;
	if (!truth_is_in_scope(corp, member) || !member->can_follow)
		return OWNER_HIDDEN;
	return truth_is_licensed(corp, member) ? OWNER_SEEN : OWNER_UNLICENSED;
}

/* True when the listing asks for chats of this owner. */
static bool
is_asked_for(const struct api_call *call, const char *owner)
{
	struct json_object *filter = json_object_object_get(call->request, "owner_filter");
	struct json_object *users = json_object_object_get(filter, "userid_list");

	if (!json_object_is_type(users, json_type_array) || json_object_array_length(users) == 0)
		return true;
	for (size_t i = 0; i < json_object_array_length(users); i++) {
		const char *user = json_object_get_string(json_object_array_get_idx(users, i));

		if (user != NULL && strcmp(user, owner) == 0)
			return true;
	}
	return false;
}

/* Status 1: the owner has left the corp.  Such chats are listed only when their owner is named. */
static bool
is_listed(const struct api_call *call, const struct truth_chat_state *state, bool has_filter, int64_t wanted)
{
	enum owner_is owner = look_at_owner(call->corp, state->owner);

	if (state->is_dismissed || !is_asked_for(call, state->owner))
		return false;
	if (owner == OWNER_LEFT)
		return has_filter && (wanted == 0 || wanted == 1);
	return owner == OWNER_SEEN && wanted == 0;
}

static bool
has_owner_filter(const struct api_call *call)
{
	struct json_object *users =
	    json_object_object_get(json_object_object_get(call->request, "owner_filter"), "userid_list");

	return json_object_is_type(users, json_type_array) && json_object_array_length(users) > 0;
}

static struct json_object *
fresh_chats(struct api_call *call)
{
	struct json_object *items = json_object_new_array();
	bool has_filter = has_owner_filter(call);
	int64_t wanted = 0;

	api_number(call, "status_filter", &wanted);
	for (size_t i = 0; i < call->corp->chats.n; i++) {
		const struct truth_chat *chat = list_at(&call->corp->chats, i);
		const struct truth_chat_state *state = truth_chat_as_of(chat, call->as_of_us);
		struct json_object *item;

		if (chat->create_s > call->as_of_us / 1000000 || !is_listed(call, state, has_filter, wanted))
			continue;
		item = json_object_new_object();
		api_put_text(item, "chat_id", chat->id);
		api_put_number(item, "status", look_at_owner(call->corp, state->owner) == OWNER_LEFT);
		json_object_array_add(items, item);
	}
	return items;
}

/* Owners without a licence are silently missing, but 701008 when there are no others. */
static bool
are_all_unlicensed(const struct api_call *call)
{
	size_t unlicensed_n = 0;

	for (size_t i = 0; i < call->corp->chats.n; i++) {
		const struct truth_chat *chat = list_at(&call->corp->chats, i);

		if (chat->now.is_dismissed || !is_asked_for(call, chat->now.owner))
			continue;
		switch (look_at_owner(call->corp, chat->now.owner)) {
		case OWNER_SEEN:
			return false;
		case OWNER_UNLICENSED:
			unlicensed_n++;
			break;
		case OWNER_HIDDEN:
		case OWNER_LEFT:
			break;
		}
	}
	return unlicensed_n > 0;
}

static size_t
visible_members_n(const struct truth_corp *corp)
{
	size_t n = 0;

	for (size_t i = 0; i < corp->members.n; i++)
		n += truth_is_in_scope(corp, list_at(&corp->members, i));
	return n;
}

int
api_chat_list(struct api_call *call, struct json_object *answer)
{
	struct json_object *users =
	    json_object_object_get(json_object_object_get(call->request, "owner_filter"), "userid_list");
	int64_t limit, wanted = 0;

	if (!api_number(call, "limit", &limit) || limit < 1 || limit > LIMIT_MAX)
		return api_wrong(call, 40058);
	if (api_number(call, "status_filter", &wanted) && (wanted < 0 || wanted > 3))
		return api_wrong(call, 40058);
	if (json_object_is_type(users, json_type_array) && json_object_array_length(users) > OWNERS_MAX)
		return api_wrong(call, 40063);
	if (!has_owner_filter(call) &&
	    (double)visible_members_n(call->corp) > api_setting_value(call->api, SETTING_OWNERS_MAX))
		return 81017;
	if (are_all_unlicensed(call))
		return 701008;
	return api_cursor_page(call, api_text(call, "cursor"), (size_t)limit, fresh_chats, "group_chat_list", answer);
}

static struct json_object *
member_of(const struct truth_present *present, bool needs_name)
{
	struct json_object *member = json_object_new_object();
	struct json_object *inviter;

	api_put_text(member, "userid", present->id);
	api_put_number(member, "type", present->is_staff ? 1 : 2);
	api_put_number(member, "join_time", present->join_s);
	api_put_number(member, "join_scene", present->join_scene);
	if (present->inviter[0] != '\0') {
		inviter = json_object_new_object();
		api_put_text(inviter, "userid", present->inviter);
		json_object_object_add(member, "invitor", inviter);
	}
	api_put_text(member, "group_nickname", present->nickname);
	if (needs_name)
		api_put_text(member, "name", present->name);
	return member;
}

static struct json_object *
describe(const struct truth_chat *chat, const struct truth_chat_state *state, bool needs_name)
{
	struct json_object *object = json_object_new_object();
	struct json_object *members, *admins, *admin;

	api_put_text(object, "chat_id", chat->id);
	api_put_text(object, "name", state->name);
	api_put_text(object, "owner", state->owner);
	api_put_number(object, "create_time", chat->create_s);
	api_put_text(object, "notice", state->notice);
	members = api_put_array(object, "member_list");
	for (size_t i = 0; i < state->roster.n; i++)
		json_object_array_add(members, member_of(list_at(&state->roster, i), needs_name));
	admins = api_put_array(object, "admin_list");
	for (size_t i = 0; i < state->admins_n; i++) {
		admin = json_object_new_object();
		api_put_text(admin, "userid", state->admins[i]);
		json_object_array_add(admins, admin);
	}
	api_put_text(object, "member_version", state->version);
	return object;
}

int
api_chat_get(struct api_call *call, struct json_object *answer)
{
	const char *id = api_text(call, "chat_id");
	const struct truth_chat_state *state;
	const struct truth_chat *chat;
	int64_t needs_name = 0;

	if (id == NULL || (api_number(call, "need_name", &needs_name) && needs_name != 0 && needs_name != 1))
		return api_wrong(call, 40058);
	chat = truth_find_chat(call->corp, id);
	if (chat == NULL)
		return 40050;
	state = truth_chat_as_of(chat, call->as_of_us);
	if (state->is_dismissed)
		return 49008;
	switch (look_at_owner(call->corp, state->owner)) {
	case OWNER_UNLICENSED:
		return 701008;
	case OWNER_HIDDEN:
	case OWNER_LEFT:
		return 60011;
	case OWNER_SEEN:
		break;
	}
	json_object_object_add(answer, "group_chat", describe(chat, state, needs_name == 1));
	return 0;
}
