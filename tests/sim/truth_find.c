/* Questions about the truth.  Never changes anything. */
#include <string.h>

#include "truth.h"

const char *const truth_permission_names[TRUTH_PERMISSION_N] = {
    [TRUTH_CONTACT_BASE] = "contact:base:base",
    [TRUTH_ARCH_BASE] = "corp_arch:base:base",
    [TRUTH_ARCH_LEADER] = "corp_arch:member:direct_leader",
    [TRUTH_EXTERNAL_BASE] = "externalcontact:base:base",
    [TRUTH_EXTERNAL_TAG] = "externalcontact:contact:tag",
    [TRUTH_EXTERNAL_TRANSFER] = "externalcontact:contact:transfer",
    [TRUTH_EXTERNAL_GROUP] = "externalcontact:groupchat:stat",
};

#define DEPTH_MAX 64 /* of departments: a loop ends the search */

/* The item whose id is at its very start. */
static void *
find_by_id(const struct list *list, const char *id)
{
	for (size_t i = 0; i < list->n; i++) {
		if (strcmp(list_at(list, i), id) == 0)
			return list_at(list, i);
	}
	return NULL;
}

static void *
find_by_place(const struct list *list, const struct place_table *table, const char *id)
{
	size_t place;

	if (table->n == 0)
		return find_by_id(list, id);
	place = place_get(table, place_hash(id, NULL));
	if (place == PLACE_NONE || strcmp(list_at(list, place), id) != 0)
		return NULL;
	return list_at(list, place);
}

struct truth_corp *
truth_find_corp(const struct truth *truth, const char *id)
{
	return find_by_id(&truth->corps, id);
}

struct truth_auth_code *
truth_find_code(const struct truth *truth, const char *code)
{
	return find_by_id(&truth->codes, code);
}

struct truth_member *
truth_find_member(const struct truth_corp *corp, const char *id)
{
	return find_by_id(&corp->members, id);
}

struct truth_party *
truth_find_party(const struct truth_corp *corp, unsigned int id)
{
	for (size_t i = 0; i < corp->parties.n; i++) {
		struct truth_party *party = list_at(&corp->parties, i);

		if (party->id == id)
			return party;
	}
	return NULL;
}

struct truth_customer *
truth_find_customer(const struct truth_corp *corp, const char *id)
{
	return find_by_place(&corp->customers, &corp->customer_places, id);
}

static bool
is_pair(const struct truth_relation *relation, const char *user, const char *customer)
{
	return strcmp(relation->user, user) == 0 && strcmp(relation->customer, customer) == 0;
}

struct truth_relation *
truth_find_relation(const struct truth_corp *corp, const char *user, const char *customer)
{
	size_t place;

	if (corp->relation_places.n > 0) {
		place = place_get(&corp->relation_places, place_hash(user, customer));
		if (place == PLACE_NONE || !is_pair(list_at(&corp->relations, place), user, customer))
			return NULL;
		return list_at(&corp->relations, place);
	}
	for (size_t i = 0; i < corp->relations.n; i++) {
		if (is_pair(list_at(&corp->relations, i), user, customer))
			return list_at(&corp->relations, i);
	}
	return NULL;
}

struct truth_chat *
truth_find_chat(const struct truth_corp *corp, const char *id)
{
	return find_by_place(&corp->chats, &corp->chat_places, id);
}

struct truth_group *
truth_find_group(const struct truth_corp *corp, const char *id)
{
	return find_by_id(&corp->groups, id);
}

struct truth_tag *
truth_find_tag(const struct truth_corp *corp, const char *id, struct truth_group **ret_group)
{
	for (size_t i = 0; i < corp->groups.n; i++) {
		struct truth_group *group = list_at(&corp->groups, i);
		struct truth_tag *tag = find_by_id(&group->tags, id);

		if (tag == NULL)
			continue;
		if (ret_group != NULL)
			*ret_group = group;
		return tag;
	}
	return NULL;
}

struct truth_present *
truth_find_present(const struct truth_chat_state *state, const char *id)
{
	return find_by_id(&state->roster, id);
}

bool
truth_has_permission(const struct truth_corp *corp, enum truth_permission permission)
{
	return (corp->permissions & 1U << permission) != 0;
}

