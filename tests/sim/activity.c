/* Chooses what happens next.  Never sends anything; the deeds themselves are in activity_*.c. */
#include "activity.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#define TICKET_INTERVAL_S 60 /* WeCom: 600; a minute shows more within a demonstration */
#define TRIES_MAX 1000       /* the deeds without conditions make even a second try rare */
#define ANYTIME_WEIGHT 15
#define GUEST_WEIGHT 1

static activity_deed do_anytime, do_guest;

const char activity_untold[] = "";

static const struct activity_choice own_choices[] = {
    {ANYTIME_WEIGHT, do_anytime, "anytime", false},
    {GUEST_WEIGHT, do_guest, NULL, false},
    {0},
};

static const struct activity_choice *const tables[] = {
    activity_customer_choices,
    activity_chat_choices,
    activity_tag_choices,
    activity_contact_choices,
    activity_corp_choices,
    own_choices,
    activity_named_choices,
};
#define TABLES_N (sizeof(tables) / sizeof(tables[0]))
#define RANDOM_TABLES_N (TABLES_N - 1) /* the last is for activity_do alone */

void
activity_init(struct activity *activity, const struct settings *settings, unsigned long long seed, size_t corps_n,
    const struct truth_size *size, bool keeps_gone)
{
	*activity = (struct activity){.settings = settings, .msgid = (1ULL << 62) + seed % 1000 * 1000000000ULL};
	activity->options.messages = true;
	truth_init(&activity->truth, seed, corps_n, size, keeps_gone);
	list_init(&activity->follow_ups, sizeof(struct activity_follow_up));
}

void
activity_done(struct activity *activity)
{
	truth_done(&activity->truth);
	list_free(&activity->follow_ups);
}

bool
activity_is_told(const struct activity *activity, const struct truth_corp *corp, enum truth_permission permission)
{
	return !activity->truth.keeps_gone ||
	       (corp->state == TRUTH_INSTALLED && truth_has_permission(corp, permission));
}

bool
activity_is_told_of(const struct activity *activity, const struct truth_corp *corp, const char *user)
{
	const struct truth_member *member = truth_find_member(corp, user);

	return !activity->truth.keeps_gone || (member != NULL && truth_is_in_scope(corp, member));
}

bool
activity_is_told_served(const struct activity *activity, const struct truth_corp *corp, const char *user)
{
	return !activity->truth.keeps_gone || truth_is_serving(corp, user);
}

struct activity_follow_up *
activity_follow(struct activity *activity, struct truth_corp *corp, const char *kind)
{
	struct activity_follow_up *follow_up = list_add(&activity->follow_ups);

	follow_up->corp = truth_index(&activity->truth.corps, corp);
	follow_up->kind = kind;
	follow_up->at_s = truth_now_s();
	return follow_up;
}

static void
random_fact(struct activity *activity, struct facts *facts, enum fact fact, size_t n)
{
	char name[256];

	random_name(&activity->truth.random, name, n);
	facts_printf(facts, fact, "%s", name);
}

static void
corp_facts(struct activity *activity, struct truth_corp *corp, struct facts *facts)
{
	struct random *random = &activity->truth.random;
	struct truth_member *member = truth_any(random, &corp->members);
	struct truth_member *other = truth_any(random, &corp->members);
	struct truth_relation *relation = truth_any(random, &corp->relations);
	char customer[TRUTH_ID_BYTES];

	facts_printf(facts, FACT_CORP, "%s", corp->id);
	facts_printf(facts, FACT_AGENT, "%u", corp->agent);
	facts_printf(facts, FACT_USER, "%s", member->id);
	facts_printf(facts, FACT_OTHER_USER, "%s", other->id);
	if (relation != NULL)
		memcpy(customer, relation->customer, sizeof(customer));
	else
		truth_id(random, "wm", customer);
	facts_printf(facts, FACT_CUSTOMER, "%s", customer);
}

