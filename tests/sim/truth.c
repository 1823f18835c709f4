/* Holds the truth and keeps its invariants.  Never pushes, prints or forgets anything on its own. */
#include "truth.h"

#include <string.h>

#define MEMBERS_FIRST 6
#define PARTIES_FIRST 3
#define RELATIONS_FIRST 20
#define CHATS_FIRST 4
#define ROSTER_FIRST 8
#define GROUPS_FIRST 3
#define TAGS_FIRST 4
#define AGENT_FIRST 1000002

void
truth_id(struct random *random, const char *prefix, char ret_id[TRUTH_ID_BYTES])
{
	memcpy(ret_id, prefix, 2);
	random_name(random, ret_id + 2, 30);
}

void *
truth_any(struct random *random, const struct list *list)
{
	return list->n == 0 ? NULL : list_at(list, random_below(random, list->n));
}

size_t
truth_index(const struct list *list, const void *item)
{
	return (size_t)((const char *)item - (const char *)list->at) / list->item_bytes;
}

struct truth_member *
truth_add_member(struct truth *truth, struct truth_corp *corp)
{
	struct truth_party *party = truth_any(&truth->random, &corp->parties);
	struct truth_member *member = list_add(&corp->members);

	truth_id(&truth->random, "wo", member->id);
	member->party = party->id;
	return member;
}

struct truth_party *
truth_add_party(struct truth_corp *corp, unsigned int parent)
{
	struct truth_party *party = list_add(&corp->parties);

	party->id = ++corp->party_last;
	party->parent = parent;
	return party;
}

struct truth_relation *
truth_add_relation(struct truth_corp *corp, const char *user, const char *customer)
{
	struct truth_relation *relation = list_add(&corp->relations);

	strcpy(relation->user, user);
	strcpy(relation->customer, customer);
	return relation;
}

struct truth_chat *
truth_add_chat(struct truth *truth, struct truth_corp *corp)
{
	struct truth_member *owner = truth_any(&truth->random, &corp->members);
	struct truth_chat *chat = list_add(&corp->chats);

	truth_id(&truth->random, "wr", chat->id);
	strcpy(chat->owner, owner->id);
	list_init(&chat->roster, sizeof(struct truth_present));
	truth_join(chat, owner->id, true);
	truth_new_version(truth, chat);
	return chat;
}

struct truth_tag *
truth_add_tag(struct truth *truth, struct truth_group *group)
{
	struct truth_tag *tag = list_add(&group->tags);

	truth_id(&truth->random, "et", tag->id);
	return tag;
}

struct truth_group *
truth_add_group(struct truth *truth, struct truth_corp *corp)
{
	struct truth_group *group = list_add(&corp->groups);

	truth_id(&truth->random, "et", group->id);
	list_init(&group->tags, sizeof(struct truth_tag));
	return group;
}

void
truth_remove_chat(struct truth_corp *corp, struct truth_chat *chat)
{
	list_free(&chat->roster);
	list_remove(&corp->chats, truth_index(&corp->chats, chat));
}

void
truth_remove_group(struct truth_corp *corp, struct truth_group *group)
{
	list_free(&group->tags);
	list_remove(&corp->groups, truth_index(&corp->groups, group));
}

bool
truth_is_present(const struct truth_chat *chat, const char *id)
{
	for (size_t i = 0; i < chat->roster.n; i++) {
		const struct truth_present *present = list_at(&chat->roster, i);

		if (strcmp(present->id, id) == 0)
			return true;
	}
	return false;
}

bool
truth_is_related(const struct truth_corp *corp, const char *user, const char *customer)
{
	for (size_t i = 0; i < corp->relations.n; i++) {
		const struct truth_relation *relation = list_at(&corp->relations, i);

		if (strcmp(relation->user, user) == 0 && strcmp(relation->customer, customer) == 0)
			return true;
	}
	return false;
}

bool
truth_is_member_busy(const struct truth_corp *corp, const char *user)
{
	for (size_t i = 0; i < corp->relations.n; i++) {
		const struct truth_relation *relation = list_at(&corp->relations, i);

		if (strcmp(relation->user, user) == 0)
			return true;
	}
	for (size_t i = 0; i < corp->chats.n; i++) {
		if (truth_is_present(list_at(&corp->chats, i), user))
			return true;
	}
	return corp->members.n == 1;
}

void
truth_join(struct truth_chat *chat, const char *id, bool is_staff)
{
	struct truth_present *present = list_add(&chat->roster);

	strcpy(present->id, id);
	present->is_staff = is_staff;
}

void
truth_leave(struct truth_chat *chat, size_t i)
{
	list_remove(&chat->roster, i);
}

void
truth_new_version(struct truth *truth, struct truth_chat *chat)
{
	random_hex(&truth->random, chat->version, sizeof(chat->version) - 1);
}

static void
fill_corp(struct truth *truth, struct truth_corp *corp)
{
	char customer[TRUTH_ID_BYTES];

	for (int i = 0; i < PARTIES_FIRST; i++)
		truth_add_party(corp, i == 0 ? 0 : 1)->is_root = i == 0;
	for (int i = 0; i < MEMBERS_FIRST; i++)
		truth_add_member(truth, corp);
	for (int i = 0; i < RELATIONS_FIRST; i++) {
		struct truth_member *member = truth_any(&truth->random, &corp->members);

		truth_id(&truth->random, "wm", customer);
		truth_add_relation(corp, member->id, customer);
	}
	for (int i = 0; i < CHATS_FIRST; i++) {
		struct truth_chat *chat = truth_add_chat(truth, corp);

		while (chat->roster.n < ROSTER_FIRST) {
			truth_id(&truth->random, "wm", customer);
			truth_join(chat, customer, false);
		}
	}
	for (int i = 0; i < GROUPS_FIRST; i++) {
		struct truth_group *group = truth_add_group(truth, corp);

		while (group->tags.n < TAGS_FIRST)
			truth_add_tag(truth, group);
	}
}

void
truth_init(struct truth *truth, unsigned long long seed, size_t corps_n)
{
	list_init(&truth->corps, sizeof(struct truth_corp));
	random_seed(&truth->random, seed);
	for (size_t i = 0; i < corps_n; i++) {
		struct truth_corp *corp = list_add(&truth->corps);

		truth_id(&truth->random, "wp", corp->id);
		corp->agent = AGENT_FIRST + (unsigned int)i;
		list_init(&corp->members, sizeof(struct truth_member));
		list_init(&corp->parties, sizeof(struct truth_party));
		list_init(&corp->relations, sizeof(struct truth_relation));
		list_init(&corp->chats, sizeof(struct truth_chat));
		list_init(&corp->groups, sizeof(struct truth_group));
		fill_corp(truth, corp);
	}
}

static void
corp_done(struct truth_corp *corp)
{
	while (corp->chats.n > 0)
		truth_remove_chat(corp, list_at(&corp->chats, 0));
	while (corp->groups.n > 0)
		truth_remove_group(corp, list_at(&corp->groups, 0));
	list_free(&corp->chats);
	list_free(&corp->groups);
	list_free(&corp->members);
	list_free(&corp->parties);
	list_free(&corp->relations);
}

void
truth_done(struct truth *truth)
{
	for (size_t i = 0; i < truth->corps.n; i++)
		corp_done(list_at(&truth->corps, i));
	list_free(&truth->corps);
}
