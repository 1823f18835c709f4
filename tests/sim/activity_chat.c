/* What happens in customer group chats. */
#include <string.h>

#include "activity.h"

#define JOIN_MOST 5
#define LEAVE_MOST 3

static const char *
do_create(struct activity *activity, struct truth_corp *corp, struct facts *facts)
{
	struct truth_chat *chat;
	char customer[TRUTH_ID_BYTES];

	if (corp->chats.n >= TRUTH_CHATS_MAX)
		return NULL;
	chat = truth_add_chat(&activity->truth, corp);
	for (int i = 0; i < 2; i++) {
		truth_id(&activity->truth.random, "wm", customer);
		truth_join(chat, customer, false);
	}
	facts->value[FACT_CHAT] = chat->id;
	return "change_external_chat/create";
}

static void
tell_members(struct activity *activity, struct truth_chat *chat, struct facts *facts)
{
	facts->value[FACT_CHAT] = chat->id;
	facts_printf(facts, FACT_COUNT, "%zu", facts->items_n);
	facts_printf(facts, FACT_LAST, "%s", chat->version);
	truth_new_version(&activity->truth, chat);
	facts->value[FACT_CURRENT] = chat->version;
}

/* A colleague, a customer of the corp, or somebody new. */
static bool
newcomer(struct activity *activity, struct truth_corp *corp, char ret_id[TRUTH_ID_BYTES])
{
	struct random *random = &activity->truth.random;
	struct truth_member *member = random_chance(random, 0.2) ? truth_any(random, &corp->members) : NULL;
	struct truth_relation *relation = random_chance(random, 0.5) ? truth_any(random, &corp->relations) : NULL;

	if (member != NULL)
		strcpy(ret_id, member->id);
	else if (relation != NULL)
		strcpy(ret_id, relation->customer);
	else
		truth_id(random, "wm", ret_id);
	return member != NULL;
}

static const char *
do_join(struct activity *activity, struct truth_corp *corp, struct facts *facts)
{
	struct random *random = &activity->truth.random;
	struct truth_chat *chat = truth_any(random, &corp->chats);
	size_t n = random_chance(random, 0.7) ? 1 : 1 + random_below(random, JOIN_MOST);
	char id[TRUTH_ID_BYTES];

	if (chat == NULL || chat->roster.n + n > TRUTH_ROSTER_MAX)
		return NULL;
	for (size_t i = 0; i < n; i++) {
		bool is_staff = newcomer(activity, corp, id);

		if (truth_is_present(chat, id))
			continue;
		truth_join(chat, id, is_staff);
		facts_item(facts, id);
	}
	if (facts->items_n == 0)
		return NULL;
	facts->value[FACT_SCENE] = random_chance(random, 0.5) ? "0" : "3";
	tell_members(activity, chat, facts);
	return "change_external_chat/update/add_member";
}

static const char *
do_leave(struct activity *activity, struct truth_corp *corp, struct facts *facts)
{
	struct random *random = &activity->truth.random;
	struct truth_chat *chat = truth_any(random, &corp->chats);
	size_t n = random_chance(random, 0.8) ? 1 : 1 + random_below(random, LEAVE_MOST);

	if (chat == NULL)
		return NULL;
	for (size_t i = 0; i < n && chat->roster.n > 1; i++) {
		struct truth_present *present = truth_any(random, &chat->roster);

		if (strcmp(present->id, chat->owner) == 0)
			continue;
		facts_item(facts, present->id);
		truth_leave(chat, truth_index(&chat->roster, present));
	}
	if (facts->items_n == 0)
		return NULL;
	facts->value[FACT_SCENE] = random_chance(random, 0.7) ? "0" : "1";
	tell_members(activity, chat, facts);
	return "change_external_chat/update/del_member";
}

static const char *
do_owner(struct activity *activity, struct truth_corp *corp, struct facts *facts)
{
	struct truth_chat *chat = truth_any(&activity->truth.random, &corp->chats);
	struct truth_present *heir = chat == NULL ? NULL : truth_any(&activity->truth.random, &chat->roster);

	if (heir == NULL || !heir->is_staff || strcmp(heir->id, chat->owner) == 0)
		return NULL;
	strcpy(chat->owner, heir->id);
	facts->value[FACT_CHAT] = chat->id;
	return "change_external_chat/update/change_owner";
}

static const char *
do_name(struct activity *activity, struct truth_corp *corp, struct facts *facts)
{
	struct truth_chat *chat = truth_any(&activity->truth.random, &corp->chats);

	if (chat == NULL)
		return NULL;
	facts->value[FACT_CHAT] = chat->id;
	return random_chance(&activity->truth.random, 0.5) ? "change_external_chat/update/change_name"
							   : "change_external_chat/update/change_notice";
}

static const char *
do_dismiss(struct activity *activity, struct truth_corp *corp, struct facts *facts)
{
	struct truth_chat *chat = truth_any(&activity->truth.random, &corp->chats);

	if (chat == NULL || corp->chats.n < 2)
		return NULL;
	facts_printf(facts, FACT_CHAT, "%s", chat->id);
	truth_remove_chat(corp, chat);
	return "change_external_chat/dismiss";
}

const struct activity_choice activity_chat_choices[] = {
    {2, do_create},
    {22, do_join},
    {14, do_leave},
    {3, do_owner},
    {3, do_name},
    {1, do_dismiss},
    {0, NULL},
};
