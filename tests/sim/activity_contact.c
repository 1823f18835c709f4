/* What happens in the address book: members, departments, the visible scope. */
#include <string.h>

#include "activity.h"

static void
tell_member(struct facts *facts, const struct truth_member *member)
{
	facts_printf(facts, FACT_USER, "%s", member->id);
	facts_printf(facts, FACT_PARTY, "%u", member->party);
	facts_printf(facts, FACT_DEPARTMENTS, "1,%u", member->party);
}

static void
follow(struct activity *activity, struct truth_corp *corp, const char *kind, const char *user)
{
	struct activity_follow_up *follow_up = list_add(&activity->follow_ups);

	follow_up->corp = truth_index(&activity->truth.corps, corp);
	follow_up->kind = kind;
	memcpy(follow_up->user, user, sizeof(follow_up->user));
}

/* A new member is in the visible scope: its subscribe event follows. */
static const char *
do_create(struct activity *activity, struct truth_corp *corp, struct facts *facts)
{
	struct truth_member *member;

	if (corp->members.n >= TRUTH_MEMBERS_MAX)
		return NULL;
	facts_printf(facts, FACT_OTHER_USER, "%s", facts->value[FACT_OTHER_USER]);
	member = truth_add_member(&activity->truth, corp);
	tell_member(facts, member);
	follow(activity, corp, "event/subscribe", member->id);
	return "change_contact/create_user";
}

static const char *
do_update(struct activity *activity, struct truth_corp *corp, struct facts *facts)
{
	struct truth_member *member = truth_any(&activity->truth.random, &corp->members);
	struct truth_party *party = truth_any(&activity->truth.random, &corp->parties);

	member->party = party->id;
	tell_member(facts, member);
	return "change_contact/update_user";
}

static const char *
do_delete(struct activity *activity, struct truth_corp *corp, struct facts *facts)
{
	struct truth_member *member = truth_any(&activity->truth.random, &corp->members);

	if (truth_is_member_busy(corp, member->id))
		return NULL;
	tell_member(facts, member);
	follow(activity, corp, "event/unsubscribe", member->id);
	list_remove(&corp->members, truth_index(&corp->members, member));
	return "change_contact/delete_user";
}

static const char *
do_create_party(struct activity *activity, struct truth_corp *corp, struct facts *facts)
{
	struct truth_party *parent = truth_any(&activity->truth.random, &corp->parties);
	unsigned int parent_id = parent->id;

	if (corp->parties.n >= TRUTH_PARTIES_MAX)
		return NULL;
	facts_printf(facts, FACT_PARENT, "%u", parent_id);
	facts_printf(facts, FACT_PARTY, "%u", truth_add_party(corp, parent_id)->id);
	facts_printf(facts, FACT_ORDER, "%u", (unsigned int)random_next(&activity->truth.random));
	return "change_contact/create_party";
}

static const char *
do_update_party(struct activity *activity, struct truth_corp *corp, struct facts *facts)
{
	struct truth_party *party = truth_any(&activity->truth.random, &corp->parties);

	if (party->is_root)
		return NULL;
	facts_printf(facts, FACT_PARTY, "%u", party->id);
	if (random_chance(&activity->truth.random, 0.5)) {
		party->parent = 1;
		facts->value[FACT_PARENT] = "1";
	}
	return "change_contact/update_party";
}

static bool
is_party_used(const struct truth_corp *corp, unsigned int id)
{
	for (size_t i = 0; i < corp->members.n; i++) {
		if (((struct truth_member *)list_at(&corp->members, i))->party == id)
			return true;
	}
	for (size_t i = 0; i < corp->parties.n; i++) {
		if (((struct truth_party *)list_at(&corp->parties, i))->parent == id)
			return true;
	}
	return false;
}

static const char *
do_delete_party(struct activity *activity, struct truth_corp *corp, struct facts *facts)
{
	struct truth_party *party = truth_any(&activity->truth.random, &corp->parties);

	if (party->is_root || is_party_used(corp, party->id))
		return NULL;
	facts_printf(facts, FACT_PARTY, "%u", party->id);
	list_remove(&corp->parties, truth_index(&corp->parties, party));
	return "change_contact/delete_party";
}

const struct activity_choice activity_contact_choices[] = {
    {2, do_create},
    {3, do_update},
    {2, do_delete},
    {1, do_create_party},
    {1, do_update_party},
    {1, do_delete_party},
    {0, NULL},
};
