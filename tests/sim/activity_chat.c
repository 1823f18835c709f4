/* What happens in customer group chats. */
#include <string.h>

#include "activity.h"
#include "truth_figure.h"

#define JOIN_MOST 5
#define JOIN_MANY 20
#define LEAVE_MOST 3
#define LIE_MORE 8

/* The name of the kind, or nothing: by who owns the chat now. */
static const char *
tell(struct activity *activity, struct truth_corp *corp, struct truth_chat *chat, enum truth_chat_event event,
    const char *last, bool is_partial, const char *kind)
{
	bool is_told = activity_is_told(activity, corp, TRUTH_EXTERNAL_BASE) &&
		       activity_is_told_served(activity, corp, chat->now.owner);

	mark_chat(&activity->mark, &activity->truth, corp, chat, event, last, is_partial, is_told);
	return is_told ? kind : activity_untold;
}

static const char *
tell_members(
    struct activity *activity, struct truth_corp *corp, struct truth_chat *chat, struct facts *facts, const char *kind)
{
	struct random *random = &activity->truth.random;
	bool is_lie = random_chance(random, activity->options.lie);
	size_t n = facts->items_n;
	const char *last;

	if (is_lie && n > 1)
		facts->items_n--;
	else if (is_lie)
		n += LIE_MORE;
	facts_printf(facts, FACT_CHAT, "%s", chat->id);
	facts_printf(facts, FACT_COUNT, "%zu", n);
	facts_printf(facts, FACT_LAST, "%s", chat->now.version);
	last = facts->value[FACT_LAST];
	truth_new_version(&activity->truth, chat);
	facts_printf(facts, FACT_CURRENT, "%s", chat->now.version);
	return tell(activity, corp, chat, TRUTH_CHAT_MEMBER, last, is_lie, kind);
}

static const char *
do_create(struct activity *activity, struct truth_corp *corp, struct facts *facts)
{
	struct truth_chat *chat;
	char customer[TRUTH_ID_BYTES];

	if (corp->chats_alive_n >= TRUTH_CHATS_MAX)
		return NULL;
	chat = truth_add_chat(&activity->truth, corp);
	for (int i = 0; i < 2; i++) {
		truth_id(&activity->truth.random, "wm", customer);
		truth_join(&activity->truth, chat, customer, false);
	}
	facts->value[FACT_CHAT] = chat->id;
	return tell(activity, corp, chat, TRUTH_CHAT_CREATE, "", false, "change_external_chat/create");
}

/* Who left last, a colleague, a customer of the corp, or somebody new.  True: a colleague. */
static bool
newcomer(struct activity *activity, struct truth_corp *corp, const struct truth_chat *chat, char ret_id[TRUTH_ID_BYTES])
{
	struct random *random = &activity->truth.random;
	struct truth_member *member = random_chance(random, 0.2) ? truth_any(random, &corp->members) : NULL;
	struct truth_relation *relation =
	    random_chance(random, 0.5) ? truth_any_relation(&activity->truth, corp) : NULL;

	if (chat->left[0] != '\0' && random_chance(random, 0.25)) {
		memcpy(ret_id, chat->left, TRUTH_ID_BYTES);
		return truth_find_member(corp, ret_id) != NULL;
	}
	if (member != NULL)
		strcpy(ret_id, member->id);
	else if (relation != NULL)
		strcpy(ret_id, relation->customer);
	else
		truth_id(random, "wm", ret_id);
	return member != NULL;
}

static void
let_in(struct activity *activity, struct truth_corp *corp, struct truth_chat *chat, size_t n, bool is_by_code,
    struct facts *facts)
{
	struct random *random = &activity->truth.random;
	char id[TRUTH_ID_BYTES];

