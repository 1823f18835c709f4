/* Chooses what happens next.  Never sends anything; the deeds themselves are in activity_*.c. */
#include "activity.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#define TICKET_INTERVAL_S 60 /* WeCom: 600; a minute shows more within a demonstration */
#define TRIES_MAX 1000       /* the deeds without conditions make even a second try rare */
#define ANYTIME_WEIGHT 15
#define GUEST_WEIGHT 1

static activity_deed do_anytime, do_guest;

static const struct activity_choice own_choices[] = {
    {ANYTIME_WEIGHT, do_anytime},
    {GUEST_WEIGHT, do_guest},
    {0, NULL},
};

static const struct activity_choice *const tables[] = {
    activity_customer_choices,
    activity_chat_choices,
    activity_tag_choices,
    activity_contact_choices,
    own_choices,
};

void
activity_init(struct activity *activity, const struct settings *settings, unsigned long long seed, size_t corps_n)
{
	*activity = (struct activity){.settings = settings, .msgid = (1ULL << 62) + seed % 1000 * 1000000000ULL};
	truth_init(&activity->truth, seed, corps_n);
	list_init(&activity->follow_ups, sizeof(struct activity_follow_up));
}

void
activity_done(struct activity *activity)
{
	truth_done(&activity->truth);
	list_free(&activity->follow_ups);
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

	facts->value[FACT_CORP] = corp->id;
	facts_printf(facts, FACT_AGENT, "%u", corp->agent);
	facts->value[FACT_USER] = member->id;
	facts->value[FACT_OTHER_USER] = other->id;
	if (relation != NULL) {
		facts->value[FACT_CUSTOMER] = relation->customer;
		return;
	}
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
	time_t now = time(NULL);

	memset(ret_facts->value, 0, sizeof(ret_facts->value));
	ret_facts->items_n = 0;
	ret_facts->scratch_n = 0;
	ret_facts->value[FACT_SUITE] = activity->settings->suite_id;
	ret_facts->value[FACT_PROVIDER] = activity->settings->provider_corp_id;
	corp_facts(activity, corp, ret_facts);
	facts_printf(ret_facts, FACT_TIME, "%lld", (long long)now);
	facts_printf(ret_facts, FACT_LATER, "%lld", (long long)now + 86400);
	facts_printf(ret_facts, FACT_STATE, "channel%d", (int)random_below(random, 10));
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

	(void)corp;
	(void)facts;
	if (!(kind->flags & NOTICE_ANYTIME) || (kind->route == ROUTE_SYSTEM && !activity->settings->has_system))
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
	if (step == 0) {
		truth_id(&activity->truth.random, "wp", guest->id);
		truth_id(&activity->truth.random, "wo", guest->user);
	}
	facts->value[FACT_CORP] = guest->id;
	facts->value[FACT_USER] = guest->user;
	guest->step = (step + 1) % 3;
	return steps[step];
}

static const struct activity_choice *
choose(struct activity *activity)
{
	static unsigned int total;
	unsigned int at;

	if (total == 0) {
		for (size_t t = 0; t < sizeof(tables) / sizeof(tables[0]); t++)
			for (const struct activity_choice *c = tables[t]; c->weight != 0; c++)
				total += c->weight;
	}
	at = (unsigned int)random_below(&activity->truth.random, total);
	for (size_t t = 0; t < sizeof(tables) / sizeof(tables[0]); t++) {
		for (const struct activity_choice *c = tables[t]; c->weight != 0; c++) {
			if (at < c->weight)
				return c;
			at -= c->weight;
		}
	}
	abort();
}

/* NULL when the opening is over.  Step 0 of a corp is its installation, step n its n-th member. */
static const char *
next_of_opening(struct activity *activity, struct facts *facts)
{
	struct truth_corp *corp;
	size_t step;

	if (activity->opening_corp == activity->truth.corps.n)
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
	struct activity_follow_up follow_up;

	if (activity->follow_ups.n == 0)
		return NULL;
	follow_up = *(struct activity_follow_up *)list_at(&activity->follow_ups, 0);
	list_remove(&activity->follow_ups, 0);
	activity_facts(activity, list_at(&activity->truth.corps, follow_up.corp), facts);
	facts_printf(facts, FACT_USER, "%s", follow_up.user);
	facts_printf(facts, FACT_CUSTOMER, "%s", follow_up.customer);
	return follow_up.kind;
}

static const char *
next_deed(struct activity *activity, struct facts *facts)
{
	for (int i = 0; i < TRIES_MAX; i++) {
		struct truth_corp *corp = truth_any(&activity->truth.random, &activity->truth.corps);
		const char *name;

		activity_facts(activity, corp, facts);
		name = choose(activity)->deed(activity, corp, facts);
		if (name != NULL)
			return name;
	}
	return "event/enter_agent";
}

const struct notice_kind *
activity_next(struct activity *activity, struct facts *ret_facts)
{
	const struct notice_kind *kind;
	const char *name = NULL;
	int64_t now_s = time(NULL);

	if (now_s - activity->ticket_s >= TICKET_INTERVAL_S) {
		activity->ticket_s = now_s;
		activity_facts(activity, list_at(&activity->truth.corps, 0), ret_facts);
		name = "suite_ticket";
	}
	if (name == NULL)
		name = next_of_opening(activity, ret_facts);
	if (name == NULL)
		name = next_follow_up(activity, ret_facts);
	if (name == NULL)
		name = next_deed(activity, ret_facts);
	kind = notice_find(name);
	assert(kind != NULL);
	return kind;
}
