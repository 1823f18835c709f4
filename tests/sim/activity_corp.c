/* What administrators do with the app: install, cancel, change its scope, permissions and licences.  `serve` only. */
#include <string.h>

#include "activity.h"

#define APART_S 5        /* at least between installing and cancelling, so that their order is plain */
#define RESET_ROOM_S 120 /* a reset comes only once the corp has settled */

/* The one that cancels: the last of three or more that installed by themselves, unless a command names another. */
static bool
is_guest(const struct activity *activity, const struct truth_corp *corp)
{
	size_t n = activity->truth.corps.n - activity->options.visitors;

	return activity->options.cancels && n >= 3 && truth_index(&activity->truth.corps, corp) + 1 == n;
}

static void
follow_members(struct activity *activity, struct truth_corp *corp)
{
	for (size_t i = 0; i < corp->members.n; i++) {
		const struct truth_member *member = list_at(&corp->members, i);

		if (truth_is_in_scope(corp, member))
			strcpy(activity_follow(activity, corp, "event/subscribe")->user, member->id);
	}
}

static void
begin(struct activity *activity, struct truth_corp *corp)
{
	corp->state = TRUTH_INSTALLED;
	corp->install_s = truth_now_s();
	follow_members(activity, corp);
}

/* A second time while it is installed (market and website at once): another code for the same permanent code. */
static const char *
do_install(struct activity *activity, struct truth_corp *corp, struct facts *facts)
{
	char permanent[TRUTH_CODE_BYTES];
	struct truth_auth_code *code;

	memcpy(permanent, corp->permanent_code, sizeof(permanent));
	if (corp->state != TRUTH_INSTALLED && truth_now_s() <= corp->cancel_s)
		return NULL;
	code = truth_add_code(&activity->truth, corp);
	facts_printf(facts, FACT_CODE, "%s", code->code);
	facts->value[FACT_STATE] = "install";
	if (corp->state == TRUTH_INSTALLED) {
		memcpy(code->permanent_code, permanent, sizeof(permanent));
		memcpy(corp->permanent_code, permanent, sizeof(permanent));
		return "create_auth";
	}
	begin(activity, corp);
	return "create_auth";
}

bool
activity_install(struct activity *activity, struct truth_corp *corp, char ret_code[TRUTH_CODE_BYTES])
{
	if (corp->state == TRUTH_INSTALLED || truth_now_s() <= corp->cancel_s)
		return false;
	strcpy(ret_code, truth_add_code(&activity->truth, corp)->code);
	begin(activity, corp);
	return true;
}

static const char *
do_cancel(struct activity *activity, struct truth_corp *corp, struct facts *facts)
{
	(void)activity;
	(void)facts;
	if (corp->state != TRUTH_INSTALLED || truth_now_s() <= corp->install_s)
		return NULL;
	corp->state = TRUTH_CANCELLED;
	corp->cancel_s = truth_now_s();
	corp->permanent_code[0] = '\0';
	return "cancel_auth";
}

static const char *
do_guest(struct activity *activity, struct truth_corp *corp, struct facts *facts)
{
	int64_t now_s = truth_now_s();

	if (!is_guest(activity, corp) || random_chance(&activity->truth.random, 0.7) ||
	    now_s - corp->cancel_s < APART_S || now_s - corp->install_s < APART_S)
		return NULL;
	return corp->state == TRUTH_INSTALLED ? do_cancel(activity, corp, facts) : do_install(activity, corp, facts);
}

/* One user more or less; in member mode they authorise one by one, and that is no change_auth. */
static const char *
do_scope(struct activity *activity, struct truth_corp *corp, struct facts *facts)
{
	struct random *random = &activity->truth.random;
	const struct truth_member *member = truth_any(random, &corp->members);
	struct activity_scope scope;
	size_t place = 0;

	(void)facts;
	if (corp->state != TRUTH_INSTALLED || truth_is_party_visible(corp, 1))
		return NULL;
	while (place < corp->scope_users.n && strcmp(list_at(&corp->scope_users, place), member->id) != 0)
		place++;
	if (place < corp->scope_users.n && corp->scope_users.n == 1)
		return NULL;
	activity_scope_before(&scope, corp);
	if (place < corp->scope_users.n)
		list_remove(&corp->scope_users, place);
	else
		strcpy(((struct truth_admin *)list_add(&corp->scope_users))->id, member->id);
	activity_scope_after(&scope, activity, corp);
	return corp->auth_mode == 1 ? activity_untold : "change_auth";
}