	for (size_t i = 0; i < n && chat->now.roster.n < TRUTH_ROSTER_MAX; i++) {
		bool is_staff = newcomer(activity, corp, chat, id);
		struct truth_present *present;

		if (truth_is_present(chat, id))
			continue;
		present = truth_join(&activity->truth, chat, id, is_staff);
		present->join_scene = is_by_code ? 3 : 1 + (int)random_below(random, 2);
		if (is_by_code || random_chance(random, 0.2))
			present->inviter[0] = '\0';
		else
			strcpy(present->inviter, chat->now.owner);
		facts_item(facts, id);
		truth_count(corp, is_by_code ? FIGURE_JOIN_QR : FIGURE_JOIN_INVITE);
	}
}

static const char *
join(struct activity *activity, struct truth_corp *corp, struct facts *facts, size_t n)
{
	struct truth_chat *chat = truth_any_chat(&activity->truth, corp);
	bool is_by_code = random_chance(&activity->truth.random, 0.5);

	if (chat == NULL || chat->now.roster.n >= TRUTH_ROSTER_MAX)
		return NULL;
	truth_chat_keep(chat);
	let_in(activity, corp, chat, n, is_by_code, facts);
	if (facts->items_n == 0)
		return NULL;
	facts->value[FACT_SCENE] = is_by_code ? "3" : "0";
	return tell_members(activity, corp, chat, facts, "change_external_chat/update/add_member");
}

static const char *
do_join(struct activity *activity, struct truth_corp *corp, struct facts *facts)
{
	struct random *random = &activity->truth.random;

	return join(activity, corp, facts, random_chance(random, 0.7) ? 1 : 1 + random_below(random, JOIN_MOST));
}

static const char *
do_join_many(struct activity *activity, struct truth_corp *corp, struct facts *facts)
{
	return join(activity, corp, facts, JOIN_MANY);
}

/* Often the one who came last. */
static const char *
do_leave(struct activity *activity, struct truth_corp *corp, struct facts *facts)
{
	struct random *random = &activity->truth.random;
	struct truth_chat *chat = truth_any_chat(&activity->truth, corp);
	size_t n = random_chance(random, 0.8) ? 1 : 1 + random_below(random, LEAVE_MOST);
	bool is_by_self;

	if (chat == NULL)
		return NULL;
	truth_chat_keep(chat);
	for (size_t i = 0; i < n && chat->now.roster.n > 1; i++) {
		size_t last = chat->now.roster.n - 1;
		size_t place = random_chance(random, 0.3) ? last : random_below(random, last + 1);
		const struct truth_present *present = list_at(&chat->now.roster, place);

		if (strcmp(present->id, chat->now.owner) == 0)
			continue;
		facts_item(facts, present->id);
		truth_leave(chat, place);
	}
	if (facts->items_n == 0)
		return NULL;
	is_by_self = random_chance(random, 0.7);
	for (size_t i = 0; i < facts->items_n; i++)
		truth_count(corp, is_by_self ? FIGURE_QUIT_SELF : FIGURE_KICKED);
	facts->value[FACT_SCENE] = is_by_self ? "0" : "1";
	return tell_members(activity, corp, chat, facts, "change_external_chat/update/del_member");
}

/* A colleague who is there and not the owner: the first from a random place on. */
static const struct truth_present *
find_heir(struct activity *activity, const struct truth_corp *corp, const struct truth_chat *chat)
{
	const struct list *roster = &chat->now.roster;
	size_t start = random_below(&activity->truth.random, roster->n);

	for (size_t i = 0; i < roster->n; i++) {
		const struct truth_present *present = list_at(roster, (start + i) % roster->n);

		if (strcmp(present->id, chat->now.owner) != 0 && truth_find_member(corp, present->id) != NULL)
			return present;
	}
	return NULL;
}

