/* What happens in the address book: members and departments. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "activity.h"
#include "fault.h"

/* What the app may see of it. */
static void
tell_member(const struct truth_corp *corp, struct facts *facts, const struct truth_member *member)
{
	unsigned int parties[TRUTH_MEMBER_PARTIES_MAX];
	size_t places[TRUTH_MEMBER_PARTIES_MAX];
	size_t n = truth_visible_parties(corp, member, parties, places);
	char list[64] = "";

	for (size_t i = 0; i < n; i++) {
		char part[16];

		snprintf(part, sizeof(part), "%s%u", i == 0 ? "" : ",", parties[i]);
		strncat(list, part, sizeof(list) - strlen(list) - 1);
	}
	facts_printf(facts, FACT_USER, "%s", member->id);
	facts_printf(facts, FACT_PARTY, "%u", n == 0 ? 1 : parties[0]);
	facts_printf(facts, FACT_DEPARTMENTS, "%s", list);
	facts_printf(facts, FACT_STATUS, "%d", member->status);
}

static void
follow(struct activity *activity, struct truth_corp *corp, const char *kind, const char *user)
{
	strcpy(activity_follow(activity, corp, kind)->user, user);
}

void
activity_scope_before(struct activity_scope *scope, const struct truth_corp *corp)
{
	scope->n = corp->members.n;
	scope->was = fault_resize(NULL, scope->n * sizeof(*scope->was));
	for (size_t i = 0; i < scope->n; i++)
		scope->was[i] = truth_is_in_scope(corp, list_at(&corp->members, i));
}

void
activity_scope_after(struct activity_scope *scope, struct activity *activity, struct truth_corp *corp)
{
	for (size_t i = 0; i < scope->n && i < corp->members.n; i++) {
		const struct truth_member *member = list_at(&corp->members, i);
		bool is = truth_is_in_scope(corp, member);

		if (is != scope->was[i] && activity_is_told(activity, corp, TRUTH_CONTACT_BASE))
			follow(activity, corp, is ? "event/subscribe" : "event/unsubscribe", member->id);
	}
	free(scope->was);
	scope->was = NULL;
}

/* A new member is in the visible scope: its subscribe event follows.  In member mode everybody authorises alone. */
static const char *
do_create(struct activity *activity, struct truth_corp *corp, struct facts *facts)
{
	struct truth_member *member;

	if (corp->members.n >= TRUTH_MEMBERS_MAX)
		return NULL;
	member = truth_add_member(&activity->truth, corp);
	member->is_licensed = !activity->truth.keeps_gone || random_chance(&activity->truth.random, 0.8);
	if (!activity_is_told_of(activity, corp, member->id) || !activity_is_told(activity, corp, TRUTH_CONTACT_BASE))
		return activity_untold;
	tell_member(corp, facts, member);
	follow(activity, corp, "event/subscribe", member->id);
	return "change_contact/create_user";
}

/* Told to those who saw the member before or see it now. */
static const char *
tell_update(struct activity *activity, struct truth_corp *corp, struct facts *facts, const struct truth_member *member,
    struct activity_scope *scope)
{
	bool was = scope->was[truth_index(&corp->members, member)];
	bool told = activity_is_told(activity, corp, TRUTH_CONTACT_BASE) &&
		    (was || activity_is_told_of(activity, corp, member->id));

	tell_member(corp, facts, member);
	activity_scope_after(scope, activity, corp);
	return told ? "change_contact/update_user" : activity_untold;
}

/* Another main department; sometimes further ones. */
static const char *
do_move(struct activity *activity, struct truth_corp *corp, struct facts *facts)
{
	struct random *random = &activity->truth.random;
	struct truth_member *member = truth_any(random, &corp->members);
	struct activity_scope scope;

	activity_scope_before(&scope, corp);
	member->parties_n = 0;
	for (int i = 0; i < TRUTH_MEMBER_PARTIES_MAX; i++) {
		unsigned int id = ((struct truth_party *)truth_any(random, &corp->parties))->id;
		bool has = false;

		for (size_t p = 0; p < member->parties_n; p++)
			has = has || member->parties[p] == id;
		if (has || (i > 0 && random_chance(random, 0.6)))
			continue;
		member->parties[member->parties_n] = id;
		member->orders[member->parties_n] = (unsigned int)random_next(random);
		member->is_leader[member->parties_n++] = random_chance(random, 0.2);
	}
	return tell_update(activity, corp, facts, member, &scope);
}

/* Status, or what only an app with all rights sees. */
static const char *
do_update(struct activity *activity, struct truth_corp *corp, struct facts *facts)
{
	struct random *random = &activity->truth.random;
	struct truth_member *member = truth_any(random, &corp->members);
	struct activity_scope scope;

	if (!random_chance(random, 0.5)) {
		truth_words(random, member->position, sizeof(member->position));
		if (corp->level != 3)
			return activity_untold;
	} else {
		member->status = member->status == 1 ? 2 : 1;
	}
	activity_scope_before(&scope, corp);
	return tell_update(activity, corp, facts, member, &scope);
}

