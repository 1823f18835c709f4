/* What happens between members and customers. */
#include <string.h>

#include "activity.h"

static void
tell(struct facts *facts, const struct truth_relation *relation)
{
	facts_printf(facts, FACT_USER, "%s", relation->user);
	facts_printf(facts, FACT_CUSTOMER, "%s", relation->customer);
}

static void
forget(struct truth_corp *corp, struct truth_relation *relation)
{
	list_remove(&corp->relations, truth_index(&corp->relations, relation));
}

/* A welcome code comes with most additions, the channel with many. */
static void
add_welcome(struct activity *activity, struct facts *facts)
{
	char code[44];

	if (random_chance(&activity->truth.random, 0.3))
		facts->value[FACT_STATE] = NULL;
	if (random_chance(&activity->truth.random, 0.2))
		return;
	random_name(&activity->truth.random, code, sizeof(code) - 1);
	facts_printf(facts, FACT_WELCOME, "%s", code);
}

/* A new person, or sometimes one whom a colleague knows already. */
static struct truth_relation *
meet(struct activity *activity, struct truth_corp *corp)
{
	struct random *random = &activity->truth.random;
	struct truth_member *member = truth_any(random, &corp->members);
	struct truth_relation *known = random_chance(random, 0.2) ? truth_any(random, &corp->relations) : NULL;
	char customer[TRUTH_ID_BYTES];

	if (corp->relations.n >= TRUTH_RELATIONS_MAX)
		return NULL;
	if (known != NULL)
		strcpy(customer, known->customer);
	else
		truth_id(random, "wm", customer);
	if (truth_is_related(corp, member->id, customer))
		return NULL;
	return truth_add_relation(corp, member->id, customer);
}

static const char *
do_add(struct activity *activity, struct truth_corp *corp, struct facts *facts)
{
	struct truth_relation *relation = meet(activity, corp);

	if (relation == NULL)
		return NULL;
	tell(facts, relation);
	add_welcome(activity, facts);
	return "change_external_contact/add_external_contact";
}

static const char *
do_add_half(struct activity *activity, struct truth_corp *corp, struct facts *facts)
{
	struct truth_relation *relation = meet(activity, corp);

	if (relation == NULL)
		return NULL;
	relation->is_half = true;
	tell(facts, relation);
	add_welcome(activity, facts);
	return "change_external_contact/add_half_external_contact";
}

static const char *
do_accept(struct activity *activity, struct truth_corp *corp, struct facts *facts)
{
	struct truth_relation *relation = truth_any(&activity->truth.random, &corp->relations);

	if (relation == NULL || !relation->is_half)
		return NULL;
	relation->is_half = false;
	tell(facts, relation);
	return "change_external_contact/add_external_contact";
}

static const char *
do_edit(struct activity *activity, struct truth_corp *corp, struct facts *facts)
{
	struct truth_relation *relation = truth_any(&activity->truth.random, &corp->relations);

	if (relation == NULL || relation->is_half)
		return NULL;
	tell(facts, relation);
	return "change_external_contact/edit_external_contact";
}

static const char *
do_delete(struct activity *activity, struct truth_corp *corp, struct facts *facts)
{
	struct truth_relation *relation = truth_any(&activity->truth.random, &corp->relations);

	if (relation == NULL)
		return NULL;
	tell(facts, relation);
	forget(corp, relation);
	return "change_external_contact/del_external_contact";
}

static const char *
do_delete_by_customer(struct activity *activity, struct truth_corp *corp, struct facts *facts)
{
	struct truth_relation *relation = truth_any(&activity->truth.random, &corp->relations);

	if (relation == NULL)
		return NULL;
	tell(facts, relation);
	forget(corp, relation);
	return "change_external_contact/del_follow_user";
}

/* Two events: the old member loses the customer, the new one gains it. */
static const char *
do_transfer(struct activity *activity, struct truth_corp *corp, struct facts *facts)
{
	struct truth_relation *relation = truth_any(&activity->truth.random, &corp->relations);
	struct truth_member *heir = truth_any(&activity->truth.random, &corp->members);
	struct activity_follow_up *follow_up;

	if (relation == NULL || relation->is_half || truth_is_related(corp, heir->id, relation->customer))
		return NULL;
	tell(facts, relation);
	facts->value[FACT_SOURCE] = "DELETE_BY_TRANSFER";
	strcpy(relation->user, heir->id);
	follow_up = list_add(&activity->follow_ups);
	follow_up->corp = truth_index(&activity->truth.corps, corp);
	follow_up->kind = "change_external_contact/add_external_contact";
	strcpy(follow_up->user, heir->id);
	strcpy(follow_up->customer, relation->customer);
	return "change_external_contact/del_external_contact";
}

static const char *
do_transfer_fail(struct activity *activity, struct truth_corp *corp, struct facts *facts)
{
	struct truth_relation *relation = truth_any(&activity->truth.random, &corp->relations);
	struct truth_member *heir = truth_any(&activity->truth.random, &corp->members);

	if (relation == NULL || truth_is_related(corp, heir->id, relation->customer))
		return NULL;
	tell(facts, relation);
	facts->value[FACT_USER] = heir->id;
	facts->value[FACT_REASON] =
	    random_chance(&activity->truth.random, 0.5) ? "customer_refused" : "customer_limit_exceed";
	return "change_external_contact/transfer_fail";
}

const struct activity_choice activity_customer_choices[] = {
    {12, do_add},
    {4, do_add_half},
    {6, do_accept},
    {8, do_edit},
    {4, do_delete},
    {4, do_delete_by_customer},
    {2, do_transfer},
    {1, do_transfer_fail},
    {0, NULL},
};