static const char *
do_owner(struct activity *activity, struct truth_corp *corp, struct facts *facts)
{
	struct truth_chat *chat = truth_any_chat(&activity->truth, corp);
	const struct truth_present *heir = chat == NULL ? NULL : find_heir(activity, corp, chat);

	if (heir == NULL)
		return NULL;
	truth_chat_keep(chat);
	strcpy(chat->now.owner, heir->id);
	facts->value[FACT_CHAT] = chat->id;
	return tell(activity, corp, chat, TRUTH_CHAT_OWNER, "", false, "change_external_chat/update/change_owner");
}

static const char *
do_name(struct activity *activity, struct truth_corp *corp, struct facts *facts)
{
	struct truth_chat *chat = truth_any_chat(&activity->truth, corp);

	if (chat == NULL)
		return NULL;
	truth_chat_keep(chat);
	truth_words(&activity->truth.random, chat->now.name, sizeof(chat->now.name));
	facts->value[FACT_CHAT] = chat->id;
	return tell(activity, corp, chat, TRUTH_CHAT_NAME, "", false, "change_external_chat/update/change_name");
}

static const char *
do_notice(struct activity *activity, struct truth_corp *corp, struct facts *facts)
{
	struct truth_chat *chat = truth_any_chat(&activity->truth, corp);

	if (chat == NULL)
		return NULL;
	truth_chat_keep(chat);
	truth_words(&activity->truth.random, chat->now.notice, sizeof(chat->now.notice));
	facts->value[FACT_CHAT] = chat->id;
	return tell(activity, corp, chat, TRUTH_CHAT_NOTICE, "", false, "change_external_chat/update/change_notice");
}

static const char *
do_dismiss(struct activity *activity, struct truth_corp *corp, struct facts *facts)
{
	struct truth_chat *chat = truth_any_chat(&activity->truth, corp);
	const char *kind;

	if (chat == NULL || corp->chats_alive_n < 2)
		return NULL;
	facts_printf(facts, FACT_CHAT, "%s", chat->id);
	kind = tell(activity, corp, chat, TRUTH_CHAT_DISMISS, "", false, "change_external_chat/dismiss");
	truth_dismiss_chat(&activity->truth, corp, chat);
	return kind;
}

/* No callback tells who administers a chat, nor how people call themselves in it. */
static const char *
do_admin(struct activity *activity, struct truth_corp *corp, struct facts *facts)
{
	struct truth_chat *chat = activity->options.silent ? truth_any_chat(&activity->truth, corp) : NULL;
	const struct truth_present *present = chat == NULL ? NULL : find_heir(activity, corp, chat);

	(void)facts;
	if (present == NULL)
		return NULL;
	for (size_t i = 0; i < chat->now.admins_n; i++) {
		if (strcmp(chat->now.admins[i], present->id) == 0)
			return NULL;
	}
	truth_chat_keep(chat);
	if (chat->now.admins_n == TRUTH_ADMINS_MAX)
		chat->now.admins_n = 0;
	strcpy(chat->now.admins[chat->now.admins_n++], present->id);
	return activity_untold;
}

static const char *
do_nickname(struct activity *activity, struct truth_corp *corp, struct facts *facts)
{
	struct truth_chat *chat = activity->options.silent ? truth_any_chat(&activity->truth, corp) : NULL;
	struct truth_present *present;

	(void)facts;
	if (chat == NULL)
		return NULL;
	truth_chat_keep(chat);
	present = truth_any(&activity->truth.random, &chat->now.roster);
	truth_words(&activity->truth.random, present->nickname, sizeof(present->nickname));
	return activity_untold;
}

const struct activity_choice activity_chat_choices[] = {
    {2, do_create, "create_chat", false},
    {22, do_join, "join", false},
    {14, do_leave, "leave", false},
    {3, do_owner, "change_owner", false},
    {2, do_name, "change_name", false},
    {1, do_notice, "change_notice", false},
    {1, do_dismiss, "dismiss_chat", false},
    {1, do_join_many, "join_many", true},
    {1, do_admin, "chat_admin", true},
    {1, do_nickname, "nickname", true},
    {0},
};