static void
forget_user(struct truth_corp *corp, const char *user)
{
	for (size_t i = 0; i < corp->scope_users.n;) {
		if (strcmp(list_at(&corp->scope_users, i), user) == 0)
			list_remove(&corp->scope_users, i);
		else
			i++;
	}
	for (size_t i = 0; i < corp->admins.n;) {
		if (strcmp(list_at(&corp->admins, i), user) == 0)
			list_remove(&corp->admins, i);
		else
			i++;
	}
	for (size_t i = 0; i < corp->members.n; i++) {
		struct truth_member *member = list_at(&corp->members, i);

		if (strcmp(member->leader, user) == 0)
			member->leader[0] = '\0';
	}
}

static const char *
do_delete(struct activity *activity, struct truth_corp *corp, struct facts *facts)
{
	struct truth_member *member = truth_any(&activity->truth.random, &corp->members);
	bool told;

	if (truth_is_member_busy(corp, member->id))
		return NULL;
	told = activity_is_told_of(activity, corp, member->id) && activity_is_told(activity, corp, TRUTH_CONTACT_BASE);
	tell_member(corp, facts, member);
	if (told)
		follow(activity, corp, "event/unsubscribe", member->id);
	forget_user(corp, member->id);
	list_remove(&corp->members, truth_index(&corp->members, member));
	return told ? "change_contact/delete_user" : activity_untold;
}

/* All departments with the permission for the structure, else the visible ones; none in member mode. */
static bool
is_party_told(const struct activity *activity, const struct truth_corp *corp, unsigned int id)
{
	if (!activity->truth.keeps_gone)
		return true;
	return corp->auth_mode == 0 && activity_is_told(activity, corp, TRUTH_CONTACT_BASE) &&
	       (truth_has_permission(corp, TRUTH_ARCH_BASE) || truth_is_party_visible(corp, id));
}

static const char *
do_create_party(struct activity *activity, struct truth_corp *corp, struct facts *facts)
{
	unsigned int parent = ((struct truth_party *)truth_any(&activity->truth.random, &corp->parties))->id;
	struct truth_party *party;

	if (corp->parties.n >= TRUTH_PARTIES_MAX)
		return NULL;
	party = truth_add_party(&activity->truth, corp, parent);
	facts_printf(facts, FACT_PARENT, "%u", parent);
	facts_printf(facts, FACT_PARTY, "%u", party->id);
	facts_printf(facts, FACT_ORDER, "%u", party->order);
	return is_party_told(activity, corp, party->id) ? "change_contact/create_party" : activity_untold;
}

/* Members come into the scope or leave it with their department. */
static const char *
do_update_party(struct activity *activity, struct truth_corp *corp, struct facts *facts)
{
	struct random *random = &activity->truth.random;
	struct truth_party *party = truth_any(random, &corp->parties);
	bool was_told = is_party_told(activity, corp, party->id);
	struct activity_scope scope;

	if (party->is_root)
		return NULL;
	facts_printf(facts, FACT_PARTY, "%u", party->id);
	party->order = (unsigned int)random_next(random);
	activity_scope_before(&scope, corp);
	if (random_chance(random, 0.5)) {
		party->parent = 1;
		facts->value[FACT_PARENT] = "1";
	}
	activity_scope_after(&scope, activity, corp);
	return was_told || is_party_told(activity, corp, party->id) ? "change_contact/update_party" : activity_untold;
}

static bool
is_party_used(const struct truth_corp *corp, unsigned int id)
{
	for (size_t i = 0; i < corp->members.n; i++) {
		const struct truth_member *member = list_at(&corp->members, i);

		for (size_t p = 0; p < member->parties_n; p++) {
			if (member->parties[p] == id)
				return true;
		}
	}
	for (size_t i = 0; i < corp->parties.n; i++) {
		if (((struct truth_party *)list_at(&corp->parties, i))->parent == id)
			return true;
	}
	for (size_t i = 0; i < corp->scope_parties.n; i++) {
		if (*(unsigned int *)list_at(&corp->scope_parties, i) == id)
			return true;
	}
	return false;
}

static const char *
do_delete_party(struct activity *activity, struct truth_corp *corp, struct facts *facts)
{
	struct truth_party *party = truth_any(&activity->truth.random, &corp->parties);
	bool told = is_party_told(activity, corp, party->id);

	if (party->is_root || is_party_used(corp, party->id))
		return NULL;
	facts_printf(facts, FACT_PARTY, "%u", party->id);
	list_remove(&corp->parties, truth_index(&corp->parties, party));
	return told ? "change_contact/delete_party" : activity_untold;
}

const struct activity_choice activity_contact_choices[] = {
    {2, do_create, "create_user", false},
    {2, do_move, "move_user", false},
    {1, do_update, "update_user", false},
    {2, do_delete, "delete_user", false},
    {1, do_create_party, "create_party", false},
    {1, do_update_party, "update_party", false},
    {1, do_delete_party, "delete_party", false},
    {0},
};