void
activity_facts(struct activity *activity, struct truth_corp *corp, struct facts *ret_facts)
{
	static const char *const contents[] = {
	    "你好,请问什么时候发货?",
	    "<a href=\"https://example.com/?a=1&b=2\">链接</a> ]]> 之后还有",
	    "  前后的空白属于正文 \n第二行\t",
	    "😀 emoji & 中文 & English",
	};
	struct random *random = &activity->truth.random;
	int64_t now;

	truth_hold_now();
	now = truth_now_s();
	memset(ret_facts->value, 0, sizeof(ret_facts->value));
	ret_facts->items_n = 0;
	ret_facts->scratch_n = 0;
	ret_facts->value[FACT_SUITE] = activity->settings->suite_id;
	ret_facts->value[FACT_PROVIDER] = activity->settings->provider_corp_id;
	corp_facts(activity, corp, ret_facts);
	facts_printf(ret_facts, FACT_TIME, "%lld", (long long)now);
	facts_printf(ret_facts, FACT_LATER, "%lld", (long long)now + 86400);
	facts_printf(ret_facts, FACT_STATE, "channel%d", (int)random_below(random, 10));
	ret_facts->value[FACT_STATUS] = "1";
	random_fact(activity, ret_facts, FACT_TICKET, 64);
	random_fact(activity, ret_facts, FACT_CODE, 128);
	random_fact(activity, ret_facts, FACT_TOKEN, 64);
	random_fact(activity, ret_facts, FACT_MEDIA, 43);
	random_fact(activity, ret_facts, FACT_LINK, 20);
	random_fact(activity, ret_facts, FACT_SALE, 24);
	random_fact(activity, ret_facts, FACT_OLD_SALE, 24);
	facts_printf(ret_facts, FACT_MSGID, "%llu", (unsigned long long)++activity->msgid);
	ret_facts->value[FACT_CONTENT] = contents[random_below(random, sizeof(contents) / sizeof(contents[0]))];
}

/* A kind that may happen at any moment; system events only when they have somewhere to go. */
static const char *
do_anytime(struct activity *activity, struct truth_corp *corp, struct facts *facts)
{
	const struct notice_kind *kind = notice_kind_at(random_below(&activity->truth.random, notice_kinds_n()));

	(void)facts;
	if (!(kind->flags & NOTICE_ANYTIME) || (kind->route == ROUTE_SYSTEM && !activity->settings->has_system))
		return NULL;
	if (!activity->truth.keeps_gone)
		return kind->name;
	/* its code would be nobody's: the deed of that name tells a real one */
	if ((kind->flags & NOTICE_SUITE_WIDE) != 0 || corp->state != TRUTH_INSTALLED || !activity->options.messages)
		return NULL;
	return kind->name;
}

static const char *
do_guest(struct activity *activity, struct truth_corp *corp, struct facts *facts)
{
	static const char *const steps[] = {"create_auth", "event/enter_agent", "cancel_auth"};
	struct activity_guest *guest = &activity->guest;
	int step = guest->step;

	(void)corp;
	if (activity->truth.keeps_gone)
		return NULL;
	if (step == 0) {
		truth_id(&activity->truth.random, "wp", guest->id);
		truth_id(&activity->truth.random, "wo", guest->user);
	}
	facts->value[FACT_CORP] = guest->id;
	facts->value[FACT_USER] = guest->user;
	guest->step = (step + 1) % 3;
	return steps[step];
}

static unsigned int
weight_of(const struct activity *activity, const struct activity_choice *choice)
{
	return choice->is_served && !activity->truth.keeps_gone ? 0 : choice->weight;
}

static const struct activity_choice *
choose(struct activity *activity)
{
	unsigned int total = 0, at;

	for (size_t t = 0; t < RANDOM_TABLES_N; t++)
		for (const struct activity_choice *c = tables[t]; c->weight != 0; c++)
			total += weight_of(activity, c);
	at = (unsigned int)random_below(&activity->truth.random, total);
	for (size_t t = 0; t < RANDOM_TABLES_N; t++) {
		for (const struct activity_choice *c = tables[t]; c->weight != 0; c++) {
			if (at < weight_of(activity, c))
				return c;
			at -= weight_of(activity, c);
		}
	}
	abort();
}

static const struct activity_choice *
find_choice(const char *name)
{
	for (size_t t = 0; t < TABLES_N; t++) {
		for (const struct activity_choice *c = tables[t]; c->weight != 0; c++) {
			if (c->name != NULL && strcmp(c->name, name) == 0)
				return c;
		}
	}
	return NULL;
}

/* `serve`: the next corp that has not installed the app does; its members follow. */
static const char *
next_install(struct activity *activity, struct facts *facts)
{
	size_t visitors = activity->options.visitors;

	while (activity->opening_corp + visitors < activity->truth.corps.n) {
		struct truth_corp *corp = list_at(&activity->truth.corps, activity->opening_corp++);

		if (corp->state != TRUTH_NOT_INSTALLED)
			continue;
		activity_facts(activity, corp, facts);
		return find_choice("install")->deed(activity, corp, facts);
	}
	return NULL;
}

/* NULL when the opening is over.  Step 0 of a corp is its installation, step n its n-th member. */
static const char *
next_of_opening(struct activity *activity, struct facts *facts)
{
	struct truth_corp *corp;
	size_t step;

	if (activity->truth.keeps_gone || activity->opening_corp == activity->truth.corps.n)
		return NULL;
	corp = list_at(&activity->truth.corps, activity->opening_corp);
	step = activity->opening_step++;
	if (step == corp->members.n) {
		activity->opening_corp++;
		activity->opening_step = 0;
	}
	activity_facts(activity, corp, facts);
	if (step == 0)
		return "create_auth";
	facts->value[FACT_USER] = ((struct truth_member *)list_at(&corp->members, step - 1))->id;
	return "event/subscribe";
}

