/* What happens between members and customers. */
#include <string.h>

#include "activity.h"
#include "truth_figure.h"

#define ADD_WAY_ASSIGNED 202

static void
tell(struct facts *facts, const struct truth_relation *relation)
{
	facts_printf(facts, FACT_USER, "%s", relation->user);
	facts_printf(facts, FACT_CUSTOMER, "%s", relation->customer);
}

static bool
is_told(const struct activity *activity, const struct truth_corp *corp, const char *user)
{
	return activity_is_told(activity, corp, TRUTH_EXTERNAL_BASE) && activity_is_told_of(activity, corp, user);
}

/* Additions need a licence, too. */
static bool
is_addition_told(const struct activity *activity, const struct truth_corp *corp, const char *user)
{
	return activity_is_told(activity, corp, TRUTH_EXTERNAL_BASE) && activity_is_told_served(activity, corp, user);
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

static void
keep_state(struct truth_relation *relation, const struct facts *facts)
{
	const char *state = facts->value[FACT_STATE];

	relation->state[0] = '\0';
	if (state != NULL)
		strncat(relation->state, state, sizeof(relation->state) - 1);
}

/* Within one second nothing ends and begins again: the times could not tell which came first. */
static bool
is_over(const struct truth_relation *relation)
{
	int64_t now_s = truth_now_s();

	return relation->status >= TRUTH_DELETED_BY_CUSTOMER && relation->customer_s < now_s &&
	       relation->staff_s < now_s;
}

/* A new person, or one whom a colleague knows already, or one who comes back. */
static struct truth_relation *
meet(struct activity *activity, struct truth_corp *corp)
{
	struct random *random = &activity->truth.random;
	struct truth_member *member = truth_any(random, &corp->members);
	struct truth_relation *known = random_chance(random, 0.3) ? truth_any(random, &corp->relations) : NULL;
	struct truth_relation *old;
	char customer[TRUTH_ID_BYTES];

	if (corp->relations_alive_n >= TRUTH_RELATIONS_MAX)
		return NULL;
	if (known != NULL && is_over(known))
		member = truth_find_member(corp, known->user);
	if (member == NULL)
		return NULL;
	if (known != NULL)
		strcpy(customer, known->customer);
	else
		truth_id(random, "wm", customer);
	old = truth_find_relation(corp, member->id, customer);
	if (old != NULL && !is_over(old))
		return NULL;
	return truth_add_relation(&activity->truth, corp, member->id, customer);
}

static const char *
accept(struct activity *activity, struct truth_corp *corp, struct truth_relation *relation)
{
	bool told = is_addition_told(activity, corp, relation->user);

	truth_accept(&activity->truth, corp, relation);
	mark_relation(&activity->mark, &activity->truth, corp, relation, MARK_CREATE, told);
	return told ? "change_external_contact/add_external_contact" : activity_untold;
}

static const char *
do_add(struct activity *activity, struct truth_corp *corp, struct facts *facts)
{
	struct truth_relation *relation = meet(activity, corp);

	if (relation == NULL)
		return NULL;
	tell(facts, relation);
	add_welcome(activity, facts);
	keep_state(relation, facts);
	return accept(activity, corp, relation);
}

static const char *
do_add_half(struct activity *activity, struct truth_corp *corp, struct facts *facts)
{
	struct truth_relation *relation = meet(activity, corp);
	bool told;

	if (relation == NULL)
		return NULL;
	relation->half_s = truth_now_s();
	truth_count(corp, FIGURE_HALF);
	tell(facts, relation);
	add_welcome(activity, facts);
	keep_state(relation, facts);
	told = is_addition_told(activity, corp, relation->user);
	mark_relation(&activity->mark, &activity->truth, corp, relation, MARK_HALF, told);
	return told ? "change_external_contact/add_half_external_contact" : activity_untold;
}

static const char *
do_accept(struct activity *activity, struct truth_corp *corp, struct facts *facts)
{
	struct truth_relation *relation = truth_any_relation(&activity->truth, corp);

	if (relation == NULL || relation->status != TRUTH_HALF)
		return NULL;
	tell(facts, relation);
	facts->value[FACT_STATE] = relation->state[0] == '\0' ? NULL : relation->state;
	return accept(activity, corp, relation);
}

static void
toggle_tag(struct truth_relation *relation, const struct truth_tag *tag)
{
	for (size_t i = 0; i < relation->tags_n; i++) {
		if (strcmp(relation->tags[i], tag->id) != 0)
			continue;
		memmove(relation->tags[i], relation->tags[--relation->tags_n], TRUTH_ID_BYTES);
		return;
	}
	if (relation->tags_n < TRUTH_RELATION_TAGS_MAX)
		strcpy(relation->tags[relation->tags_n++], tag->id);
}

/* Always something that the API shows: the tags, the description, or else the remark. */
static void
edit(struct activity *activity, struct truth_corp *corp, struct truth_relation *relation)
{
	struct random *random = &activity->truth.random;
	struct truth_group *group = truth_any_group(&activity->truth, corp);
	struct truth_tag *tag = group == NULL ? NULL : truth_any_tag(&activity->truth, group);
	size_t tags_n = relation->tags_n;
	bool has_new_text = random_chance(random, 0.3);

	if (tag != NULL && random_chance(random, 0.7))
		toggle_tag(relation, tag);
	if (has_new_text)
		truth_words(random, relation->description, sizeof(relation->description));
	if (random_chance(random, 0.2))
		relation->has_personal_tag = !relation->has_personal_tag;
	if (relation->remark[0] != '\0' && random_chance(random, 0.1))
		relation->remark[0] = '\0';
	else if ((relation->tags_n == tags_n && !has_new_text) || random_chance(random, 0.4))
		truth_words(random, relation->remark, sizeof(relation->remark));
}

static const char *
do_edit(struct activity *activity, struct truth_corp *corp, struct facts *facts)
{
	struct truth_relation *relation = truth_any_relation(&activity->truth, corp);

	if (relation == NULL || !truth_is_relation_whole(relation))
		return NULL;
	edit(activity, corp, relation);
	tell(facts, relation);
	return is_told(activity, corp, relation->user) ? "change_external_contact/edit_external_contact"
						       : activity_untold;
}

static const char *
do_delete(struct activity *activity, struct truth_corp *corp, struct facts *facts)
{
	struct truth_relation *relation = truth_any_relation(&activity->truth, corp);
	bool told;

	if (relation == NULL)
		return NULL;
	tell(facts, relation);
	told = is_told(activity, corp, relation->user);
	mark_relation(&activity->mark, &activity->truth, corp, relation, MARK_STAFF, told);
	truth_end_relation(&activity->truth, corp, relation, TRUTH_DELETED_BY_STAFF);
	return told ? "change_external_contact/del_external_contact" : activity_untold;
}

static const char *
do_delete_by_customer(struct activity *activity, struct truth_corp *corp, struct facts *facts)
{
	struct truth_relation *relation = truth_any_relation(&activity->truth, corp);
	bool told;

	if (relation == NULL || relation->status != TRUTH_ACTIVE)
		return NULL;
	tell(facts, relation);
	told = is_told(activity, corp, relation->user);
	mark_relation(&activity->mark, &activity->truth, corp, relation, MARK_CUSTOMER, told);
	truth_end_relation(&activity->truth, corp, relation, TRUTH_DELETED_BY_CUSTOMER);
	return told ? "change_external_contact/del_follow_user" : activity_untold;
}

/* Adds what a transfer came to; its place. */
static size_t
record(struct truth_corp *corp, const char *handover, const char *takeover, const char *customer, int status)
{
	struct truth_transfer *transfer = list_add(&corp->transfers);

	strcpy(transfer->handover, handover);
	strcpy(transfer->takeover, takeover);
	strcpy(transfer->customer, customer);
	transfer->status = status;
	transfer->at_s = truth_now_s();
	return corp->transfers.n - 1;
}

/* The new member gains the customer: told as an addition, after the loss. */
static void
inherit(struct activity *activity, struct truth_corp *corp, const struct truth_relation *lost, const char *heir)
{
	struct truth_relation old = *lost;
	struct truth_relation *relation = truth_add_relation(&activity->truth, corp, heir, old.customer);
	struct mark mark;
	bool told = is_addition_told(activity, corp, heir);
	struct activity_follow_up *follow_up;

	truth_accept(&activity->truth, corp, relation);
	relation->add_way = ADD_WAY_ASSIGNED;
	strcpy(relation->remark, old.remark);
	mark_relation(&mark, &activity->truth, corp, relation, MARK_CREATE, told);
	if (!told)
		return;
	follow_up = activity_follow(activity, corp, "change_external_contact/add_external_contact");
	strcpy(follow_up->user, heir);
	strcpy(follow_up->customer, old.customer);
	follow_up->mark = mark;
}

static const char *
do_transfer(struct activity *activity, struct truth_corp *corp, struct facts *facts)
{
	struct truth_relation *relation = truth_any_relation(&activity->truth, corp);
	struct truth_member *heir = truth_any(&activity->truth.random, &corp->members);
	struct truth_relation *before;
	size_t place;
	bool told;

	if (relation == NULL || relation->status != TRUTH_ACTIVE || !heir->can_follow)
		return NULL;
	before = truth_find_relation(corp, heir->id, relation->customer);
	if (before != NULL && !is_over(before))
		return NULL;
	tell(facts, relation);
	facts->value[FACT_SOURCE] = "DELETE_BY_TRANSFER";
	place = truth_index(&corp->relations, relation);
	told = is_told(activity, corp, relation->user);
	mark_relation(&activity->mark, &activity->truth, corp, relation, MARK_STAFF, told);
	if (activity->truth.keeps_gone)
		record(corp, relation->user, heir->id, relation->customer, 1);
	inherit(activity, corp, relation, heir->id);
	truth_end_relation(&activity->truth, corp, list_at(&corp->relations, place), TRUTH_TRANSFERRED);
	return told ? "change_external_contact/del_external_contact" : activity_untold;
}

static const char *
do_transfer_fail(struct activity *activity, struct truth_corp *corp, struct facts *facts)
{
	struct truth_relation *relation = truth_any_relation(&activity->truth, corp);
	struct truth_member *heir = truth_any(&activity->truth.random, &corp->members);
	bool told, is_refused = random_chance(&activity->truth.random, 0.5);

	if (relation == NULL || truth_is_related(corp, heir->id, relation->customer))
		return NULL;
	tell(facts, relation);
	facts->value[FACT_USER] = heir->id;
	facts->value[FACT_REASON] = is_refused ? "customer_refused" : "customer_limit_exceed";
	if (!activity->truth.keeps_gone)
		return "change_external_contact/transfer_fail";
	told = is_told(activity, corp, heir->id) && activity_is_told(activity, corp, TRUTH_EXTERNAL_TRANSFER);
	mark_transfer(&activity->mark, &activity->truth, corp,
	    record(corp, relation->user, heir->id, relation->customer, is_refused ? 3 : 4), told);
	return told ? "change_external_contact/transfer_fail" : activity_untold;
}

/* Customers rename themselves without a callback. */
static const char *
do_rename(struct activity *activity, struct truth_corp *corp, struct facts *facts)
{
	const struct truth_relation *relation = truth_any_relation(&activity->truth, corp);
	struct truth_customer *customer = relation == NULL ? NULL : truth_find_customer(corp, relation->customer);

	(void)facts;
	if (customer == NULL || !activity->options.silent)
		return NULL;
	truth_words(&activity->truth.random, customer->name, sizeof(customer->name));
	return activity_untold;
}

const struct activity_choice activity_customer_choices[] = {
    {12, do_add, "add", false},
    {4, do_add_half, "add_half", false},
    {6, do_accept, "accept", false},
    {8, do_edit, "edit", false},
    {4, do_delete, "delete", false},
    {4, do_delete_by_customer, "delete_by_customer", false},
    {2, do_transfer, "transfer", false},
    {1, do_transfer_fail, "transfer_fail", false},
    {1, do_rename, "rename_customer", true},
    {0},
};