static bool
is_party_allowed(const struct truth_corp *corp, unsigned int id)
{
	for (size_t i = 0; i < corp->scope_parties.n; i++) {
		if (*(unsigned int *)list_at(&corp->scope_parties, i) == id)
			return true;
	}
	return false;
}

bool
truth_is_party_visible(const struct truth_corp *corp, unsigned int id)
{
	for (int depth = 0; depth < DEPTH_MAX && corp->auth_mode == 0; depth++) {
		const struct truth_party *party = truth_find_party(corp, id);

		if (party == NULL)
			return false;
		if (is_party_allowed(corp, id))
			return true;
		id = party->parent;
	}
	return false;
}

bool
truth_is_in_scope(const struct truth_corp *corp, const struct truth_member *member)
{
	if (find_by_id(&corp->scope_users, member->id) != NULL)
		return true;
	for (size_t i = 0; i < member->parties_n; i++) {
		if (truth_is_party_visible(corp, member->parties[i]))
			return true;
	}
	return false;
}

size_t
truth_visible_parties(const struct truth_corp *corp, const struct truth_member *member,
    unsigned int ret_parties[TRUTH_MEMBER_PARTIES_MAX], size_t ret_places[TRUTH_MEMBER_PARTIES_MAX])
{
	size_t n = 0;

	if (corp->auth_mode == 1) {
		ret_parties[0] = 1;
		ret_places[0] = 0;
		return 1;
	}
	for (size_t i = 0; i < member->parties_n; i++) {
		if (!truth_has_permission(corp, TRUTH_ARCH_BASE) && !truth_is_party_visible(corp, member->parties[i]))
			continue;
		ret_parties[n] = member->parties[i];
		ret_places[n++] = i;
	}
	return n;
}

bool
truth_is_licensed(const struct truth_corp *corp, const struct truth_member *member)
{
	return !corp->is_license_enforced || member->is_licensed;
}

bool
truth_is_serving(const struct truth_corp *corp, const char *user)
{
	const struct truth_member *member = truth_find_member(corp, user);

	return member != NULL && member->can_follow && truth_is_in_scope(corp, member) &&
	       truth_is_licensed(corp, member);
}

bool
truth_is_relation_whole(const struct truth_relation *relation)
{
	return relation->create_s != 0 &&
	       (relation->status == TRUTH_ACTIVE || relation->status == TRUTH_DELETED_BY_CUSTOMER);
}

const struct truth_chat_state *
truth_chat_as_of(const struct truth_chat *chat, int64_t at_us)
{
	const struct truth_chat_state *state = &chat->now;

	for (size_t i = chat->past.n; i > 0 && state->since_us > at_us; i--)
		state = list_at(&chat->past, i - 1);
	return state;
}

bool
truth_is_present(const struct truth_chat *chat, const char *id)
{
	return truth_find_present(&chat->now, id) != NULL;
}

bool
truth_is_related(const struct truth_corp *corp, const char *user, const char *customer)
{
	const struct truth_relation *relation = truth_find_relation(corp, user, customer);

	return relation != NULL && relation->status <= TRUTH_DELETED_BY_CUSTOMER;
}

bool
truth_is_member_busy(const struct truth_corp *corp, const char *user)
{
	for (size_t i = 0; i < corp->relations.n; i++) {
		const struct truth_relation *relation = list_at(&corp->relations, i);

		if (strcmp(relation->user, user) == 0 && relation->status <= TRUTH_DELETED_BY_CUSTOMER)
			return true;
	}
	for (size_t i = 0; i < corp->chats.n; i++) {
		if (truth_is_present(list_at(&corp->chats, i), user))
			return true;
	}
	return corp->members.n == 1;
}

size_t
truth_groups_alive_n(const struct truth_corp *corp)
{
	size_t n = 0;

	for (size_t i = 0; i < corp->groups.n; i++)
		n += ((struct truth_group *)list_at(&corp->groups, i))->delete_s == 0;
	return n;
}

size_t
truth_tags_alive_n(const struct truth_group *group)
{
	size_t n = 0;

	for (size_t i = 0; i < group->tags.n; i++)
		n += ((struct truth_tag *)list_at(&group->tags, i))->delete_s == 0;
	return n;
}