static const char *
next_follow_up(struct activity *activity, struct facts *facts)
{
	struct list *list = &activity->follow_ups;
	struct activity_follow_up follow_up;

	if (list->n == 0)
		return NULL;
	follow_up = *(struct activity_follow_up *)list_at(list, 0);
	memmove(list->at, (char *)list->at + list->item_bytes, --list->n * list->item_bytes);
	activity_facts(activity, list_at(&activity->truth.corps, follow_up.corp), facts);
	facts_printf(facts, FACT_TIME, "%lld", (long long)follow_up.at_s);
	facts_printf(facts, FACT_USER, "%s", follow_up.user);
	facts_printf(facts, FACT_CUSTOMER, "%s", follow_up.customer);
	facts_printf(facts, FACT_TAG, "%s", follow_up.tag);
	facts->value[FACT_TAG_TYPE] = "tag";
	facts->value[FACT_STATE] = NULL;
	activity->mark = follow_up.mark;
	return follow_up.kind;
}

/* What cannot be done now has changed nothing but what the dice left: the marks and facts begin anew. */
static const char *
try_deed(struct activity *activity, const struct activity_choice *choice, struct truth_corp *corp, struct facts *facts)
{
	activity_facts(activity, corp, facts);
	activity->mark = (struct mark){0};
	return choice->deed(activity, corp, facts);
}

static const char *
next_deed(struct activity *activity, struct facts *facts)
{
	for (int i = 0; i < TRIES_MAX; i++) {
		struct truth_corp *corp = truth_any(&activity->truth.random, &activity->truth.corps);
		const char *name = try_deed(activity, choose(activity), corp, facts);

		if (name != NULL)
			return name;
	}
	return activity->truth.keeps_gone ? activity_untold : "event/enter_agent";
}

/* The deed is over.  NULL: told to nobody. */
static const struct notice_kind *
kind_of(const char *name)
{
	const struct notice_kind *kind;

	truth_release_now();
	if (name == NULL || name == activity_untold)
		return NULL;
	kind = notice_find(name);
	assert(kind != NULL);
	return kind;
}

/* The same kind of event, of the other suite. */
static const char *
tell_login_ticket(struct activity *activity, struct facts *facts)
{
	activity->is_login_ticket_due = false;
	activity_facts(activity, list_at(&activity->truth.corps, 0), facts);
	facts->value[FACT_SUITE] = activity->settings->login_suite_id;
	strcpy(activity->login_ticket, facts->value[FACT_TICKET]);
	return "suite_ticket";
}

static const char *
next_due(struct activity *activity, struct facts *facts)
{
	int64_t now_s = truth_now_s();
	const char *name;

	activity->mark = (struct mark){0};
	if (activity->is_login_ticket_due)
		return tell_login_ticket(activity, facts);
	if (now_s - activity->ticket_s < TICKET_INTERVAL_S) {
		name = next_follow_up(activity, facts);
		return name == NULL && activity->truth.keeps_gone ? next_install(activity, facts) : name;
	}
	activity->ticket_s = now_s;
	activity->is_login_ticket_due = activity->truth.keeps_gone && activity->settings->login_suite_id[0] != '\0';
	activity_facts(activity, list_at(&activity->truth.corps, 0), facts);
	strcpy(activity->truth.ticket, facts->value[FACT_TICKET]);
	return "suite_ticket";
}

const struct notice_kind *
activity_next_due(struct activity *activity, struct facts *ret_facts)
{
	return kind_of(next_due(activity, ret_facts));
}

const struct notice_kind *
activity_next(struct activity *activity, struct facts *ret_facts)
{
	const char *name = next_due(activity, ret_facts);

	if (name == NULL)
		name = next_of_opening(activity, ret_facts);
	if (name == NULL)
		name = next_deed(activity, ret_facts);
	return kind_of(name);
}

const struct notice_kind *
activity_do(
    struct activity *activity, const char *name, struct truth_corp *corp, struct facts *ret_facts, bool *ret_done)
{
	const struct activity_choice *choice = find_choice(name);
	const char *kind = NULL;

	for (int i = 0; i < TRIES_MAX && choice != NULL && kind == NULL; i++) {
		struct truth_corp *here = corp;

		if (here == NULL)
			here = truth_any(&activity->truth.random, &activity->truth.corps);
		kind = try_deed(activity, choice, here, ret_facts);
	}
	*ret_done = kind != NULL;
	return kind_of(kind);
}