/* The right to be told of tags; the others stay, for what they gave is not forgotten when they go. */
static const char *
do_permission(struct activity *activity, struct truth_corp *corp, struct facts *facts)
{
	(void)activity;
	(void)facts;
	if (corp->state != TRUTH_INSTALLED)
		return NULL;
	corp->permissions ^= 1U << TRUTH_EXTERNAL_TAG;
	return "change_auth";
}

/* Lost or regained: no callback of the app tells it. */
static const char *
do_licence(struct activity *activity, struct truth_corp *corp, struct facts *facts)
{
	struct truth_member *member = truth_any(&activity->truth.random, &corp->members);

	(void)facts;
	if (!corp->is_license_enforced || !activity->options.silent)
		return NULL;
	member->is_licensed = !member->is_licensed;
	return activity_untold;
}

static const char *
do_admins(struct activity *activity, struct truth_corp *corp, struct facts *facts)
{
	const struct truth_member *member = truth_any(&activity->truth.random, &corp->members);
	struct truth_admin *admin;

	(void)facts;
	if (corp->state != TRUTH_INSTALLED || corp->auth_mode == 1)
		return NULL;
	for (size_t i = 0; i < corp->admins.n; i++) {
		if (strcmp(list_at(&corp->admins, i), member->id) != 0)
			continue;
		list_remove(&corp->admins, i);
		return "event/change_app_admin";
	}
	admin = list_add(&corp->admins);
	strcpy(admin->id, member->id);
	admin->auth_type = (int)random_below(&activity->truth.random, 2);
	return "event/change_app_admin";
}

/* A new permanent code: the old one is no good from now on. */
static const char *
do_reset(struct activity *activity, struct truth_corp *corp, struct facts *facts)
{
	if (corp->state != TRUTH_INSTALLED)
		return NULL;
	facts_printf(facts, FACT_CODE, "%s", truth_add_code(&activity->truth, corp)->code);
	return "reset_permanent_code";
}

/* At random once in a run, and only after a corp has settled. */
static const char *
do_random_reset(struct activity *activity, struct truth_corp *corp, struct facts *facts)
{
	if (activity->is_reset_told || truth_now_s() - corp->install_s < RESET_ROOM_S)
		return NULL;
	activity->is_reset_told = corp->state == TRUTH_INSTALLED;
	return do_reset(activity, corp, facts);
}

static const char *
do_change_auth(struct activity *activity, struct truth_corp *corp, struct facts *facts)
{
	(void)activity;
	(void)facts;
	return corp->state == TRUTH_INSTALLED ? "change_auth" : NULL;
}

/* The permanent code is no good any more though nobody cancelled, until it is again. */
static const char *
do_suspend(struct activity *activity, struct truth_corp *corp, struct facts *facts)
{
	(void)activity;
	(void)facts;
	if (corp->state != TRUTH_INSTALLED || corp->permanent_code[0] == TRUTH_SUSPENDED)
		return NULL;
	memmove(corp->permanent_code + 1, corp->permanent_code, strlen(corp->permanent_code) + 1);
	corp->permanent_code[0] = TRUTH_SUSPENDED;
	return activity_untold;
}

static const char *
do_unsuspend(struct activity *activity, struct truth_corp *corp, struct facts *facts)
{
	(void)activity;
	(void)facts;
	if (corp->permanent_code[0] != TRUTH_SUSPENDED)
		return NULL;
	memmove(corp->permanent_code, corp->permanent_code + 1, strlen(corp->permanent_code));
	return activity_untold;
}

static const char *
do_ticket(struct activity *activity, struct truth_corp *corp, struct facts *facts)
{
	(void)corp;
	strcpy(activity->truth.ticket, facts->value[FACT_TICKET]);
	return "suite_ticket";
}

const struct activity_choice activity_corp_choices[] = {
    {1, do_guest, "guest", true},
    {1, do_scope, "scope", true},
    {1, do_permission, "permission", true},
    {1, do_licence, "licence", true},
    {1, do_admins, "admins", true},
    {1, do_random_reset, NULL, true},
    {0},
};

const struct activity_choice activity_named_choices[] = {
    {1, do_install, "install", true},
    {1, do_cancel, "cancel", true},
    {1, do_reset, "reset_permanent_code", true},
    {1, do_change_auth, "change_auth", true},
    {1, do_suspend, "suspend", true},
    {1, do_unsuspend, "unsuspend", true},
    {1, do_ticket, "ticket", true},
    {0},
};
